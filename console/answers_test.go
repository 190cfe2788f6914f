package console_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/surfer"
)

var no = url.Values{"answer": {"no"}, "how": {"in-person"}}

// What a page says of the last answer is the last answer, not what was found before it.
func TestTheLastAnswerIsTold(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	s.Submit(at, right).Shows(200, "The patient has not been asked")
	s.Submit(at+"/ask", no).Shows(200, "The patient said no")
	s.Click(at+"/ask").Shows(200, "The patient said no on 23 November 2026, 09:00 GMT", "Ask again only if things have changed").Hides("has not been asked")

	// Another session's page, which looked before, knows it too.
	other := g.signIn("consultant")
	p := g.patient("every-source")
	g.find(other, p)
	there := here(other)
	other.Submit(there, right)
	g.find(s, p)
	at = here(s)
	s.Submit(at, right)
	s.Submit(at+"/ask", yes())
	if s.At.Path != at+"/record" {
		t.Fatalf("a yes leads to %s:\n%s", s.At, s.Text())
	}
	other.Open(g.address+there+"/ask").Shows(200, "You have the patient's permission", "For: Medicines before an operation").Hides("has not been asked")
	for _, page := range []string{"/ask", "/withdraw"} {
		s.Open(g.address+at+page).Shows(200, "Given 23 November 2026, 09:00 GMT For: Medicines before an operation In person.")
	}

	// Yes, taken back, and then no.
	s.Open(g.address+at+"/withdraw").Submit(at+"/withdraw", nil).Shows(200, "The permission is withdrawn")
	for _, x := range []*surfer.Surfer{s, other} {
		to := at
		if x == other {
			to = there
		}
		x.Open(g.address+to+"/ask").Shows(200, "withdrawn the permission").Hides("has not been asked")
	}
	s.Submit(at+"/ask", no).Shows(200, "The patient said no")
	for _, x := range []*surfer.Surfer{s, other} {
		to := at
		if x == other {
			to = there
		}
		x.Open(g.address+to+"/ask").Shows(200, "The patient said no on").Hides("has withdrawn", "has not been asked")
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
	s.Submit(at, right)
	s.Submit(at+"/ask", yes())
	s.Open(g.address+at).Shows(200, "Riverside Surgery")
	s.Click(at+"/ask").Submit(at+"/ask", no).Shows(200, "The patient said no").Hides("Riverside Surgery")
	s.Click(at + "/ask").Hides("You have the patient's permission")
	s.Open(g.address+at+"/withdraw").Shows(200, "You hold no permission")
}

// Without a registry the console knows of what this session recorded.
func TestTheLastAnswerIsToldWithoutARegistry(t *testing.T) {
	k := newKit(t, nil)
	broker, _ := consents(t, taken)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = broker.URL
	s := k.looked(part)
	at := here(s)
	s.Submit(at, right).Submit(at+"/ask", no)
	s.Click(at+"/ask").Shows(200, "The patient said no on 23 November 2026, 09:00 GMT").Hides("Text of permission-needed")
	s.Submit(at+"/ask", yes())
	s.Open(k.address+at+"/ask").Shows(200, "You have the patient's permission").Hides("said no on", "Text of permission-needed")
	s.Submit(at+"/ask", no)
	s.Open(k.address+at+"/ask").Shows(200, "said no on").Hides("You have the patient's permission")
}

// Who was asked for a test sees the record first: some of it needs no asking. It
// leads on to asking.
func TestAnOpenTestOrderLeadsToTheRecord(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("laboratory-specialist")
	g.find(s, g.patient("test-order"))
	at := here(s)
	s.Submit(at, right)
	if s.At.Path != at+"/record" {
		t.Fatalf("confirming leads to %s", s.At)
	}
	s.Open(g.address+at+"/record?whole=1").Shows(200, "Amlodipine")
	if !strings.Contains(s.Body, `href="`+at+`/ask"`) {
		t.Errorf("the record does not lead to asking:\n%s", s.Text())
	}
	// A colleague whom nobody asked for a test is led to asking.
	other := g.signIn("consultant")
	g.find(other, g.patient("permission"))
	to := here(other)
	other.Submit(to, right)
	if other.At.Path != to+"/ask" {
		t.Errorf("confirming leads to %s", other.At)
	}
}
