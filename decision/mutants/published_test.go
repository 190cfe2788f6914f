package mutants_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/mutants"
)

// What others have published is the measure of what is mutated here: each of their
// operators is ours too, or the page says why it is not.
func TestEveryPublishedOperatorIsOursOrSaysWhyNot(t *testing.T) {
	text, err := os.ReadFile("testdata/published.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Work, Operator, Why string
		Ours                []string
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	table := "| published | operator | ours | |\n|---|---|---|---|\n"
	for _, p := range list {
		if len(p.Ours) == 0 && p.Why == "" {
			t.Errorf("%s: neither ours nor a reason", p.Operator)
		}
		for _, name := range p.Ours {
			if !slices.ContainsFunc(mutants.Operators, func(o mutants.Operator) bool { return o.Name == name }) {
				t.Errorf("%s: there is no operator %q", p.Operator, name)
			}
		}
		ours := "—"
		if len(p.Ours) > 0 {
			ours = "`" + strings.Join(p.Ours, "`, `") + "`"
		}
		table += fmt.Sprintf("| %s | %s | %s | %s |\n", p.Work, p.Operator, ours, p.Why)
	}
	page, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- published -->\n")
	is, _, _ := strings.Cut(rest, "<!-- end of published -->")
	if d := cmp.Diff(is, table); d != "" {
		t.Errorf("the page has another table:\n%s", d)
	}
}
