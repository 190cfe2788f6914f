package console_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
)

var right = url.Values{"right": {"yes"}}

// yes is a patient's yes, in person, until tomorrow.
func yes(changes ...string) url.Values {
	v := url.Values{"answer": {"yes"}, "how": {"in-person"}, "for": {"Medicines before an operation"}, "how-long": {"tomorrow"}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func TestAskingAndBeingAnswered(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian).shows(200, "Is this the right patient?", brian.Name, "30 July 1949", "says St Aldhelm")
	for _, address := range s.seen {
		if strings.Contains(address, brian.NHSNumber) {
			t.Errorf("the number stands in an address: %s", address)
		}
	}
	at := here(s)
	// Nothing before it was said that this is the right person.
	s.open(g.address+at+"/ask").shows(200, "Is this the right patient?")
	s.submit(at, nil).shows(422, "Confirm that this is the right patient")
	s.submit(at, right)
	if s.at.Path != at+"/ask" {
		t.Fatalf("confirming leads to %s", s.at)
	}
	s.shows(200, "The patient has not been asked", "Do not ask: see only what may be shown now").hides("Withdraw a permission", "See the record", "<details")
	s.shows(200, "You can say", "For the next hour", "Until tomorrow", "This episode of care", "By video", "Dr Helen Marchetti")
	// The words to say fit what is chosen: beside each choice, and before it.
	for _, say := range []string{"“I may look for the next hour.”", "“I may look again until the end of tomorrow.”", "“I may look again while we treat you, at most until 21 February 2027.”"} {
		if strings.Count(s.text(), say) != 2 || !strings.Contains(s.text(), "Say: "+say) {
			t.Errorf("the page does not give the words %s:\n%s", say, s.text())
		}
	}
	s.shows(200, "It is not kept here", "Say: “May I also see what is more private").hides("This view", "treat you today", "on this screen now", "not copied")
	s.submit(at+"/ask", nil).shows(422, "Say what the patient answered", "Say how you asked").hides("Say what you need the record for</a>")
	s.submit(at+"/ask", url.Values{"answer": {"yes"}}).shows(422, "Say how you asked", "Say what you need the record for", "Say for how long the patient agreed")
	s.submit(at+"/ask", yes("how-long", "for-ever")).shows(422, "Say for how long the patient agreed")
	s.submit(at+"/ask", yes("for", strings.Repeat("é", 400))).shows(422, "fewer words")
	if n := len(g.records(access.RecordPermission)); n != 0 {
		t.Fatalf("%d permissions were recorded by forms that were wrong", n)
	}
	s.submit(at+"/ask", yes("for", "Review before the fracture clinic\r\nof "+brian.NHSNumber))
	if s.at.Path != at+"/record" {
		t.Errorf("a yes leads to %s:\n%s", s.at, s.text())
	}
	recorded := g.records(access.RecordPermission)
	if len(recorded) != 1 || recorded[0].Outcome != audit.Released || recorded[0].UserName != "Dr Helen Marchetti" {
		t.Fatalf("the trail has %+v", recorded)
	}
	if got, want := recorded[0].PurposeWords, "Review before the fracture clinic of nhs-number"; got != want {
		t.Errorf("what the patient was asked for stands in the trail as %q, want %q", got, want)
	}
	// Until the end of tomorrow in London, as it was written on the page.
	if want := `"until":` + unix(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)); !strings.Contains(string(recorded[0].Input), want) {
		t.Errorf("the statement does not hold %s: %s", want, recorded[0].Input)
	}
	// Others may tell now who it is.
	s.open(g.address+at).shows(200, "Riverside Surgery")

	// Withdrawing: from the record, and from the patient's page, two clicks.
	s.click(at+"/ask").shows(200, "You have the patient's permission", "Given 23 November 2026", "Ask again")
	if !strings.Contains(s.body, `action="`+at+`/withdraw"`) {
		t.Error("it cannot be withdrawn from there")
	}
	// The way on comes first, and asking again is folded away until something is wrong with it.
	s.shows(200, "See the record You have the patient's permission", "Withdraw a permission").hides("Do not ask: see only", "<details class=\"nhsuk-details\" open")
	if fold, form := strings.Index(s.body, "<details"), strings.Index(s.body, "You can say"); fold < 0 || form < fold {
		t.Errorf("asking again is not folded away:\n%s", s.body)
	}
	s.submit(at+"/ask", nil).shows(422, "Say how you asked")
	if !strings.Contains(s.body, `<details class="nhsuk-details" open>`) {
		t.Error("what is wrong is folded away")
	}
	s.open(g.address+at).shows(200, "Withdraw a permission")
	s.click(at+"/withdraw").shows(200, "Given 23 November 2026", "In person", "Ends 25 November 2026, 00:00 GMT")
	s.submit(at+"/withdraw", nil).shows(200, "The permission is withdrawn", "You hold no permission",
		"Nobody but the colleague whom the patient answered can withdraw it here", "can opt out with their GP practice")
	if w := g.records(access.Withdraw); len(w) != 1 || w[0].Outcome != audit.Released {
		t.Fatalf("the trail has %+v", w)
	}
	s.open(g.address+at).shows(200, "says St Aldhelm").hides("Riverside Surgery", "Withdraw a permission")
	s.click(at+"/ask").shows(200, "withdrawn the permission")

	// And a no: it is recorded, and respected.
	s.submit(at+"/ask", url.Values{"answer": {"no"}, "how": {"telephone"}, "for": {"A second opinion"}}).shows(200, "The patient said no")
	if n := g.records(access.RecordRefusal); len(n) != 1 || n[0].Outcome != audit.Released || n[0].PurposeWords != "A second opinion" {
		t.Fatalf("the trail has %+v", n)
	}
	if len(g.records(access.RecordPermission)) != 1 {
		t.Error("a no was recorded as a yes")
	}
}

