package cases_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

const top = `title: Trying
promise: Patients are asked first.
now: 2026-03-02T10:00:00Z
people:
  consultant: {user: "555000000003", role: R0050, organisation: RXA01}
places:
  the practice: {id: gp-riverside, kind: gp, organisation: A81001}
`

const asked = top + `cases:
  - name: a consultant looks up problems
    given:
      relationships: [{id: rel-1, kind: referral, organisation: RXA01, from: 2 weeks ago}]
      permissions: [{id: perm-1, for: consultant, organisation: RXA01, answer: "yes", from: 1 hour ago, until: in 23 hours}]
    when: {who: consultant, at: the practice, asks: "Condition"}
`

func TestTryingACaseTellsAllOfIt(t *testing.T) {
	got, err := cases.Try(t.Context(), policytest.Revision(t, policies.FS), []byte(asked))
	if err != nil {
		t.Fatal(err)
	}
	if got.Decision.Effect != access.Permit || got.Expected || len(got.Problems) > 0 || len(got.Wider) > 0 || got.Missing < 30 {
		t.Errorf("%+v", got)
	}
	if len(got.Outline.Released) != 25 || got.Outline.Sensitive || len(got.Outline.Withheld) != 1 || got.Outline.Withheld[0].Key != "unclassified" {
		t.Errorf("%+v", got.Outline)
	}
	want := []string{"The consultant of RXA01, role R0050 (Consultant), asks to view Condition at the practice (gp, A81001)."}
	if diff := cmp.Diff(want, got.When); diff != "" {
		t.Error(diff)
	}
	if !decision.Same(got.Decision, got.Explanation.Decision) {
		t.Error("the explanation explains another decision")
	}
}

// What is downloaded is a file that policy test takes and passes, and keeps the
// story.
func TestEveryCaseComesBackAsAFileThatPasses(t *testing.T) {
	b := policytest.Book(t)
	fsys := policytest.Changed(t, "testdata/decisions/restricted.yaml", func(s string) string { return s + "\n" })
	policytest.OnlyCases(fsys, "none")
	tried := map[string]cases.Result{}
	for i, c := range b.Cases {
		if i%3 != 0 {
			continue // each takes its time, and all of them go through the form's test
		}
		text, err := cases.Text(policies.FS, c.File, c.Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Try(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.Name, err, text)
		}
		if !got.Expected || len(got.Problems) > 0 || len(got.Wider) > 0 {
			t.Errorf("%s: problems %v, wider %v", c.Name, got.Problems, got.Wider)
		}
		if !bytes.Equal(got.Decision.Input, c.Decision.Input) {
			t.Errorf("%s: another input:\n%s\n%s", c.Name, c.Decision.Input, got.Decision.Input)
		}
		name := fmt.Sprintf("c%03d", i)
		tried[name] = c
		fsys["testdata/decisions/"+name+".yaml"] = &fstest.MapFile{Data: got.CaseFile()}
	}
	results, err := cases.Run(t.Context(), policytest.Revision(t, fsys))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if c := tried[r.File]; !r.Passed || r.Name != c.Name || !bytes.Equal(r.Decision.Input, c.Decision.Input) {
			t.Errorf("%s: %v\n%s", r.Name, r.Problems, fsys["testdata/decisions/"+r.File+".yaml"].Data)
		}
	}
	if len(results) != len(tried) || len(tried) < 40 {
		t.Errorf("%d results of %d files", len(results), len(tried))
	}
}

