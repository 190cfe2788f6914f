//go:build servers

package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
)

// The officer of information governance reads the book, sees what the cases come
// to now, and tries one.
func TestServersBrowserTheRulesOfficersStory(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "ig-officer")
	tab.Follow("The rules")
	tab.Sees("The policy book", "Revision in force")
	tab.Axe()
	tab.Fits()
	for _, path := range []string{"/rules/permission", "/rules/opt_out", "/rules/cases", "/rules/reasons", "/rules/changes", "/rules/next", "/rules/checks", "/rules/try/text", "/rules/try"} {
		if status := tab.Open(path); status != 200 {
			t.Errorf("%s: status %d", path, status)
		}
		tab.Axe()
		tab.Fits()
	}
	tab.Follow("Try it")
	tab.Sees("What would be released", "The story")
	tab.Axe()
	tab.Fits()
	tab.Open("/rules/nothing-of-that-name")
	tab.Axe()
	tab.Open("/rules/cases")
	if text := tab.Text(); strings.Contains(text, "Decided otherwise than") {
		t.Errorf("a case is decided otherwise: %s", text)
	}
}

// The officer sees what was checked of the shipped policies: the invariants, proved, and the
// small faults that nothing would notice, each with who explains it.
func TestServersBrowserTheRulesOfficersChecks(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "ig-officer")
	tab.Open("/rules/checks")
	worked(t, tab)
	tab.Sees("It passes", "Holds in all", "small faults would be noticed was tried on", "Nothing needs to find these", "data/settings.json")
	tab.Lacks("would not be noticed", "Does not hold", "could not", "cannot be read")
	tab.Axe()
	tab.Fits()
	tab.Round(t)
}

// The officer sees what a folder would change before anybody puts it in force.
func TestServersBrowserTheRulesOfficersPreview(t *testing.T) {
	w := inTheRegion(t)
	folder := w.governBy(t, nil)
	tab := w.signIn(t, "ig-officer")
	tab.Open("/rules/next")
	worked(t, tab)
	tab.Sees("Nothing would change", "It passes")
	anotherFolder(t, folder)
	tab.Open("/rules/next")
	worked(t, tab)
	tab.Sees("It passes", "More is let out", "Longest emergency, in minutes", "All states", "Files that differ")
	tab.Axe()
	tab.Fits()
	tab.Round(t)
	edit(t, folder, "rules/opt_out/opt_out.rego", "input.", "inptu.")
	tab.Open("/rules/next")
	worked(t, tab)
	tab.Sees("It does not pass", "opt_out.rego", "cannot be said until these faults are put right")
	tab.Axe()
	tab.Fits()
}

// anotherFolder changes a folder as an IG team does.
func anotherFolder(t *testing.T, folder string) {
	t.Helper()
	edit(t, folder, "data/settings.json", `"minutes": 60`, `"minutes": 90`)
	edit(t, folder, "data/reasons.json", `"text": "`, `"text": "In short: `)
}

// worked loads a page again until nothing of it is still being worked out.
func worked(t *testing.T, tab *browser.Tab) {
	t.Helper()
	err := until(6*time.Minute, func() error {
		if text := tab.Text(); strings.Contains(text, "Being worked out") || strings.Contains(text, "Try again in a moment") {
			tab.Reload()
			return fmt.Errorf("it is still being worked out: %s", text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
