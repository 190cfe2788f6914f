package telling_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/book/telling"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// oneWay stands in for going through all states, which takes seconds (decision/states does).
func oneWay(context.Context, fs.FS, fs.FS) (book.StateChanges, error) {
	return book.StateChanges{
		Changes: []book.StateChange{{
			Name: "refused because x, now permitted by y", In: "1,234", Wider: true, Given: []string{"A fact."}, When: []string{"A question."},
			Old: access.Decision{Effect: access.Deny, Reasons: []access.Reason{{Code: "x"}}},
			New: access.Decision{Effect: access.Permit, Reasons: []access.Reason{{Code: "y"}}},
		}},
		Bounds: []string{"A bound."},
	}, nil
}

func TestWhatChangedComesFirstAndWhatLetsOutMoreBeforeIt(t *testing.T) {
	old := few(t, nil)
	next := few(t, map[string]func(string) string{
		"data/settings.json":                      policytest.Replace(`"minutes": 60`, `"minutes": 90`),
		"data/reasons.json":                       policytest.Replace("The patient has opted out of sharing their record across organisations.", "The patient has opted out."),
		"rules/restricted/restricted.rego":        policytest.Replace("input.time >= input.facts.restriction.value.until", "input.time > input.facts.restriction.value.until"),
		"rules/restricted/restricted_test.rego":   policytest.With("\n# a remark\n"),
		"data/roles.json":                         policytest.Replace(`"R8014": "Social Worker Access Role",`, `"R8014": "Social Worker Access Role",`+"\n"+`    "R8024": "Bank Nurse",`),
		"testdata/decisions/restricted.yaml":      policytest.With("\n# a remark\n"),
		"invariants/restricted.yaml":              policytest.Replace("at: elsewhere, restriction: unavailable", "at: elsewhere, restriction: not known"),
		"data/codes/sensitive-gender-snomed.json": policytest.Replace(`"title": "`, `"title": "Our `),
	})
	list, err := book.Changes(t.Context(), old, next, oneWay)
	if err != nil {
		t.Fatal(err)
	}
	page, mark := told(t, telling.Told{Book: read(t, next), Name: "new", Changes: &list, Before: "last year's"})
	if diff := cmp.Diff(headings(t, page), markdownHeadings(mark)); diff != "" {
		t.Errorf("HTML, and Markdown (-html +markdown):\n%s", diff)
	}
	for form, text := range map[string]string{"HTML": words(parsed(t, page)), "Markdown": renderedText(t, mark)} {
		if form == "HTML" {
			_, text, _ = strings.Cut(text, "Contents")
			_, text, _ = strings.Cut(text, "Compared with")
			text = "Compared with" + text
		}
		at := 0
		for _, want := range []string{
			"Compared with last year's", "More is let out", "In 1,234 states: refused because x, now permitted by y, which nobody has accepted",
			"Cases that come out otherwise", "All states of question", "The smallest of them", "A fact.", "refuse because x", "permit because y", "Nobody has accepted this", "A bound.",
			"Settings that changed", "Longest emergency, in minutes: lets out more", "60", "90",
			"Rule: Restricted patients (changed)", "What is written under over", "input.time >= input.facts", "input.time > input.facts",
			"List:", "What people are told otherwise", "The patient has opted out.", "Files that differ", "rules/restricted/restricted_test.rego", "What differs in invariants/restricted.yaml",
			"How the rules are put together",
		} {
			i := strings.Index(text[at:], want)
			if i < 0 {
				t.Errorf("%s: %q is not told, or not in its place", form, want)
				continue
			}
			at += i
		}
	}
}

func TestNothingDiffersIsSaid(t *testing.T) {
	fsys := few(t, nil)
	list, err := book.Changes(t.Context(), fsys, fsys, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, mark := told(t, telling.Told{Book: read(t, fsys), Name: "new", Changes: &list, Before: "old"})
	if !strings.Contains(renderedText(t, mark), "Nothing differs.") {
		t.Error("it is not said")
	}
}
