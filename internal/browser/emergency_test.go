//go:build servers

package browser_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/browser"
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
	elsewhere := w.signIn(t, "consultant") // the same person, at another screen
	find(elsewhere, p)
	confirm(elsewhere)
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
	tab.Follow("Declare the emergency") // one step, and there is the record
	tab.At("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	tab.Sees(p.Name, "Hill View Medical Centre", "Emergency access until")
	tab.Axe()
	tab.Open("/patients/" + refOf(t, tab))
	tab.Sees("Emergency access until")
	tab.Axe()
	tab.Fits()
	tab.Follow("Ask the patient for permission to view")
	tab.Sees("Emergency access until", "See the record")
	tab.Lacks("You can say", "Do not ask")
	tab.Axe()
	tab.Fits()
	tab.Follow("See the record")
	arrived(t, tab)
	tab.Sees(p.Name, "Hill View Medical Centre", "Emergency access until")
	t.Run("in every session", func(t *testing.T) {
		tab := elsewhere.For(t)
		for _, page := range []string{"", "/ask", "/record", "/emergency"} {
			tab.Open("/patients/" + refOf(t, tab) + page)
			tab.Sees("Emergency access until")
			tab.Lacks("The patient cannot be asked, and it is an emergency", "Declare the emergency")
		}
		tab.Axe()
		tab.Fits()
	})
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
	// From the overview it is one step, and the list says who of which organisation, about whom.
	auditor.Open("/trail")
	auditor.Sees("Because of them something was seen in")
	says := number(t, browser.Value[string](auditor, `[...document.querySelectorAll("a.mcr-trail-number__n")].find((a) => a.textContent.includes("Emergencies")).textContent`))
	auditor.Turns("following the emergencies", func() {
		browser.Value[bool](auditor, `([...document.querySelectorAll("a.mcr-trail-number__n")].find((a) => a.textContent.includes("Emergencies")).click(), true)`)
	})
	auditor.Sees(rec.UserName+", St Aldhelm's Hospitals", "declared an emergency", "Patient "+p.NHSNumber[:3])
	if has := w.counted(t, audit.Scope{Since: lately()}, audit.Filter{}, audit.Overall, audit.All).Emergencies; says != has {
		t.Errorf("the overview tells of %d emergencies, and there are %d", says, has)
	}
	auditor.Axe()
}

// On a telephone the way to an emergency is on the first screen, wherever there is one.
func TestServersBrowserAnEmergencyOnATelephone(t *testing.T) {
	w := inTheRegion(t)
	w.turnOnEmergencies(t)
	tab := w.signIn(t, "paramedic")
	tab.Screen(360, 740)
	find(tab, w.flagged(t, "permission"))
	// Who it is, is said first, by whoever or whatever can say it: then it is one step.
	tab.Sees("Is this the right patient?", "If the patient cannot speak, somebody who knows them")
	if between := browser.Value[float64](tab, `[...document.querySelectorAll("main button")].find(b => b.textContent.includes("it is an emergency")).getBoundingClientRect().bottom - document.getElementById("right").getBoundingClientRect().top`); between > 370 {
		t.Errorf("between the question who it is and the way to an emergency lie %.0f px", between)
	}
	tab.Axe()
	tab.Follow("The patient cannot be asked, and it is an emergency")
	tab.Sees("There is a problem", "Confirm that this is the right patient")
	tab.Choose("The patient told me their full name and date of birth, and they are right")
	tab.Follow("The patient cannot be asked, and it is an emergency")
	tab.Sees("What happens next")
	ref := refOf(t, tab)
	tab.At("/patients/" + ref + "/emergency")
	for _, page := range []string{"", "/ask"} {
		tab.Open("/patients/" + ref + page)
		ends := browser.Value[float64](tab, `scrollY + [...document.querySelectorAll("main a")].find(a => a.textContent.includes("it is an emergency")).getBoundingClientRect().bottom`)
		if ends > 740 {
			t.Errorf("/patients/REF%s: the way to an emergency ends at %.0f px of the page; a telephone shows 740", page, ends)
		}
	}
}