// Whatever a broker is asked for somebody, its record names their browser, and who said so.
func TestEveryRecordNamesTheBrowser(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.submit(at, right)
	s.submit(at+"/ask", yes())
	s.open(g.address+at).click(at+"/withdraw").submit(at+"/withdraw", nil)
	s.open(g.address+at+"/ask").submit(at+"/ask", url.Values{"answer": {"no"}, "how": {"telephone"}})
	sources := map[string]bool{}
	for _, action := range []access.Action{access.View, access.RecordPermission, access.Withdraw, access.RecordRefusal} {
		records := g.records(action)
		if len(records) == 0 {
			t.Errorf("no record of %s", action)
		}
		for _, r := range records {
			sources[r.Source] = true
			if r.UserAgent != surferAgent || r.ClientIP != "127.0.0.1" || r.Via != "the console" || r.ViaIP != "127.0.0.1" {
				t.Errorf("%s at %s: from %q %q by %q at %q", action, r.Source, r.ClientIP, r.UserAgent, r.Via, r.ViaIP)
			}
		}
	}
	if len(sources) < 4 {
		t.Errorf("only %v were asked", sources)
	}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestTheWrongDateOfBirthTellsNothing(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	brian.Born = "1949-07-29"
	g.find(s, brian).shows(422, "We found no patient with this number and date of birth").hides(brian.Name, "Birch")
	if !strings.Contains(s.body, `value="`+brian.NHSNumber+`"`) {
		t.Error("what was typed has to be typed again")
	}
	// A number that nobody has: brokers do not say so to somebody without a care
	// relationship, and neither does the console.
	brian.NHSNumber = "9434765919"
	g.find(s, brian).shows(200, "No organisation may tell you who this is yet", "no active care relationship").hides("Birch")
}

func TestOptedOutSaysWhomToTelephone(t *testing.T) {
	g := newRegion(t)
	david := g.patient("opted-out")
	s := g.signIn("consultant")
	g.find(s, david).shows(200, "The patient has opted out", "Telephone Riverside Surgery on 01632 96")
	at := here(s)
	s.submit(at, right)
	if s.at.Path != at {
		t.Errorf("confirming leads to %s", s.at)
	}
	s.shows(200, "The patient has opted out").hides("Ask the patient for permission to view", "it is an emergency")
	s.open(g.address+at+"/ask").shows(200, "The patient has opted out", "Go back to the patient").hides("Record the answer", "Do not ask", "Withdraw a permission")
}

func TestNoRelationshipSaysWhatWouldMakeOne(t *testing.T) {
	g := newRegion(t)
	jack := g.patient("relationship-ended")
	s := g.signIn("consultant")
	g.find(s, jack).shows(200, "no active care relationship", "record the referral, admission, episode or call in your own system")
	at := here(s)
	s.submit(at, right)
	if s.at.Path != at+"/record" {
		t.Errorf("confirming leads to %s", s.at)
	}
	s.open(g.address + at).hides("Ask the patient for permission to view")
}

func TestAnEmergency(t *testing.T) {
	t.Run("is not in use", func(t *testing.T) {
		g := newRegion(t)
		s := g.signIn("consultant")
		g.find(s, g.patient("permission"))
		at := here(s)
		s.submit(at, right).hides("emergency")
		s.open(g.address+at+"/emergency").shows(200, "not in use in this region").hides("Declare the emergency")
	})
	g := newRegion(t, `"enabled": false`, `"enabled": true`)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	s.submit(at, right).shows(200, "The patient cannot be asked, and it is an emergency")
	// The record, of which most is closed, leads there too.
	s.open(g.address+at+"/record?whole=1").shows(200, "The patient cannot be asked, and it is an emergency").hides("Emergency access until")
	s.click(at+"/emergency").shows(200, "What happens next", "marked in the audit trail for the privacy officer", "life or limb", "until 10:00 (60 minutes)").hides("is told", "been told")
	s.submit(at+"/emergency", nil).shows(422, "Choose the reason", "Say in a sentence", "Tick that you understand")
	s.submit(at+"/emergency", url.Values{"reason": {"curiosity"}, "text": {"x"}, "understood": {"yes"}}).shows(422, "Choose the reason")
	s.submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {"Unconscious after a fall\r\n<script>alert(1)</script> " + brian.NHSNumber}, "understood": {"yes"}})
	s.shows(200, "Emergency access until 09:59", "Riverside Surgery").hides("<script>alert")
	for _, page := range []string{"/record", "/record?whole=1", "/record/print"} {
		s.open(g.address+at+page).shows(200, "Emergency access until 09:59").hides("cannot be asked, and it is an emergency")
	}
	s.open(g.address+at+"/ask").shows(200, "Emergency access until 09:59", "See the record Ask the patient for permission to view").hides("Do not ask: see only")
	declared := g.records(access.DeclareEmergency)
	if len(declared) != 1 || declared[0].Outcome != audit.Released || !declared[0].Alert || !strings.Contains(declared[0].EmergencyReason, "Unconscious after a fall") ||
		strings.Contains(declared[0].EmergencyReason, brian.NHSNumber) || strings.ContainsAny(declared[0].EmergencyReason, "\r\n") {
		t.Fatalf("the trail has %+v", declared)
	}
	t.Run("by a role that may not", func(t *testing.T) {
		s := g.signIn("social-worker")
		p := g.patient("restricted") // on the council's caseload
		g.find(s, p)
		at := here(s)
		s.submit(at, right)
		s.open(g.address+at+"/emergency").submit(at+"/emergency", url.Values{"reason": {"safeguarding"}, "text": {"At risk"}, "understood": {"yes"}}).
			shows(403, "This was not recorded", "Your role may not declare emergency access")
	})
}

