//go:build servers

package browser_test

import (
	"strings"
	"testing"
)

func TestServersBrowserCookies(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "own-gp")
	found := false
	for _, c := range tab.Cookies() {
		if strings.Contains(c.Name, "session") {
			found = true
			if !c.HTTPOnly || c.SameSite != "Strict" || !strings.HasPrefix(c.Path, "/console") || len(c.Value) < 40 {
				t.Errorf("the session's cookie is %+v", c)
			}
		}
	}
	if !found {
		t.Errorf("no session's cookie among %+v", tab.Cookies())
	}
}

// After signing out, neither the back button nor reloading nor another tab shows
// anything of the patient.
func TestServersBrowserTheBackButtonAfterSigningOut(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	other := tab.Tab()
	other.Open("/patients/" + refOf(t, tab) + "/record")
	other.Sees(p.Name)
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	tab.Sees(p.Name)
	tab.Until("an empty store", `localStorage.length === 0 && sessionStorage.length === 0 && document.cookie === ""`)
	tab.Follow("Sign out")
	tab.Sees("You are signed out")
	tab.Axe()
	for range 4 {
		tab.Back()
		tab.Lacks(p.Name, spaced(p.NHSNumber), p.NHSNumber)
	}
	for range 4 {
		tab.Forward()
		tab.Lacks(p.Name, spaced(p.NHSNumber), p.NHSNumber)
	}
	other.Reload()
	other.Sees("Sign in to go on")
	other.Lacks(p.Name, spaced(p.NHSNumber))
	for _, c := range tab.Cookies() {
		if strings.Contains(c.Name, "session") {
			t.Errorf("the cookie is still there: %+v", c)
		}
	}
}

// Two tabs with two patients never mix, and a form goes to its own page's patient.
func TestServersBrowserTwoTabsTwoPatients(t *testing.T) {
	w := inTheRegion(t)
	a, b := w.patient(t, stAldhelms, riverside, true), w.patient(t, stAldhelms, riverside, true)
	first := w.signIn(t, "consultant")
	find(first, a)
	second := first.Tab()
	find(second, b)
	confirm(first)
	first.Sees(a.Name, "You can say")
	confirm(second)
	second.Sees(b.Name, "You can say")
	yes(first, "An operation")
	first.Sees(a.Name, "Riverside Surgery")
	first.Lacks(b.Name, spaced(b.NHSNumber))
	second.Open("/patients/" + refOf(t, second) + "/record")
	second.Sees(b.Name)
	second.Lacks(a.Name, spaced(a.NHSNumber))
	second.Sees("permission") // what was said in the first tab opened nothing here
	first.Reload()
	first.Sees(a.Name)
	first.Lacks(b.Name)
}

func TestServersBrowserTwoRoles(t *testing.T) {
	w := inTheRegion(t)
	tab := w.person(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Follow(w.member(t, "two-roles").Name)
	tab.Sees("In which role are you working now?")
	tab.Axe()
	tab.Fits()
	tab.Open("/patients") // without a role there is nowhere to go
	tab.Sees("In which role are you working now?")
	tab.Follow("Continue")
	tab.Sees("Choose the role in which you are working now")
	tab.Choose("Clinical Practitioner Access Role, Wend Out of Hours")
	tab.Follow("Continue")
	tab.Sees("You are signed in as Dr Obinna Eze, Clinical Practitioner Access Role, Wend Out of Hours")
	tab.Follow("Change role")
	tab.Choose("Consultant, St Aldhelm's Hospitals NHS Trust")
	tab.Follow("Continue")
	tab.Sees("You are signed in as Dr Obinna Eze, Consultant, St Aldhelm's Hospitals NHS Trust")
}
