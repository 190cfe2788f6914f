//go:build servers

package browser_test

import (
	"regexp"
	"strings"
	"testing"
)

// The officer has a draft tried on last month's requests, reads who would be refused, follows a
// number to its records and one of them to its page, in their own part of the trail.
func TestServersBrowserTheRulesOfficersReplay(t *testing.T) {
	w := inTheRegion(t)
	folder := w.governBy(t, nil)
	edit(t, folder, "rules/permission/permission.rego", "some p, _ in usable\n\tsome r in relationship.active", "some p, _ in usable\n\tsome r in relationship.active\n\tinput.time < 0")
	tab := w.signIn(t, "ig-officer")
	tab.Open("/rules/next")
	tab.Follow("What it would have decided of last month’s requests")
	tab.Sees("have not been tried yet")
	tab.Axe()
	tab.Click("Try it on these requests")
	for tab.Has("It is being worked out") {
		tab.Follow("Look again")
	}
	tab.Sees("would be refused that were permitted", "By organisation that asked", "By rule that decided or would decide")
	tab.Lacks("NOT KNOWN", "could not be done")
	tab.Axe()
	tab.Fits()
	number := regexp.MustCompile(`[\d,]+ of [\d,]+ requests`).FindString(tab.Text())
	tab.Follow(number)
	tab.Sees("What was said", "What would be said")
	tab.Axe()
	tab.Fits()
	list := strings.TrimPrefix(tab.Location(), w.base())
	first := regexp.MustCompile(`href="/console(/trail/records/[0-9a-f-]{36})"`).FindStringSubmatch(tab.Fetch(list).Body)
	if first == nil {
		t.Fatal("the list leads to no record")
	}
	tab.Open(first[1])
	tab.Sees("Who has accessed this patient’s record?")
	tab.Round(t)
}