func TestWritingACaseAgainChangesNothing(t *testing.T) {
	first, err := policytest.Book(t).Try(t.Context(), []byte(strings.Replace(asked, "cases:", "# what is asked\ncases:", 1)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := policytest.Book(t).Try(t.Context(), first.CaseFile())
	if err != nil || !again.Expected || len(again.Problems) > 0 {
		t.Fatal(err, again.Problems)
	}
	if diff := cmp.Diff(string(first.CaseFile()), string(again.CaseFile())); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(first.CaseFile(), []byte("# what is asked")) {
		t.Errorf("a comment is lost:\n%s", first.CaseFile())
	}
}

func TestACaseThatExpectsSomethingElseSaysSo(t *testing.T) {
	got, err := policytest.Book(t).Try(t.Context(), []byte(asked+"    then: {decision: refuse, because: [opted-out]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Expected || len(got.Problems) == 0 || !strings.Contains(got.Problems[0], "expected refuse, got permit") {
		t.Errorf("%v", got.Problems)
	}
	if bytes.Contains(got.CaseFile(), []byte("opted-out")) {
		t.Errorf("what was expected is still there:\n%s", got.CaseFile())
	}
}

func TestSettingsOfACaseAreThoseItIsDecidedBy(t *testing.T) {
	text := "settings: {emergency: {enabled: true}}\n" + top + `cases:
  - name: an emergency
    when: {who: consultant, at: the practice, does: declare-emergency, says: {reason_code: safeguarding, reason: a knife, until: in 30 minutes}}
`
	got, err := policytest.Book(t).Try(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got.Decision.Effect != access.Permit || !got.Decision.Alert {
		t.Errorf("%+v", got.Decision)
	}
	if strings.Contains(string(got.Decision.Input), "knife") {
		t.Error("the words of an emergency are in the input")
	}
}

func TestFaultsAreToldInWordsWithTheirLine(t *testing.T) {
	story := func(given, when string) string {
		return top + "cases:\n  - name: a case\n    given:\n      " + given + "\n    when: " + when + "\n"
	}
	const when = "{who: consultant, at: the practice, asks: Condition}"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                {" \n", "the case is empty"},
		"not text":               {"a: \xff", "not text"},
		"too long":               {strings.Repeat("#", cases.MostBytes+1), "too long"},
		"not YAML":               {top + "cases: [", "line 8: this cannot be read"},
		"two documents":          {asked + "---\na: b\n", "one document is taken"},
		"a list":                 {"- a", "line 1: the file: names with values"},
		"no top":                 {"cases: []", "title, promise and now must be given"},
		"two cases":              {asked + "  - name: another\n    when: " + when + "\n", "under cases there are 2"},
		"a misspelt fact":        {story("optout: unavailable", when), `line 11: given: there is no "optout" here; there are registry, age, opt_out`},
		"a misspelt field":       {story("opt_out: {idd: x}", when), `line 11: opt_out (or the word unavailable): there is no "idd" here`},
		"a word for a fact":      {story("opt_out: perhaps", when), "line 11: opt_out (or the word unavailable): names with values"},
		"a list that is none":    {story("permissions: {id: x}", when), "line 11: permissions (or the word unavailable): a list is expected"},
		"an odd time":            {story("opt_out: {from: yesterday}", when), `line 11: from: time "yesterday": say 2 hours ago`},
		"a time out of reach":    {story("opt_out: {from: 999999999999 years ago}", when), "not more than 200 years"},
		"a time the wrong way":   {story("opt_out: {from: in -3 days}", when), "say a number from 0 on"},
		"an odd organisation":    {story("registration: {organisation: a b}", when), `line 11: organisation: "a b" is no ODS code`},
		"an odd answer":          {story("permissions: [{id: p, answer: maybe}]", when), "line 11: answer: say"},
		"an odd truth":           {story("national_opt_out: maybe", when), "say true or false"},
		"an odd number":          {story("older_numbers: many", when), "a whole number"},
		"many older numbers":     {story("older_numbers: 2000000000", when), "older_numbers: say how many"},
		"fewer than none":        {story("older_numbers: -1", when), "older_numbers: say how many"},
		"an odd registry":        {story("registry: asleep", when), "registry: say unavailable"},
		"nobody of that name":    {story("registry: unavailable", "{who: nurse, at: the practice, asks: Condition}"), `who: "nurse" is not one of people at the top (consultant)`},
		"no such place":          {story("registry: unavailable", "{who: consultant, at: the moon, asks: Condition}"), `at: "the moon" is not one of places`},
		"an action nobody knows": {story("registry: unavailable", "{who: consultant, at: the practice, does: delete}"), "does: say view"},
		"nothing asked for":      {story("registry: unavailable", "{who: consultant, at: the practice}"), "asks: say what is asked for"},
		"a type nobody offers":   {story("registry: unavailable", "{who: consultant, at: the practice, asks: Conditions}"), `asks: "Conditions"`},
		"a search nobody offers": {story("registry: unavailable", `{who: consultant, at: the practice, asks: "Condition?patient.name=x"}`), `Condition cannot be searched by "patient.name"`},
		"nothing said":           {story("registry: unavailable", "{who: consultant, at: the practice, does: withdraw}"), "says: what is to be recorded"},
		"said of nobody":         {story("registry: unavailable", "{who: consultant, at: the practice, does: withdraw, says: {for: nobody}}"), `for: "nobody" is not one of people`},
		"twice the same":         {story("opt_out: unavailable\n      opt_out: absent", when), `line 12: given: "opt_out" is there twice`},
		"an alias":               {story("opt_out: &a {id: x}\n      restriction: *a", when), "& and * are not taken"},
		"a merge":                {story("opt_out: {<<: {id: x}}", when), "& and * are not taken"},
		"a tag":                  {story("opt_out: !!binary aGVsbG8=", when), "leave out the tag"},
		"nested":                 {story("opt_out: "+strings.Repeat("[", 50)+strings.Repeat("]", 50), when), "nested too deeply"},
		"very long":              {story("opt_out: {id: "+strings.Repeat("x", 500)+"}", when), "a text is too long"},
		"very many":              {story("relationships: ["+strings.Repeat("{},", 50)+"]", when), "a list holds at most"},
		"an odd setting":         {"settings: {emergency: {minutes: 0}}\n" + asked, "line 1: settings: emergency.minutes must be between"},
		"a setting nobody has":   {"settings: {x: 1}\n" + asked, "line 1: settings:"},
		"a patient's number":     {strings.Replace(asked, "id: rel-1", "id: 999 000 0018", 1), "line 11: this holds what looks like an NHS number"},
		"a number in a name":     {strings.Replace(asked, "looks up problems", "looks up 9990000018", 1), "line 9: this holds what looks like an NHS number"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policytest.Book(t).Try(t.Context(), []byte(c.text))
			var faults cases.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("no faults: %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
			for _, odd := range []string{"reflect", "decision.", "unmarshal", "!!map", "!!seq", "9990000018"} {
				if strings.Contains(err.Error(), odd) {
					t.Errorf("%q says %q", err, odd)
				}
			}
		})
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer("2 weeks ago", "long ago", "1 hour ago", "lately", "RXA01, from", "R X, from").Replace(asked)
	_, err := policytest.Book(t).Try(t.Context(), []byte(text))
	var faults cases.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("%v", err)
	}
}

func FuzzTry(f *testing.F) {
	f.Add(asked)
	f.Add(asked + "    then: {decision: permit, because: [x], releases: [a]}\n")
	f.Add("settings: {emergency: {enabled: true, minutes: 9e99}}\n" + asked)
	f.Add(strings.Replace(asked, "\n", "\n# a comment: {x}\n", 9))
	f.Add(top + "cases: [{name: a, when: {who: consultant, at: the practice, does: withdraw, says: {permission: p}}}]")
	for _, name := range []string{"an opt-out wins over a recorded permission", "the patient said no"} {
		for _, file := range []string{"opt_out", "permission"} {
			if text, err := cases.Text(policies.FS, file, name); err == nil {
				f.Add(string(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := policytest.Book(t)
		got, err := b.Try(t.Context(), []byte(text))
		if err != nil {
			var faults cases.Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("not a fault of the case: %v\n%s", err, text)
			}
			return
		}
		again, err := b.Try(t.Context(), got.CaseFile())
		if err != nil || !again.Expected || len(again.Problems) > 0 || !decision.Same(got.Decision, again.Decision) {
			t.Fatalf("the file that was written does not pass: %v %v\n%s\n%s", err, again.Problems, text, got.CaseFile())
		}
		if got.Decision.Effect == access.Permit && len(got.Wider) > 0 {
			t.Fatalf("with something missing more was let out: %v\n%s", got.Wider, text)
		}
	})
}

func ExampleTry() {
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tried, err := cases.Try(context.Background(), rev, []byte(`
title: Trying
promise: The patient is asked first.
now: 2026-03-02T10:00:00Z
people: {nurse: {user: "555000000001", role: R8001, organisation: RXA01}}
places: {the practice: {id: gp, kind: gp, organisation: A81001}}
cases:
  - name: a nurse looks before asking
    given:
      relationships: [{id: rel-1, kind: admission, organisation: RXA01, from: 1 day ago}]
    when: {who: nurse, at: the practice, asks: AllergyIntolerance}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tried.When[0])
	fmt.Println(tried.Decision.Effect, "-", tried.Decision.Reasons[0].Text)
	for _, rule := range tried.Explanation.Rules {
		if rule.Decided {
			fmt.Println(rule.Title, rule.Verb())
		}
	}
	// Output:
	// The nurse of RXA01, role R8001 (Nurse Access Role), asks to view AllergyIntolerance at the practice (gp, A81001).
	// deny - The patient has not been asked for permission to view.
	// Permission to view was lacking
}

func BenchmarkTry(b *testing.B) {
	book := policytest.Book(b)
	for b.Loop() {
		if _, err := book.Try(b.Context(), []byte(asked)); err != nil {
			b.Fatal(err)
		}
	}
}
