package console_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/surfer"
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
	g.find(s, brian).Shows(200, "Is this the right patient?", brian.Name, "30 July 1949", "says St Aldhelm")
	for _, address := range s.Seen {
		if strings.Contains(address, brian.NHSNumber) {
			t.Errorf("the number stands in an address: %s", address)
		}
	}
	at := here(s)
	// Nothing before it was said that this is the right person.
	s.Open(g.address+at+"/ask").Shows(200, "Is this the right patient?")
	s.Submit(at, nil).Shows(422, "Confirm that this is the right patient")
	s.Submit(at, right)
	if s.At.Path != at+"/ask" {
		t.Fatalf("confirming leads to %s", s.At)
	}
	s.Shows(200, "The patient has not been asked", "Do not ask: see only what may be shown now").Hides("Withdraw a permission", "See the record", "<details")
	s.Shows(200, "You can say", "For the next hour", "Until tomorrow", "This episode of care", "By video", "Dr Helen Marchetti")
	// The words to say fit what is chosen: beside each choice, and before it.
	for _, say := range []string{"“I may look for the next hour.”", "“I may look again until the end of tomorrow.”", "“I may look again while we treat you, at most until 21 February 2027.”"} {
		if strings.Count(s.Text(), say) != 2 || !strings.Contains(s.Text(), "Say: "+say) {
			t.Errorf("the page does not give the words %s:\n%s", say, s.Text())
		}
	}
	s.Shows(200, "It is not kept here", "Say: “May I also see what is more private").Hides("This view", "treat you today", "on this screen now", "not copied")
	s.Submit(at+"/ask", nil).Shows(422, "Say what the patient answered", "Say how you asked").Hides("Say what you need the record for</a>")
	s.Submit(at+"/ask", url.Values{"answer": {"yes"}}).Shows(422, "Say how you asked", "Say what you need the record for", "Say for how long the patient agreed")
	s.Submit(at+"/ask", yes("how-long", "for-ever")).Shows(422, "Say for how long the patient agreed")
	s.Submit(at+"/ask", yes("for", strings.Repeat("é", 400))).Shows(422, "fewer words")
	if n := len(g.records(access.RecordPermission)); n != 0 {
		t.Fatalf("%d permissions were recorded by forms that were wrong", n)
	}
	s.Submit(at+"/ask", yes("for", "Review before the fracture clinic\r\nof "+brian.NHSNumber))
	if s.At.Path != at+"/record" {
		t.Errorf("a yes leads to %s:\n%s", s.At, s.Text())
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
	s.Open(g.address+at).Shows(200, "Riverside Surgery")

	// Withdrawing: from the record, and from the patient's page, two clicks.
	s.Click(at+"/ask").Shows(200, "You have the patient's permission", "Given 23 November 2026", "Ask again")
	if !strings.Contains(s.Body, `action="`+at+`/withdraw"`) {
		t.Error("it cannot be withdrawn from there")
	}
	// The way on comes first, and asking again is folded away until something is wrong with it.
	s.Shows(200, "See the record You have the patient's permission", "Withdraw a permission").Hides("Do not ask: see only", "<details class=\"nhsuk-details\" open")
	if fold, form := strings.Index(s.Body, "<details"), strings.Index(s.Body, "You can say"); fold < 0 || form < fold {
		t.Errorf("asking again is not folded away:\n%s", s.Body)
	}
	s.Submit(at+"/ask", nil).Shows(422, "Say how you asked")
	if !strings.Contains(s.Body, `<details class="nhsuk-details" open>`) {
		t.Error("what is wrong is folded away")
	}
	s.Open(g.address+at).Shows(200, "Withdraw a permission")
	s.Click(at+"/withdraw").Shows(200, "Given 23 November 2026", "In person", "Ends 25 November 2026, 00:00 GMT")
	s.Submit(at+"/withdraw", nil).Shows(200, "The permission is withdrawn", "You hold no permission",
		"Nobody but the colleague whom the patient answered can withdraw it here", "can opt out with their GP practice")
	if w := g.records(access.Withdraw); len(w) != 1 || w[0].Outcome != audit.Released {
		t.Fatalf("the trail has %+v", w)
	}
	s.Open(g.address+at).Shows(200, "says St Aldhelm").Hides("Riverside Surgery", "Withdraw a permission")
	s.Click(at+"/ask").Shows(200, "withdrawn the permission")

	// And a no: it is recorded, and respected.
	s.Submit(at+"/ask", url.Values{"answer": {"no"}, "how": {"telephone"}, "for": {"A second opinion"}}).Shows(200, "The patient said no")
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
	s.Submit(at, right)
	s.Submit(at+"/ask", yes())
	s.Open(g.address+at).Click(at+"/withdraw").Submit(at+"/withdraw", nil)
	s.Open(g.address+at+"/ask").Submit(at+"/ask", url.Values{"answer": {"no"}, "how": {"telephone"}})
	sources := map[string]bool{}
	for _, action := range []access.Action{access.View, access.RecordPermission, access.Withdraw, access.RecordRefusal} {
		records := g.records(action)
		if len(records) == 0 {
			t.Errorf("no record of %s", action)
		}
		for _, r := range records {
			sources[r.Source] = true
			if r.UserAgent != surfer.Agent || r.ClientIP != "127.0.0.1" || r.Via != "the console" || r.ViaIP != "127.0.0.1" {
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
	g.find(s, brian).Shows(422, "We found no patient with this number and date of birth").Hides(brian.Name, "Birch")
	if !strings.Contains(s.Body, `value="`+brian.NHSNumber+`"`) {
		t.Error("what was typed has to be typed again")
	}
	// A number that nobody has: brokers do not say so to somebody without a care
	// relationship, and neither does the console.
	brian.NHSNumber = "9434765919"
	g.find(s, brian).Shows(200, "No organisation may tell you who this is yet", "no active care relationship").Hides("Birch")
}

func TestOptedOutSaysWhomToTelephone(t *testing.T) {
	g := newRegion(t)
	david := g.patient("opted-out")
	s := g.signIn("consultant")
	g.find(s, david).Shows(200, "The patient has opted out", "Telephone Riverside Surgery on 01632 96")
	at := here(s)
	s.Submit(at, right)
	if s.At.Path != at {
		t.Errorf("confirming leads to %s", s.At)
	}
	s.Shows(200, "The patient has opted out").Hides("Ask the patient for permission to view", "it is an emergency")
	s.Open(g.address+at+"/ask").Shows(200, "The patient has opted out", "Go back to the patient").Hides("Record the answer", "Do not ask", "Withdraw a permission")
}

func TestNoRelationshipSaysWhatWouldMakeOne(t *testing.T) {
	g := newRegion(t)
	jack := g.patient("relationship-ended")
	s := g.signIn("consultant")
	g.find(s, jack).Shows(200, "no active care relationship", "record the referral, admission, episode or call in your own system")
	at := here(s)
	s.Submit(at, right)
	if s.At.Path != at+"/record" {
		t.Errorf("confirming leads to %s", s.At)
	}
	s.Open(g.address + at).Hides("Ask the patient for permission to view")
}

func TestAnEmergency(t *testing.T) {
	t.Run("is not in use", func(t *testing.T) {
		g := newRegion(t)
		s := g.signIn("consultant")
		g.find(s, g.patient("permission"))
		at := here(s)
		s.Hides("emergency", "If the patient cannot speak")
		s.Submit(at, url.Values{"right": {"yes"}, "then": {"emergency"}}).Hides("emergency")
		s.Open(g.address+at+"/emergency").Shows(200, "not in use in this region").Hides("Declare the emergency")
	})
	g := newRegion(t, `"enabled": false`, `"enabled": true`)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	// Before anything else it is said who the patient is: an emergency takes no short cut past that.
	dire := url.Values{"then": {"emergency"}}
	s.Shows(200, "The patient cannot be asked, and it is an emergency")
	s.Submit(at, dire).Shows(422, "Confirm that this is the right patient").Hides("What happens next")
	dire.Set("right", "yes")
	s.Submit(at, dire).Shows(200, "What happens next")
	if s.At.Path != at+"/emergency" {
		t.Errorf("confirming in an emergency leads to %s", s.At)
	}
	s.Open(g.address+at+"/ask").Shows(200, "The patient cannot be asked, and it is an emergency")
	// The record, of which most is closed, leads there too.
	s.Open(g.address+at+"/record?whole=1").Shows(200, "The patient cannot be asked, and it is an emergency").Hides("Emergency access until")
	s.Click(at+"/emergency").Shows(200, "What happens next", "marked in the audit trail for the privacy officer", "life or limb", "until 10:00 (60 minutes)").Hides("is told", "been told")
	s.Submit(at+"/emergency", nil).Shows(422, "Choose the reason", "Say in a sentence", "Tick that you understand")
	s.Submit(at+"/emergency", url.Values{"reason": {"curiosity"}, "text": {"x"}, "understood": {"yes"}}).Shows(422, "Choose the reason")
	s.Submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {"Unconscious after a fall\r\n<script>alert(1)</script> " + brian.NHSNumber}, "understood": {"yes"}})
	if s.At.Path != at+"/record" {
		t.Errorf("declaring ends at %s", s.At)
	}
	s.Shows(200, "Emergency access until 09:59", "Riverside Surgery").Hides("<script>alert")
	for _, page := range []string{"/record", "/record?whole=1", "/record/print"} {
		s.Open(g.address+at+page).Shows(200, "Emergency access until 09:59").Hides("cannot be asked, and it is an emergency")
	}
	s.Open(g.address+at+"/ask").Shows(200, "Emergency access until 09:59", "See the record Ask the patient for permission to view").Hides("Do not ask: see only")
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
		s.Submit(at, right)
		s.Open(g.address+at+"/emergency").Submit(at+"/emergency", url.Values{"reason": {"safeguarding"}, "text": {"At risk"}, "understood": {"yes"}}).
			Shows(403, "This was not recorded", "Your role may not declare emergency access")
	})
}

