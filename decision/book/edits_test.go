package book_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/policytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ordinary are edits as an IG team makes them, each of a copy of the shipped policies.
var ordinary = []struct {
	does, file string
	change     func(string) string
	without    string // a file that is taken away too
	states     book.States
}{
	{does: "A code is added to a list of sensitive codes", file: "data/codes/sensitive-infections-snomed.json",
		change: policytest.Replace(`"codes": {`, `"codes": {`+"\n    "+`"186747009": "Coronavirus infection (disorder)",`)},
	{does: "A code is taken out of it", file: "data/codes/sensitive-infections-snomed.json",
		change: policytest.Replace(`    "240555007": "Acquired syphilis (disorder)",`+"\n", "")},
	{does: "A code is called by another name", file: "data/codes/advance-decisions-loinc.json",
		change: policytest.Replace("Power of attorney", "Lasting power of attorney")},
	{does: "A list of codes comes in another edition, with many codes less and one called otherwise", file: "data/codes/sensitive-infections-snomed.json",
		change: anotherEdition},
	{does: "A list of sensitive codes is taken away", file: "data/sensitive_codes.json", without: "data/codes/sensitive-hiv-ctv3.json",
		change: policytest.Replace(`    "@sensitive-hiv-ctv3",`+"\n", "")},
	{does: "A role of receptionists may see records of other organisations", file: "data/roles.json",
		change: policytest.Replace(`    "R8007": "Clinical Coder Access Role",`+"\n    "+`"R8009": "Receptionist Access Role",`,
			`    "R8007": "Clinical Coder Access Role",`)},
	{does: "Midwives may no longer declare emergencies", file: "data/roles.json",
		change: policytest.Replace(`    "R8003": true,`+"\n    "+`"R8016": true`, `    "R8003": true`)},
	{does: "Label M is no longer normal", file: "data/labels.json",
		change: policytest.Replace(`    "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|M",`+"\n", "")},
	{does: "What carries a code of mental health becomes a part of social care", file: "data/categories.json",
		change: policytest.Replace(`"category": ["@mental-health-snomed"], "class": "mental-health"`, `"category": ["@mental-health-snomed"], "class": "social-care"`)},
	{does: "An emergency lasts longer", file: "data/settings.json",
		change: policytest.Replace(`"minutes": 60`, `"minutes": 90`), states: oneWay},
	{does: "Permission can also be asked by letter", file: "data/settings.json",
		change: policytest.Replace(`"telephone", "video"`, `"letter", "telephone", "video"`)},
	{does: "A reason is told in other words", file: "data/reasons.json",
		change: policytest.Replace("The role that you are working in does not see records of other organisations.", "In this role you do not see records of other organisations.")},
	{does: "A rule is removed: who cannot be looked up counts as not opted out", file: "rules/opt_out/opt_out.rego",
		change: func(s string) string {
			at := strings.Index(s, "# METADATA\n# title: Nobody can say whether")
			end := strings.Index(s, "# METADATA\n# title: Looked up")
			return strings.Replace(s[:at]+s[end:], "import data.mcr.rules.directory\n", "", 1)
		}},
	{does: "A condition is taken out of a rule: an opt-out never ends", file: "rules/opt_out/opt_out.rego",
		change: policytest.Replace("\tconcerned\n\tnot over\n", "\tconcerned\n")},
	{does: "A rule is described in other words", file: "rules/opt_out/opt_out.rego",
		change: policytest.Replace("The refusal says whom to telephone instead.", "The refusal says whom to ring instead.")},
	{does: "A rule is laid out otherwise, with a remark", file: "rules/opt_out/opt_out.rego",
		change: policytest.Replace("\tconcerned\n\tnot over\n", "\t# whoever asks\n\tconcerned\n\n\tnot over\n")},
	{does: "A case expects something else", file: "testdata/decisions/opt_out.yaml",
		change: policytest.Replace("decision: refuse, because: [opted-out]", "decision: wait, because: [opted-out]")},
	{does: "A case is added", file: "testdata/decisions/restricted.yaml",
		change: policytest.With("\n  - name: a consultant follows a letter about somebody who is not found\n    when: {who: consultant, at: the practice, asks: \"Practitioner/12\", patient_unknown: true}\n    then: {decision: permit, because: [directory-entry], releases: [administrative, medications], masks: true}\n")},
	{does: "An invariant is weakened", file: "invariants/emergency.yaml",
		change: policytest.Replace("lasts_at_most: 60 minutes", "lasts_at_most: 90 minutes")},
}