func TestABrokerThatIsAwayLeavesItUncertain(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.submit(at, right)
	for _, src := range g.described.Sources {
		g.Stop(src.ID)
	}
	s.submit(at+"/ask", yes("for", `"><script>alert(1)</script>`)).shows(502, "We do not know whether this was recorded").hides("<script>alert")
	if !strings.Contains(s.body, "&lt;script&gt;") {
		t.Error("what was typed has to be typed again")
	}
	g.find(s, g.patient("own-record")).shows(503, "We could not look this patient up", "No organisation answered", "Riverside Surgery, telephone 01632")
}

func TestTwoTabsWithTwoPatients(t *testing.T) {
	g := newRegion(t)
	brian, david := g.patient("permission"), g.patient("opted-out")
	one := g.signIn("consultant")
	two := one.tab()
	g.find(one, brian)
	g.find(two, david)
	a, b := here(one), here(two)
	if a == b {
		t.Fatal("two patients have one address")
	}
	one.submit(a, right)
	one.submit(a+"/ask", yes())
	given := g.records(access.RecordPermission)
	other := g.records(access.View)
	if len(given) != 1 || given[0].PatientHMAC == "" {
		t.Fatalf("the trail has %+v", given)
	}
	two.open(g.address+b).shows(200, david.Name, "The patient has opted out").hides(brian.Name)
	one.open(g.address+a).shows(200, brian.Name).hides(david.Name)
	found := false
	for _, r := range other {
		found = found || r.PatientHMAC != given[0].PatientHMAC
	}
	if !found {
		t.Error("only one patient was asked for")
	}
	// Nobody else's session knows the reference.
	g.signIn("consultant").open(g.address+a).shows(404, "Look the patient up again").hides(brian.Name)
	g.signIn("other-gp").open(g.address + a + "/withdraw").shows(404)
}

// Attack 123: a form is sent back, and its broker is not asked, when what was written
// says nothing; a hurried reason is taken.
func TestAttack123FormsAskForWords(t *testing.T) {
	g := newRegion(t, `"enabled": false`, `"enabled": true`)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.submit(at, right)
	for _, nothing := range []string{".", "\u200b", "\u2060\u202e", "\u3164", "\u2800", "aaaaaa", "\u0301", "12"} {
		s.open(g.address+at+"/emergency").
			submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {nothing}, "understood": {"yes"}}).shows(422, "Say in a sentence")
		s.open(g.address+at+"/ask").
			submit(at+"/ask", url.Values{"answer": {"yes"}, "how": {"in-person"}, "for": {nothing}, "how-long": {"tomorrow"}}).shows(422, "Say what you need the record for")
	}
	if n := len(g.records(access.DeclareEmergency)) + len(g.records(access.RecordPermission)); n > 0 {
		t.Errorf("the broker was asked %d times", n)
	}
	s.open(g.address+at+"/emergency").submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {"MI"}, "understood": {"yes"}}).
		shows(200, "Emergency access until")
}
