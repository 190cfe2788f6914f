//go:build servers

package browser_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

// turnOnEmergencies goes on with the emergency rule on, until the test ends.
func (w *world) turnOnEmergencies(t *testing.T) {
	t.Helper()
	w.governBy(t, func(folder string) { edit(t, folder, "data/settings.json", `"enabled": false`, `"enabled": true`) })
}

// A region that has turned the emergency rule on: reason and words, what will
// happen next, and then the record with its end; an opt-out still wins.
func TestServersBrowserAnEmergency(t *testing.T) {
	w := inTheRegion(t)
	w.turnOnEmergencies(t)
	p := w.patient(t, stAldhelms, hillview, false)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	tab.Axe()
	tab.Fits()
	tab.Follow("The patient cannot be asked, and it is an emergency")
	tab.Sees("What happens next", "privacy officer", "60 minutes")
	tab.Axe()
	tab.Fits()
	tab.Follow("Declare the emergency")
	tab.Sees("There is a problem", "Choose the reason", "Say in a sentence what has happened")
	tab.Axe()
	tab.Choose("The patient's life or limb is in danger now")
	tab.Fill("What has happened?", "Found unconscious <b>at home</b>")
	tab.Choose("I understand what happens next")
	tab.Follow("Declare the emergency")
	tab.Sees("Emergency access until")
	tab.Axe()
	tab.Follow("Ask the patient for permission to view")
	tab.Sees("Emergency access until", "See the record")
	tab.Lacks("You can say", "Do not ask")
	tab.Axe()
	tab.Fits()
	tab.Follow("See the record")
	arrived(t, tab)
	tab.Sees(p.Name, "Hill View Medical Centre", "Emergency access until")
	tab.Axe()
	rec := w.trail(t, "the emergency", func(r *audit.Record) bool { return r.Action == "declare-emergency" && r.Outcome == audit.Released })
	if !rec.Alert || rec.EmergencyReason == "" {
		t.Errorf("the emergency is recorded without an alert or its reason: %+v", rec)
	}
	opted := w.flagged(t, "opted-out")
	find(tab, opted)
	confirm(tab)
	if tab.Has("The patient cannot be asked, and it is an emergency") {
		t.Error("an emergency is offered for a patient who has opted out")
	}
	tab.Sees("The patient has opted out", "01632 960101", "in an emergency")
	auditor := w.signIn(t, "regional-auditor")
	auditor.Open("/trail/records/" + rec.ID)
	auditor.Sees("Found unconscious <b>at home</b>", "Alert for the privacy officer")
	auditor.Axe()
}