// oneWay stands in for going through all states, which takes seconds (decision/states does).
func oneWay(context.Context, fs.FS, fs.FS) (book.StateChanges, error) {
	return book.StateChanges{Changes: []book.StateChange{{
		Name: "refused because emergency-too-long, now permitted by emergency", In: "1,234", Wider: true,
		Given: []string{"nothing is on record"}, When: []string{"somebody of role R8003 declares an emergency until in 90 minutes"},
		Old: access.Decision{Effect: access.Deny, Reasons: []access.Reason{{Code: "emergency-too-long"}}},
		New: access.Decision{Effect: access.Permit, Reasons: []access.Reason{{Code: "emergency-access"}}},
	}}}, nil
}

// anotherEdition takes the second to the thirtieth code out of a list.
func anotherEdition(s string) string {
	head, codes, _ := strings.Cut(s, `"codes": {`)
	lines := strings.Split(codes, "\n")
	lines = slices.Delete(lines, 2, 31)
	lines[1] = strings.Replace(lines[1], "(disorder)", "(finding)", 1)
	return strings.Replace(head, "GPS of 2020-09-30", "GPS of 2024-09-30", 1) + `"codes": {` + strings.Join(lines, "\n")
}

// What is told of each edit is read by a person: testdata/edits.txt holds it word for word.
func TestOrdinaryEditsAreToldInPlainWords(t *testing.T) {
	const golden = "testdata/edits.txt"
	old := policytest.Copied(t)
	fewCases(old)
	compare, err := book.ChangesFrom(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(ordinary))
	t.Run("edits", func(t *testing.T) {
		for i, e := range ordinary {
			t.Run(e.does, func(t *testing.T) {
				t.Parallel()
				next := policytest.Changed(t, e.file, e.change)
				fewCases(next)
				delete(next, e.without)
				c, err := compare(t.Context(), next, e.states)
				if err != nil {
					t.Fatal(err)
				}
				texts[i] = "=== " + e.does + "\n\n" + told(c)
			})
		}
	})
	got := strings.Join(texts, "\n")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("read what is told now, then run: go test ./decision/book -run OrdinaryEdits -update\n%s", firstDifference(string(want), got))
	}
}

// fewCases takes away the cases that none of the edits is about: to decide them takes time.
func fewCases(fsys fstest.MapFS) {
	for file := range fsys {
		name, isCases := strings.CutPrefix(strings.TrimSuffix(file, ".yaml"), "testdata/decisions/")
		if isCases && !slices.Contains([]string{"opt_out", "restricted"}, name) {
			delete(fsys, file)
		}
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		p, q := "(the end)", "(the end)"
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			return fmt.Sprintf("line %d was  %s\nand is now %s", i+1, p, q)
		}
	}
	return ""
}

// A list of which more than twenty entries differ is counted, and the first of each kind are
// told; of a shorter one all are.
func TestALongListIsCountedAndAShortOneIsTold(t *testing.T) {
	entries := func(n int, how book.How) (out []book.Change) {
		for i := range n {
			out = append(out, book.Change{Name: fmt.Sprintf("%s-%02d", how, i), How: how})
		}
		return out
	}
	short := book.ListChange{Entries: append(entries(12, book.Added), entries(8, book.Removed)...)}
	if short.Long() || len(short.First()) != 20 {
		t.Errorf("20 entries: long %v, %d are told", short.Long(), len(short.First()))
	}
	long := book.ListChange{Name: "codes/x", How: book.Altered, Entries: append(short.Entries, entries(1, book.Altered)...)}
	if !long.Long() || long.InShort() != "12 added, 8 removed, 1 changed" {
		t.Errorf("21 entries: long %v, %q", long.Long(), long.InShort())
	}
	text := told(book.ChangeList{Lists: []book.ListChange{long}})
	for _, entry := range long.Entries {
		n := regexp.MustCompile(`\d+$`).FindString(entry.Name)
		if shown := strings.Contains(text, entry.Name); shown != (n < "05") {
			t.Errorf("%s is told: %v\n%s", entry.Name, shown, text)
		}
	}
}
