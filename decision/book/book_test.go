package book_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

func TestTheBookHoldsEveryRuleWithItsWords(t *testing.T) {
	b := policytest.Book(t)
	var names []string
	for _, r := range b.Rules {
		names = append(names, r.Name)
		if r.Title == "" || r.Description == "" || r.Promise == "" || len(r.Reasons) == 0 || len(r.Parts) == 0 || !strings.Contains(r.Text, "package mcr.rules."+r.Name) {
			t.Errorf("%s is not whole: %+v", r.Name, r)
		}
		if strings.Contains(r.Promise+r.Description, "\n") {
			t.Errorf("%s has broken lines", r.Name)
		}
		for _, p := range r.Parts {
			if p.Title == "" || p.Description == "" || p.Line == 0 {
				t.Errorf("%s: a part is not whole: %+v", r.Name, p)
			}
		}
		for _, code := range r.Reasons {
			if reason, ok := b.Reason(code); !ok || !slices.Contains(reason.Rules, r.Name) {
				t.Errorf("%s gives %s, and the book does not know it", r.Name, code)
			}
		}
		if len(b.CasesOf(r.Name)) == 0 {
			t.Errorf("%s has no case", r.Name)
		}
	}
	want := []string{"directory", "emergency", "opt_out", "own_record", "permission", "relationship", "restricted", "routine_gp", "specialist", "withheld"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if b.Title != "The decision" || b.Promise == "" || len(b.Digest) != 64 {
		t.Errorf("%q %q %q", b.Title, b.Promise, b.Digest)
	}
}

func TestTheBookSaysWhichListsAndSettingsARuleReads(t *testing.T) {
	b := policytest.Book(t)
	r, _ := b.Rule("emergency")
	if diff := cmp.Diff([]string{"categories/understood", "labels/normal", "roles/emergency"}, r.Lists); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"emergency.enabled", "emergency.minutes", "emergency.reasons"}, r.Settings); diff != "" {
		t.Error(diff)
	}
	l, ok := b.List("roles/never_elsewhere")
	if !ok || len(l.Entries) != 38 || l.Entries[0] != (book.ListEntry{Key: "R0001", Text: "Privacy Officer"}) || !slices.Equal(l.Rules, []string{"relationship"}) || l.Source == "" {
		t.Errorf("%+v", l)
	}
	for _, l := range b.Lists {
		if strings.ContainsAny(l.Title, "_/") || l.Title == "" || len(l.Entries) == 0 {
			t.Errorf("%s has no title in words, or is empty: %q", l.Name, l.Title)
		}
	}
	for _, s := range b.Settings {
		if s.Path == "emergency.enabled" && (s.Value != "no" || !slices.Equal(s.Rules, []string{"emergency"})) {
			t.Errorf("%+v", s)
		}
	}
	if len(b.Settings) < 8 {
		t.Errorf("%d settings", len(b.Settings))
	}
}

func TestAllCasesPassAndSpeakEnglish(t *testing.T) {
	for _, c := range policytest.Book(t).Cases {
		if !c.Passed || len(c.Problems) > 0 {
			t.Errorf("%s: %s: %v", c.File, c.Name, c.Problems)
		}
		for _, lines := range [][]string{c.Given, c.When, c.Then} {
			if len(lines) == 0 {
				t.Errorf("%s: %s: nothing said", c.File, c.Name)
			}
			for _, line := range lines {
				if !strings.HasSuffix(line, ".") || line[:1] != strings.ToUpper(line[:1]) || strings.Contains(line, "%!") || strings.Contains(line, "  ") {
					t.Errorf("%s: %s: %q is no sentence", c.File, c.Name, line)
				}
			}
		}
	}
}

func TestACaseThatIsDecidedOtherwiseIsAResultAndNotAnError(t *testing.T) {
	fsys := policytest.Changed(t, "testdata/decisions/opt_out.yaml", func(s string) string {
		return strings.Replace(s, "decision: refuse\n      because: [opted-out]", "decision: wait\n      because: [permission-needed]", 1)
	})
	policytest.OnlyCases(fsys, "opt_out")
	results, err := cases.Run(t.Context(), policytest.Revision(t, fsys))
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Passed || len(r.Problems) != 2 || r.Decision.Effect != access.Deny {
		t.Errorf("%+v", r)
	}
	if !results[1].Passed {
		t.Error("another case does not pass")
	}
}

