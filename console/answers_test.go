package console_test

import (
	"net/url"
	"strings"
	"testing"
)

var no = url.Values{"answer": {"no"}, "how": {"in-person"}}

// What a page says of the last answer is the last answer, not what was found before it.
func TestTheLastAnswerIsTold(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	s.submit(at, right).shows(200, "The patient has not been asked")
	s.submit(at+"/ask", no).shows(200, "The patient said no")
	s.click(at+"/ask").shows(200, "The patient said no on 23 November 2026, 09:00 GMT", "Ask again only if things have changed").hides("has not been asked")

	// Another session's page, which looked before, knows it too.
	other := g.signIn("consultant")
	p := g.patient("every-source")
	g.find(other, p)
	there := here(other)
	other.submit(there, right)
	g.find(s, p)
	at = here(s)
	s.submit(at, right)
	s.submit(at+"/ask", yes())
	if s.at.Path != at+"/record" {
		t.Fatalf("a yes leads to %s:\n%s", s.at, s.text())
	}
	other.open(g.address+there+"/ask").shows(200, "You have the patient's permission").hides("has not been asked", "For: ")
	for _, page := range []string{"/ask", "/withdraw"} {
		s.open(g.address+at+page).shows(200, "Given 23 November 2026, 09:00 GMT For: Medicines before an operation In person.")
	}

	// Yes, taken back, and then no.
	s.open(g.address+at+"/withdraw").submit(at+"/withdraw", nil).shows(200, "The permission is withdrawn")
	for _, x := range []*surfer{s, other} {
		to := at
		if x == other {
			to = there
		}
		x.open(g.address+to+"/ask").shows(200, "withdrawn the permission").hides("has not been asked")
	}
	s.submit(at+"/ask", no).shows(200, "The patient said no")
	for _, x := range []*surfer{s, other} {
		to := at
		if x == other {
			to = there
		}
		x.open(g.address+to+"/ask").shows(200, "The patient said no on").hides("has withdrawn", "has not been asked")
	}
}

// A no ends the permission before it: it is not listed as one that holds, and what it
// opened is not told any more.
func TestANoEndsThePermission(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	s.submit(at, right)
	s.submit(at+"/ask", yes())
	s.open(g.address+at).shows(200, "Riverside Surgery")
	s.click(at+"/ask").submit(at+"/ask", no).shows(200, "The patient said no").hides("Riverside Surgery")
	s.click(at + "/ask").hides("You have the patient's permission")
	s.open(g.address+at+"/withdraw").shows(200, "You hold no permission")
}

// Without a registry the console knows of what this session recorded.
func TestTheLastAnswerIsToldWithoutARegistry(t *testing.T) {
	k := newKit(t, nil)
	broker, _ := consents(t, taken)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = broker.URL
	s := k.looked(part)
	at := here(s)
	s.submit(at, right).submit(at+"/ask", no)
	s.click(at+"/ask").shows(200, "The patient said no on 23 November 2026, 09:00 GMT").hides("Text of permission-needed")
	s.submit(at+"/ask", yes())
	s.open(k.address+at+"/ask").shows(200, "You have the patient's permission").hides("said no on", "Text of permission-needed")
	s.submit(at+"/ask", no)
	s.open(k.address+at+"/ask").shows(200, "said no on").hides("You have the patient's permission")
}

// Who was asked for a test sees the record first: some of it needs no asking. It
// leads on to asking.
func TestAnOpenTestOrderLeadsToTheRecord(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("laboratory-specialist")
	g.find(s, g.patient("test-order"))
	at := here(s)
	s.submit(at, right)
	if s.at.Path != at+"/record" {
		t.Fatalf("confirming leads to %s", s.at)
	}
	s.open(g.address+at+"/record?whole=1").shows(200, "Amlodipine")
	if !strings.Contains(s.body, `href="`+at+`/ask"`) {
		t.Errorf("the record does not lead to asking:\n%s", s.text())
	}
	// A colleague whom nobody asked for a test is led to asking.
	other := g.signIn("consultant")
	g.find(other, g.patient("permission"))
	to := here(other)
	other.submit(to, right)
	if other.at.Path != to+"/ask" {
		t.Errorf("confirming leads to %s", other.at)
	}
}
