//go:build servers

package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/browser"
)

// aVisit lets the own practice's GP look at a patient's record, so that there is
// something to find, and gives a record of the trail about what St Aldhelm's and
// what another organisation hold.
func (w *world) aVisit(t *testing.T) (theirs, elsewhere *audit.Record) {
	t.Helper()
	if w.visited != [2]*audit.Record{} { // an earlier story's: it stands in the trail
		return w.visited[0], w.visited[1]
	}
	p := w.flagged(t, "own-record")
	tab := w.signIn(t, "own-gp")
	find(tab, p)
	confirm(tab)
	gp := w.member(t, "own-gp").Name
	of := func(source string) func(*audit.Record) bool {
		return func(r *audit.Record) bool { return r.Source == source && r.UserName == gp && r.Action == "view" }
	}
	w.visited = [2]*audit.Record{w.trail(t, "about St Aldhelm's", of("acute-st-aldhelm")), w.trail(t, "about Northmoor", of("acute-northmoor"))}
	return w.visited[0], w.visited[1]
}

// The privacy officer of an organisation sees what was done with its own records
// (and what its own staff did), and no address gives more.
func TestServersBrowserAnotherOrganisationsRecord(t *testing.T) {
	w := inTheRegion(t)
	theirs, elsewhere := w.aVisit(t)
	officer := w.signIn(t, "privacy-officer")
	if status := officer.Open("/trail/records/" + theirs.ID); status != http.StatusOK {
		t.Errorf("their own record: status %d", status)
	}
	officer.Sees("Dr Amara Okafor", "Which rules applied, and why", "What was known")
	officer.Axe()
	officer.Fits()
	for name, path := range map[string]string{
		"its address":             "/trail/records/" + elsewhere.ID,
		"a search for its number": "/trail/records?id=" + elsewhere.ID,
		"a search for its source": "/trail/records?source=acute-northmoor&user=" + elsewhere.UserID,
	} {
		officer.Open(path)
		if text := officer.Text(); strings.Contains(text, "Amara Okafor") {
			t.Errorf("%s: the page tells of another organisation's record: %s", name, text)
		}
	}
	for _, form := range []string{"csv", "json"} {
		for _, query := range []string{"id=" + elsewhere.ID, "source=acute-northmoor", "user=" + elsewhere.UserID} {
			got := officer.Fetch("/trail/records?format=" + form + "&" + query)
			if strings.Contains(got.Body, "Amara Okafor") && strings.Contains(got.Body, "Northmoor") {
				t.Errorf("%s of %s tells of another organisation's record: %s", form, query, got.Body)
			}
		}
	}
	if got := officer.Fetch("/trail/records?format=json&id=" + theirs.ID); !strings.Contains(got.Body, theirs.ID) {
		t.Errorf("their own record as JSON: %d %s", got.Status, got.Body)
	}
	officer.Open("/trail/records/" + elsewhere.ID)
	officer.Axe()
	never := strings.Repeat("0", 8) + elsewhere.ID[8:]
	officer.Open("/trail/records/" + never)
	nothing := officer.Text()
	officer.Open("/trail/records/" + elsewhere.ID)
	if text := officer.Text(); strings.ReplaceAll(text, elsewhere.ID, never) != nothing {
		t.Errorf("a record of another organisation is told from one that is not there:\n%s\n%s", text, nothing)
	}
	region := w.signIn(t, "regional-auditor")
	region.Open("/trail/records/" + elsewhere.ID)
	region.Sees("Dr Amara Okafor")
}

// A whole look at the trail: the overview, from a number to its records, a record,
// the patient's report; and that somebody looked is in the trail too.
func TestServersBrowserThePrivacyOfficersStory(t *testing.T) {
	w := inTheRegion(t)
	theirs, _ := w.aVisit(t)
	p := w.flagged(t, "own-record")
	tab := w.signIn(t, "privacy-officer")
	tab.Follow("Audit trail")
	tab.Sees("What happened", "In numbers")
	tab.Axe()
	tab.Fits()
	tab.Follow("Search")
	tab.Sees("Search the trail")
	tab.Axe()
	tab.Fits()
	tab.Fill("Record number", theirs.ID)
	tab.Follow("What to look for > Search")
	tab.Sees("1 record", "Dr Amara Okafor")
	tab.Axe()
	tab.Open("/trail/patient")
	tab.Sees("Who has accessed a record?")
	tab.Axe()
	tab.Fits()
	tab.Fill("The patient’s NHS number", spaced(p.NHSNumber))
	tab.Follow("Show who has accessed it")
	tab.Sees("Dr Amara Okafor", "Riverside Surgery")
	tab.Axe()
	tab.Fits()
	w.trail(t, "the look at the patient", func(r *audit.Record) bool {
		return r.Action == "look-at-patient" && r.UserName == w.member(t, "privacy-officer").Name
	})
}

// Each number of the overview leads to the records of just so many visits, and the
// region's auditor at the hosting organisation sees the whole region's, where the
// host's own officer does not. The list can be taken away.
func TestServersBrowserTheRegionalAuditorsStory(t *testing.T) {
	w := inTheRegion(t)
	w.aVisit(t)
	tab := w.signIn(t, "regional-auditor")
	for _, measure := range []string{"Answered", "Refused"} {
		tab.Open("/trail")
		tab.Axe()
		tab.Fits()
		count := browser.Value[string](tab, `[...document.querySelectorAll("main a")].find((a) => a.innerText.replace(/\s+/g, " ").trim().endsWith(`+"`"+` ${"`+measure+`"}`+"`"+`))?.innerText.replace(/\D/g, "") ?? ""`)
		if count == "" {
			t.Fatalf("%s: no number in the overview: %s", measure, tab.Text())
		}
		tab.Turns("following "+measure, func() {
			browser.Value[bool](tab, `([...document.querySelectorAll("main a")].find((a) => a.innerText.replace(/\s+/g, " ").trim().endsWith(`+"`"+` ${"`+measure+`"}`+"`"+`)).click(), true)`)
		})
		tab.Sees("records")
		found := browser.Value[string](tab, `document.getElementById("found").innerText.replace(/ visits?.*$/, "").replace(/\D/g, "")`)
		if found != count {
			t.Errorf("%s: %s in the overview, %s visits", measure, count, found)
		}
		tab.Axe()
	}
	for form, holds := range map[string]string{"csv": "Amara Okafor", "json": `"records"`} {
		if got := tab.Fetch("/trail/records?format=" + form); got.Status != http.StatusOK || !strings.Contains(got.Body, holds) {
			t.Errorf("as %s: status %d, %.200s", form, got.Status, got.Body)
		}
	}
	tab.Open("/trail")
	tab.Sees("Who has looked at the trail", "Claire Hodgson", "This is the whole region")
	officer := w.signIn(t, "ig-officer")
	officer.Open("/trail")
	officer.Sees("about records that Northmoor")
}

// Whoever treats patients has no way into the trail or the rules, and an officer
// of information governance reads the rules.
func TestServersBrowserAreas(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "consultant")
	for path, says := range map[string]string{
		"/trail": "The trail is not open to your role", "/trail/records": "The trail is not open to your role", "/trail/patient": "The trail is not open to your role",
		"/rules": "This part is not open to your role", "/rules/try": "This part is not open to your role",
	} {
		if status := tab.Open(path); status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, status)
		}
		tab.Sees(says)
		tab.Axe()
	}
}
