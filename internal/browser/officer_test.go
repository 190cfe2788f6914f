//go:build servers

package browser_test

import (
	"strings"
	"testing"
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
