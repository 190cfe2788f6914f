package trail_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/cases"
)

var caseOfRecord = regexp.MustCompile(`(?s)action="/console/rules/try/text".*?name="text" value="([^"]*)"`)

// Who keeps the rules makes a case of a record; it is decided as the record was, and names nobody.
func TestARecordBecomesACaseForWhoKeepsTheRules(t *testing.T) {
	r := tried(t)
	_, list := r.get(t, "/console/trail/records?from=2026-03-01&to=2026-03-05")
	id := regexp.MustCompile(`href="(/console/trail/records/[^"?]+)"`).FindStringSubmatch(list)
	if id == nil {
		t.Fatal(list)
	}
	_, body := r.get(t, id[1])
	m := caseOfRecord.FindStringSubmatch(body)
	if m == nil {
		t.Fatal(body)
	}
	text := html.UnescapeString(m[1])
	shipped, err := revision()
	if err != nil {
		t.Fatal(err)
	}
	got, err := cases.Try(t.Context(), shipped, []byte(text))
	if err != nil || got.Decision.Effect != "permit" {
		t.Errorf("%v %v\n%s", got.Decision.Effect, err, text)
	}
	if strings.Contains(text, "999") {
		t.Errorf("a number is in\n%s", text)
	}
	r.who.Areas.Rules = false
	if _, body := r.get(t, id[1]); caseOfRecord.MatchString(body) {
		t.Error("it is offered to who does not keep the rules")
	}
}
