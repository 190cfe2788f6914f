package fhir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

const loinc = "http://loinc.org"

// ranked has a rule of every rank for Observation, weakest last.
func ranked(t *testing.T) *fhir.Classifier {
	t.Helper()
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Code: []fhir.Code{{"s", "abuse"}}, Class: "safeguarding", OnTop: true},
		{Type: "Observation", Category: []fhir.Code{{"s", "vital"}}, CategoryText: []string{"Vital  Signs"}, Class: "observations"},
		{Type: "Observation", Category: []fhir.Code{{"s", "mental"}}, Class: "mental-health", OnTop: true},
		{Type: "Observation", Code: []fhir.Code{{loinc, "718-7"}}, Class: "laboratory"},
		{Type: "Observation", Has: []string{"specimen"}, Class: "specimens"},
		{Type: "Observation", Code: []fhir.Code{{loinc, fhir.AnyCode}}, Class: "findings"},
		{Type: "Observation", Class: "anything"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func observation(members ...string) string {
	return `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},` + strings.Join(members, ",") + `}`
}

const (
	vital    = `"category":[{"coding":[{"system":"s","code":"vital"}]}]`
	mental   = `"category":[{"coding":[{"system":"s","code":"mental"}]}]`
	inWords  = `"category":[{"text":" vital signs"}]`
	newWords = `"category":[{"text":"Haematology"}]`
	known    = `"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}`
	unknown  = `"code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]}`
	abuse    = `"code":{"coding":[{"system":"s","code":"abuse"}]}`
	local    = `"code":{"coding":[{"system":"http://x","code":"718-7"}]}`
	noSystem = `"code":{"coding":[{"code":"1-8"}]}`
	specimen = `"specimen":{"reference":"Specimen/1"}`
)

func TestTheStrongestRuleCounts(t *testing.T) {
	plan := fhir.Plan{
		Categories: []string{"safeguarding", "observations", "mental-health", "laboratory", "specimens", "findings", "anything"},
		Classes:    ranked(t),
	}
	judge(t, plan, []judged{
		{"the category before the code", observation(vital, known, specimen), "released as observations"},
		{"a listed code before a specimen", observation(known, specimen), "released as laboratory"},
		{"a specimen before any code of a system", observation(unknown, specimen), "released as specimens"},
		{"any code of a system before the type", observation(unknown), "released as findings"},
		{"the type, for a system that no rule names", observation(local), "released as anything"},
		{"a code without its system is not any code of a system", observation(noSystem), "released as anything"},
		{"no specimen where the element is empty", observation(unknown, `"specimen":{}`), "released as findings"},
		{"a specimen in an array", observation(unknown, `"specimen":[{"reference":"Specimen/1"}]`), "released as specimens"},
		{"a category in words that a rule lists", observation(inWords, known), "released as observations"},
		{"a category in words that no rule lists takes the guess away", observation(newWords, unknown), "released as anything"},
		{"and nothing else", observation(newWords, known), "released as laboratory"},
		{"nor does the text beside a code", observation(`"category":[{"coding":[{"system":"x","code":"y"}],"text":"Haematology"}]`, unknown), "released as findings"},
	})
}

func TestWhatIsOnTopIsNeverOutranked(t *testing.T) {
	for _, c := range []struct {
		name, resource string
		needs          []string
	}{
		{"beside a category", observation(vital, abuse), []string{"observations", "safeguarding"}},
		{"beside a listed code", observation(mental, known), []string{"laboratory", "mental-health"}},
		{"beside a specimen", observation(mental, specimen), []string{"mental-health", "specimens"}},
		{"in place of a guess", observation(mental, unknown), []string{"mental-health"}},
		{"two of them", observation(mental, abuse), []string{"mental-health", "safeguarding"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := fhir.Plan{Categories: c.needs, Classes: ranked(t)}
			if got := verdict(t, all, c.resource); !strings.HasPrefix(got, "released") {
				t.Errorf("%v: %s", c.needs, got)
			}
			for i := range c.needs { // each of them is needed
				fewer := fhir.Plan{Categories: append(append([]string{"anything", "findings"}, c.needs[:i]...), c.needs[i+1:]...), Classes: all.Classes}
				if got := verdict(t, fewer, c.resource); got != "category-not-in-plan" {
					t.Errorf("without %s: %s", c.needs[i], got)
				}
			}
		})
	}
}

func TestACodeRulesOutOnlyWhatIsWeaker(t *testing.T) {
	c := ranked(t)
	for name, want := range map[string]struct {
		params []fhir.Param
		could  []string
	}{
		"nothing is asked for":              {nil, []string{"anything", "findings", "laboratory", "mental-health", "observations", "safeguarding", "specimens"}},
		"a category":                        {[]fhir.Param{{"category", "s|vital"}}, []string{"observations"}},
		"a category on top":                 {[]fhir.Param{{"category", "s|mental"}}, []string{"mental-health"}},
		"121 a code":                        {[]fhir.Param{{"code", loinc + "|718-7"}}, []string{"laboratory", "observations"}},
		"a category and a code":             {[]fhir.Param{{"category", "s|vital"}, {"code", loinc + "|718-7"}}, []string{"observations"}},
		"121 a code that is not listed":     {[]fhir.Param{{"code", loinc + "|1-8"}}, []string{"anything", "findings", "laboratory", "mental-health", "observations", "safeguarding", "specimens"}},
		"121 one of two that is not listed": {[]fhir.Param{{"code", loinc + "|718-7," + loinc + "|1-8"}}, []string{"anything", "findings", "laboratory", "mental-health", "observations", "safeguarding", "specimens"}},
		"121 the sign for any code":         {[]fhir.Param{{"code", loinc + "|*"}}, []string{"anything", "findings", "laboratory", "mental-health", "observations", "safeguarding", "specimens"}},
		"121 a code without its system":     {[]fhir.Param{{"code", "718-7"}}, []string{"anything", "findings", "laboratory", "mental-health", "observations", "safeguarding", "specimens"}},
		"a category without its system":     {[]fhir.Param{{"category", "vital"}}, []string{"observations"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.Possible(fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: want.params})
			if diff := cmp.Diff(want.could, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A rule with an element besides its category is not sure by the category alone.
func TestACategoryIsNotEnoughForARuleThatAsksForMore(t *testing.T) {
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{"s", "lab"}}, Has: []string{"specimen"}, Class: "laboratory"},
		{Type: "Observation", Class: "observations"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Possible(fhir.Request{Type: "Observation", Params: []fhir.Param{{"category", "s|lab"}}})
	if diff := cmp.Diff([]string{"laboratory", "observations"}, got); diff != "" {
		t.Error(diff)
	}
	judge(t, fhir.Plan{Categories: []string{"laboratory", "observations"}, Classes: c}, []judged{
		{"both", observation(`"category":[{"coding":[{"system":"s","code":"lab"}]}]`, specimen), "released as laboratory"},
		{"no specimen", observation(`"category":[{"coding":[{"system":"s","code":"lab"}]}]`), "released as observations"},
	})
}

func TestARuleThatCannotBeReadIsRefused(t *testing.T) {
	for want, rule := range map[string]fhir.ClassRule{
		"make two rules of it":              {Type: "Observation", Class: "x", Code: []fhir.Code{{"s", "c"}, {"s", "*"}}},
		"any code of no system":             {Type: "Observation", Class: "x", Code: []fhir.Code{{"", "*"}}},
		`"specimens" is not an element`:     {Type: "Observation", Class: "x", Has: []string{"specimens"}},
		"without a word":                    {Type: "Observation", Class: "x", CategoryText: []string{" \t"}},
		"on top of another needs":           {Type: "Observation", Class: "x", OnTop: true, Code: []fhir.Code{{"s", "*"}}},
		"a Patient has no category or code": {Type: "Patient", Class: "x", Has: []string{"specimen"}},
	} {
		if _, err := fhir.NewClassifier([]fhir.ClassRule{rule}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