func TestACaseIsCutOutOfItsFile(t *testing.T) {
	text, err := cases.Text(policies.FS, "opt_out", "an opt-out wins over routine GP access")
	if err != nil {
		t.Fatal(err)
	}
	for want, there := range map[string]bool{"own GP": true, "the hospital": true, "the practice": true, "paramedic": false, "council": false, "title: Opting out": true, "then:": true} {
		if strings.Contains(string(text), want) != there {
			t.Errorf("%q there: %v\n%s", want, !there, text)
		}
	}
	for _, c := range [][2]string{{"opt_out", "no such"}, {"nothing", "x"}, {"../../decision", "x"}, {"", ""}, {"a/b", "x"}, {"..", "x"}} {
		if _, err := cases.Text(policies.FS, c[0], c[1]); err == nil || !strings.Contains(err.Error(), "no such case") {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestABookIsNotWrittenOfPoliciesThatDoNotLoad(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"a rule":   func(s string) string { return s + "\nx if input.pateint\n" },
		"no rules": func(string) string { return "" },
	} {
		fsys := policytest.Changed(t, "rules/opt_out/opt_out.rego", change)
		if _, err := book.Read(t.Context(), fsys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheExplanationIsTheDecisionOfEveryCase(t *testing.T) {
	for _, c := range policytest.Cases(t) {
		t.Run(c.ShortFile()+"/"+c.Name, func(t *testing.T) {
			d, _ := c.Run(t.Context())
			e, err := decision.Explain(t.Context(), c.Engine.Revision(), d.Input)
			if err != nil || e.Fault != "" {
				t.Fatal(err, e.Fault)
			}
			if !decision.Same(d, e.Decision) {
				t.Errorf("%+v\n%+v", d, e.Decision)
			}
			var deciding []string
			for _, r := range e.Rules {
				if r.Decided {
					deciding = append(deciding, r.Name)
				}
				held := map[decision.Kind]bool{}
				for _, p := range r.Conditions {
					held[p.Kind] = held[p.Kind] || p.Held
				}
				for kind, said := range map[decision.Kind]bool{
					decision.Permits: len(r.Permits) > 0, decision.Denies: len(r.Denies) > 0, decision.Lacks: len(r.Lacks) > 0,
					decision.Unknown: len(r.Unknown) > 0, decision.Plans: len(r.Releases)+len(r.Masks) > 0,
				} {
					if held[kind] != said {
						t.Errorf("%s: %s: parts held: %v, said: %v", r.Name, kind, held[kind], said)
					}
				}
			}
			if diff := cmp.Diff(d.Rules, deciding); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnExplanationNamesTheConditionsThatHeld(t *testing.T) {
	e, err := decision.Explain(t.Context(), policytest.Engine(t).Revision(), policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted()).Input)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, r := range e.Rules {
		for _, p := range r.Conditions {
			held[r.Name+": "+p.Title] = p.Held
		}
	}
	for title, want := range map[string]bool{
		"permission: The patient said yes":                        true,
		"permission: What a permission opens":                     true,
		"permission: What a permission for sensitive items opens": false,
		"relationship: Active care relationships":                 true,
		"relationship: Being the patient's registered practice":   false,
		"opt_out: Refused because the patient opted out":          false,
		"opt_out: Looked up":                                      true,
	} {
		if held[title] != want {
			t.Errorf("%s: %v", title, !want)
		}
	}
}

func TestOnlyAnInputCanBeExplained(t *testing.T) {
	for _, input := range []string{"", "[]", "{", `"x"`} {
		if _, err := decision.Explain(t.Context(), policytest.Engine(t).Revision(), []byte(input)); err == nil {
			t.Errorf("%q is explained", input)
		}
	}
	if _, err := decision.Explain(t.Context(), nil, []byte("{}")); err == nil {
		t.Error("explained by no policies")
	}
	e, err := decision.Explain(t.Context(), policytest.Engine(t).Revision(), []byte(`{"facts":7,"request":[]}`))
	if err != nil || e.Decision.Effect == access.Permit {
		t.Error(e.Decision, err)
	}
}

// few are the policies with one file of cases: the others only take time.
func few(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := policytest.Changed(t, "testdata/decisions/restricted.yaml", func(s string) string { return s + "\n" })
	policytest.OnlyCases(fsys, "restricted")
	return fsys
}

func TestThereIsNoChangeBetweenTheSame(t *testing.T) {
	got, err := book.Changes(t.Context(), few(t), few(t), nil)
	if err != nil || !got.None() {
		t.Errorf("%v %+v", err, got)
	}
}

func TestWhatChangedIsTold(t *testing.T) {
	fsys := policytest.Changed(t, "data/settings.json", func(s string) string { return strings.Replace(s, `"enabled": false`, `"enabled": true`, 1) })
	edit := func(file, old, next string) {
		text := string(fsys[file].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		fsys[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, next, 1))}
	}
	edit("data/roles.json", `"R8014": "Social Worker Access Role",
`, `"R8014": "Social Worker Access Role",
    "R8024": "Bank Nurse",
`)
	edit("data/roles.json", `    "R8007": "Clinical Coder Access Role",
    "R8009"`, `    "R8009"`)
	edit("data/reasons.json", "The patient has opted out of sharing their record across organisations.", "The patient has opted out.")
	edit("rules/restricted/restricted.rego", "# title: Elements to take out", "# title: What is taken out")
	// A case that speaks of the region as it is; those of the region's file say which setting they are for.
	edit("testdata/decisions/emergency_off.yaml", "settings: {emergency: {enabled: false}}\n", "")
	got, err := book.Changes(t.Context(), policies.FS, fsys, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]book.Change{{Name: "emergency.enabled", Title: "Emergency access is in use", How: book.Altered, Old: "no", New: "yes", Reach: book.Widens}}, got.Settings); diff != "" {
		t.Error(diff)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Name != "opted-out" || !strings.HasPrefix(got.Reasons[0].New, "The patient has opted out. Telephone") {
		t.Errorf("%+v", got.Reasons)
	}
	if len(got.Rules) != 1 || got.Rules[0].Name != "restricted" || len(got.Rules[0].Parts) != 2 || got.Rules[0].Parts[0].How != book.Removed {
		t.Errorf("%+v", got.Rules)
	}
	var lists []string
	for _, l := range got.Lists {
		for _, e := range l.Entries {
			lists = append(lists, l.Name+" "+string(e.How)+" "+e.Name+e.Title)
		}
	}
	if diff := cmp.Diff([]string{"roles/names added R8024", "roles/never_elsewhere removed R8007"}, lists); diff != "" {
		t.Error(diff)
	}
	var wider bool
	for _, c := range got.Cases {
		if decision.Same(c.Old, c.New) || len(c.When) == 0 {
			t.Errorf("%+v", c)
		}
		wider = wider || c.Wider
	}
	if len(got.Cases) != 2 || !wider {
		t.Errorf("%d cases, wider %v", len(got.Cases), wider)
	}
}

func TestRulesAndListsThatComeAndGoAreTold(t *testing.T) {
	fsys, plain := few(t), few(t)
	fsys["rules/night/night.rego"] = &fstest.MapFile{Data: []byte("# METADATA\n# title: Night\n# description: None.\n# custom:\n#   promise: None.\n#   reasons: []\npackage mcr.rules.night\n\nimport rego.v2\n\n# METADATA\n# title: Never\n# description: Never.\nnever if input.time == 1\n")}
	fsys["data/wards.json"] = &fstest.MapFile{Data: []byte(`{"source": "a list that only this test knows", "night_wards": ["7"]}`)}
	for _, back := range []bool{false, true} {
		how := book.Added
		old, next := plain, fsys
		if back {
			how, old, next = book.Removed, fsys, plain
		}
		got, err := book.Changes(t.Context(), old, next, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rules) != 1 || got.Rules[0].How != how || got.Rules[0].Title != "Night" {
			t.Errorf("%+v", got.Rules)
		}
		if len(got.Lists) != 2 || got.Lists[0].How != how || got.Lists[0].Title != "Night wards" || len(got.Lists[0].Entries) != 1 || got.Lists[1].Name != "wards/source" {
			t.Errorf("%+v", got.Lists)
		}
		if len(got.Cases) > 0 || got.None() {
			t.Errorf("%+v", got.Cases)
		}
	}
}

func TestACaseThatTheOldPoliciesCannotDecideIsSaid(t *testing.T) {
	fsys := policytest.Changed(t, "testdata/decisions/restricted.yaml", func(s string) string {
		return "settings: {emergency: {minutes: 99999}}\n" + s
	})
	policytest.OnlyCases(fsys, "restricted")
	got, err := book.Changes(t.Context(), few(t), fsys, nil)
	if err != nil || len(got.Untold) != 1 || !strings.Contains(got.Untold[0], "restricted") {
		t.Errorf("%v %v", err, got.Untold)
	}
}

func ExampleBook() {
	b, err := book.Read(context.Background(), policies.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, _ := b.Rule("opt_out")
	fmt.Println(rule.Title, "-", rule.Promise)
	passed := 0
	for _, c := range b.CasesOf("opt_out") {
		if c.Passed {
			passed++
		}
	}
	fmt.Println(passed == len(b.CasesOf("opt_out")))
	// Output:
	// Opted out - Patients can opt out at any time; professionals then telephone instead.
	// true
}
