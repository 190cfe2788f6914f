//go:build servers

package browser_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

const (
	stAldhelms = "RZ1"
	riverside  = "gp-riverside"
	hillview   = "gp-hillview"
)

func TestServersBrowserThePatientSaysYes(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	tab.Sees(p.Name, spaced(p.NHSNumber))
	confirm(tab)
	tab.Follow("Record the answer") // nothing filled in
	tab.Sees("There is a problem", "Say what the patient answered", "Say how you asked")
	yes(tab, "Medicines before an operation")
	tab.At("/patients/" + refOf(t, tab) + "/record")
	rec := w.trail(t, "the permission", func(r *audit.Record) bool {
		return r.Action == "record-permission" && r.Outcome == audit.Released && r.UserName == w.member(t, "consultant").Name
	})
	if !strings.Contains(string(rec.Input), `"how":"in-person"`) || !strings.Contains(string(rec.Input), `"purpose_given":true`) {
		t.Errorf("the trail does not say how the patient was asked, or that it was said what for: %s", rec.Input)
	}
	if strings.Contains(string(rec.Input), "Medicines") {
		t.Error("the trail holds the professional's own words")
	}
}

func TestServersBrowserThePatientSaysNo(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	no(tab)
	tab.Sees("The patient said no. This is recorded")
	w.trail(t, "the refusal", func(r *audit.Record) bool { return r.Action == "record-refusal" && r.Outcome == audit.Released })
	t.Run("and it is respected", func(t *testing.T) {
		tab := tab.For(t)
		tab.Follow("See the record")
		tab.Sees("said no")
		tab.Lacks("permission to view is")
		// Another time, in another session, it is still known.
		again := w.signIn(t, "consultant")
		find(again, p)
		confirm(again)
		again.Sees("The patient said no on", "Respect the answer")
	})
}

// From the record it is two clicks: to where the permissions are, and "Withdraw"
// beside the one that ends.
func TestServersBrowserWithdrawingInTwoClicks(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	yes(tab, "A check of medicines")
	arrived(t, tab)
	tab.Follow("Permission")
	tab.Sees("Given", "In person")
	tab.Axe()
	tab.Fits()
	tab.Follow("Given > Withdraw")
	tab.Sees("The permission is withdrawn", "You hold no permission")
	w.trail(t, "the withdrawal", func(r *audit.Record) bool { return r.Action == "withdraw" && r.Outcome == audit.Released })
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	tab.Sees("withdrawn")
}

func TestServersBrowserOptedOut(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "consultant")
	find(tab, w.flagged(t, "opted-out"))
	tab.Sees("The patient has opted out", "Telephone Riverside Surgery on 01632 960101")
	tab.Axe()
	tab.Fits()
	confirm(tab)
	tab.Sees("Telephone Riverside Surgery on 01632 960101")
	if tab.Has("Ask the patient for permission to view") {
		t.Error("it is offered to ask somebody who has opted out")
	}
	ref := refOf(t, tab)
	tab.Open("/patients/" + ref + "/ask") // typed by hand
	tab.Sees("The patient has opted out")
	if tab.HasField("Yes") {
		t.Error("an answer of somebody who has opted out can be recorded")
	}
	tab.Open("/patients/" + ref + "/record")
	tab.Sees("opted out", "01632 960101")
	tab.Axe()
}

// No care relationship: the page says what would make one.
func TestServersBrowserNoRelationship(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, hillview, false)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	tab.Sees("no active care relationship", "referral, admission, episode or call")
	tab.Axe()
	confirm(tab)
	tab.Lacks(p.Name)
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	tab.Sees("no active care relationship")
	tab.Lacks(p.Name)
}

// A wrong date of birth tells nothing, neither does a number that nobody has.
func TestServersBrowserTheWrongPatientIsNotShown(t *testing.T) {
	w := inTheRegion(t)
	p := w.flagged(t, "permission")
	tab := w.signIn(t, "consultant")
	wrong := p
	wrong.Born = "1950-07-30"
	find(tab, wrong)
	tab.Sees("We found no patient with this number and date of birth")
	tab.Lacks(p.Name, strings.Fields(p.Name)[1])
	tab.Axe()
	nobody := p
	nobody.NHSNumber = "9990000018"
	find(tab, nobody) // brokers do not tell a stranger whether there is a record
	tab.Sees("No organisation may tell you who this is yet")
	for name, typed := range map[string]string{
		"dashes": "999-413-4574", "long dashes": "999–413—4574", "no-break spaces": "999\u00a0413\u00a04574", "nothing between": "9994134574",
		"spaces around": "  999 413 4574 ",
	} {
		tab.Open("/patients")
		tab.Paste("NHS number", typed)
		tab.Fill("Day", "30")
		tab.Fill("Month", "7")
		tab.Fill("Year", "1949")
		tab.Follow("Find")
		if !strings.Contains(tab.Text(), p.Name) {
			t.Errorf("%s: not found: %s", name, tab.Text())
		}
	}
	tab.Open("/patients")
	tab.Fill("NHS number", "999 413 4575")
	tab.Follow("Find")
	tab.Sees("The last digit is worked out from the others")
	tab.Axe()
	tab.Fits()
}
