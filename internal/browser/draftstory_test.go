//go:build servers

package browser_test

import (
	"regexp"
	"strings"
	"testing"
)

// The officer changes a setting and a list in the browser, puts a case of a real record in, is told
// what would change, tries it on requests, takes a change back, and gets the form for a release.
func TestServersBrowserTheRulesOfficersDraft(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "ig-officer")
	look := func() {
		tab.Axe()
		tab.Fits()
	}
	tab.Open("/rules")
	tab.Follow("Draft")
	tab.Sees("There is no draft")
	look()
	tab.Follow("Begin a draft")
	tab.Sees("The draft was begun.", "Nothing yet.")
	t.Cleanup(func() {
		tab.Open("/rules/draft")
		tab.Click("Throw the draft away")
		tab.Choose("I mean it")
		tab.Follow("Throw it away")
		tab.Sees("There is no draft")
	})

	tab.Follow("Settings")
	look()
	tab.Follow("Change Emergency access is in use")
	tab.Choose("Yes")
	look()
	tab.Follow("Change it in the draft")
	tab.Sees("Emergency access is in use: yes instead of no")

	tab.Follow("Lists")
	look()
	tab.Follow("What a patient's own GP practice routinely sees")
	look()
	tab.Follow("Put it in")
	tab.Sees("There is a problem", "Write the entry")
	look()
	tab.Fill("Entry", "genomics")
	tab.Follow("Put it in")
	tab.Sees("genomics put in", "Take the last change back")
	tab.Follow("Take the last change back : What a patient's own GP practice routinely sees: genomics put in")
	tab.Sees("The last change was taken back.")
	tab.Lacks("genomics put in")

	records := tab.Fetch("/trail/records?measure=views").Body
	first := regexp.MustCompile(`href="/console(/trail/records/[0-9a-f-]{36})"`).FindStringSubmatch(records)
	if first == nil {
		t.Fatal("the trail has no record")
	}
	tab.Open(first[1])
	tab.Follow("Make a case of it, in which nobody is named")
	tab.Sees("The story", "the professional")
	look()
	tab.Follow("Put it into the draft")
	tab.Sees("A case more: a R")
	for strings.Contains(tab.Text(), "Being worked out") {
		tab.Follow("Load this page again")
	}
	tab.Sees("No fault was found")
	look()
	tab.Follow("Cases in the draft")
	tab.Follow("emergency_on.yaml")
	look()

	tab.Open("/rules/next")
	tab.Sees("This page judges the draft", "Emergency access is in use: no → yes", "More is let out")
	look()
	tab.Open("/trail/replay")
	tab.Sees("What the draft would have decided")
	tab.Open("/rules/draft/propose")
	tab.Sees("No fault was found", "Emergency access is in use: no → yes", "Who answers for it")
	look()
	tab.Round(t)
}
