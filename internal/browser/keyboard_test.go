//go:build servers

package browser_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// The whole story with the keyboard alone: no mouse from the first page to
// signing out, and at each stop something shows where one is.
func TestServersBrowserWithTheKeyboardAlone(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.person(t)
	enter := func(words string) {
		t.Helper()
		tab.Turns("Enter on "+words, func() { tab.TabTo(words); tab.Key(kb.Enter) })
	}
	tab.Open("/")
	enter("Sign in")
	tab.Sees("Who are you?")
	enter(w.member(t, "consultant").Name)
	tab.Sees("You are signed in as")
	tab.TabTo("NHS number")
	tab.Key(p.NHSNumber)
	born, err := time.Parse(time.DateOnly, p.Born)
	if err != nil {
		t.Fatal(err)
	}
	for label, text := range map[string]string{"Day": born.Format("2")} {
		tab.TabTo(label)
		tab.Key(text)
	}
	tab.TabTo("Month")
	tab.Key(born.Format("1"))
	tab.TabTo("Year")
	tab.Key(born.Format("2006"))
	tab.Turns("Enter in a field", func() { tab.Key(kb.Enter) })
	tab.Sees("Is this the right patient?")
	tab.TabTo("I have checked that this is the patient in my care")
	tab.Key(" ")
	enter("Continue")
	tab.Sees("You can say")
	tab.TabTo("Yes")
	tab.Key(" ")
	tab.TabTo("In person")
	tab.Key(" ")
	tab.TabTo("What do you need the record for?")
	tab.Key("Treatment today")
	tab.TabTo("For the next hour")
	tab.Key(" ")
	enter("Record the answer")
	arrived(t, tab)
	tab.Sees(p.Name)
	// From the top of the page past what repeats, in one key.
	tab.Reload()
	arrived(t, tab)
	tab.TabTo("Skip to main content")
	tab.Key(kb.Enter)
	tab.TabTo("Print")
	tab.Turns("Enter on Print", func() { tab.Key(kb.Enter) })
	tab.Sees("Not to be filed")
	enter("Sign out")
	tab.Sees("You are signed out")
}

// Nobody is caught: from the first to the last stop of a page the keyboard comes
// round again.
func TestServersBrowserNoKeyboardTrap(t *testing.T) {
	w := inTheRegion(t)
	for member, paths := range map[string][]string{
		"privacy-officer": {"/trail", "/trail/records", "/trail/patient"},
		"ig-officer":      {"/rules", "/rules/cases", "/rules/try"},
	} {
		tab := w.signIn(t, member)
		for _, path := range paths {
			tab.Open(path)
			tab.Round(t)
		}
	}
}
