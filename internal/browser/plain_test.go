//go:build servers

package browser_test

import (
	"testing"
)

// The whole story without JavaScript: slower, and all there.
func TestServersBrowserWithoutJavaScript(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.person(t)
	tab.Scripts(false)
	w.enter(t, tab, "consultant")
	find(tab, p)
	confirm(tab)
	yes(tab, "Treatment today")
	arrived(t, tab)
	tab.Sees(p.Name, "Riverside Surgery", "Medicines", "Time line")
	tab.Lacks("Waiting", "0 of 12")
	tab.Fits()
	tab.Select("Part of the record", "Medicines")
	tab.Follow("Show these")
	arrived(t, tab)
	tab.Sees("Not all entries are listed")
	tab.Follow("Print")
	tab.Sees("Not to be filed", "Printed by Dr Helen Marchetti")
	tab.Follow("Back to the record")
	arrived(t, tab)
	tab.Follow("Permission")
	tab.Follow("Withdraw a permission")
	tab.Follow("Given > Withdraw")
	tab.Sees("The permission is withdrawn")
	tab.Follow("Sign out")
	tab.Sees("You are signed out")
	tab.Back()
	tab.Lacks(p.Name)
}

// A browser that runs scripts, and does not get the console's: the record has a way on.
func TestServersBrowserWhenTheScriptDoesNotCome(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	yes(tab, "Treatment today")
	arrived(t, tab)
	if tab.Has("show the record when every source has answered") {
		t.Error("the way on stands there though the script fills the page")
	}
	ref := refOf(t, tab)
	tab.Block("*://*:*/console/assets/console.*.js")
	tab.Open("/patients/" + ref + "/record")
	tab.Follow("show the record when every source has answered")
	arrived(t, tab)
	tab.Sees(p.Name, "Riverside Surgery", "Medicines", "Time line")
	tab.Lacks("Waiting", "0 of 12")
	tab.Fits()
}

// The officers' pages without JavaScript.
func TestServersBrowserOfficersWithoutJavaScript(t *testing.T) {
	w := inTheRegion(t)
	theirs, _ := w.aVisit(t)
	tab := w.person(t)
	tab.Scripts(false)
	w.enter(t, tab, "privacy-officer")
	tab.Follow("Audit trail")
	tab.Sees("In numbers")
	tab.Open("/trail/records/" + theirs.ID)
	tab.Sees("Which rules applied, and why")
	other := w.person(t)
	other.Scripts(false)
	w.enter(t, other, "ig-officer")
	other.Follow("The rules")
	other.Sees("The policy book")
	other.Open("/rules/try")
	other.Follow("Try it")
	other.Sees("What would be released")
}