func TestABrokerThatIsAwayLeavesItUncertain(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.Submit(at, right)
	for _, src := range g.described.Sources {
		g.Stop(src.ID)
	}
	s.Submit(at+"/ask", yes("for", `"><script>alert(1)</script>`)).Shows(502, "We do not know whether this was recorded").Hides("<script>alert")
	if !strings.Contains(s.Body, "&lt;script&gt;") {
		t.Error("what was typed has to be typed again")
	}
	g.find(s, g.patient("own-record")).Shows(503, "We could not look this patient up", "No organisation answered", "Riverside Surgery, telephone 01632")
}

func TestTwoTabsWithTwoPatients(t *testing.T) {
	g := newRegion(t)
	brian, david := g.patient("permission"), g.patient("opted-out")
	one := g.signIn("consultant")
	two := one.Tab()
	g.find(one, brian)
	g.find(two, david)
	a, b := here(one), here(two)
	if a == b {
		t.Fatal("two patients have one address")
	}
	one.Submit(a, right)
	one.Submit(a+"/ask", yes())
	given := g.records(access.RecordPermission)
	other := g.records(access.View)
	if len(given) != 1 || given[0].PatientHMAC == "" {
		t.Fatalf("the trail has %+v", given)
	}
	two.Open(g.address+b).Shows(200, david.Name, "The patient has opted out").Hides(brian.Name)
	one.Open(g.address+a).Shows(200, brian.Name).Hides(david.Name)
	found := false
	for _, r := range other {
		found = found || r.PatientHMAC != given[0].PatientHMAC
	}
	if !found {
		t.Error("only one patient was asked for")
	}
	// Nobody else's session knows the reference.
	g.signIn("consultant").Open(g.address+a).Shows(404, "Look the patient up again").Hides(brian.Name)
	g.signIn("other-gp").Open(g.address + a + "/withdraw").Shows(404)
}

// Attack 123: a form is sent back, and its broker is not asked, when what was written
// says nothing; a hurried reason is taken.
func TestAttack123FormsAskForWords(t *testing.T) {
	g := newRegion(t, `"enabled": false`, `"enabled": true`)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.Submit(at, right)
	for _, nothing := range []string{".", "\u200b", "\u2060\u202e", "\u3164", "\u2800", "aaaaaa", "\u0301", "12"} {
		s.Open(g.address+at+"/emergency").
			Submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {nothing}, "understood": {"yes"}}).Shows(422, "Say in a sentence")
		s.Open(g.address+at+"/ask").
			Submit(at+"/ask", url.Values{"answer": {"yes"}, "how": {"in-person"}, "for": {nothing}, "how-long": {"tomorrow"}}).Shows(422, "Say what you need the record for")
	}
	if n := len(g.records(access.DeclareEmergency)) + len(g.records(access.RecordPermission)); n > 0 {
		t.Errorf("the broker was asked %d times", n)
	}
	s.Open(g.address+at+"/emergency").Submit(at+"/emergency", url.Values{"reason": {"life-threatening"}, "text": {"MI"}, "understood": {"yes"}}).
		Shows(200, "Emergency access until")
}
