package fhir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

func TestPossible(t *testing.T) {
	const lab = observationCategory + "|laboratory"
	for _, c := range []struct {
		name, typ string
		params    []fhir.Param
		want      []string
	}{
		{"by type", "Observation", nil, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"one category", "Observation", []fhir.Param{{"category", lab}}, []string{"laboratory", "sexual-health"}},
		{"a category without its system", "Observation", []fhir.Param{{"category", "social-care"}}, []string{"social-care"}},
		{"two categories", "Observation", []fhir.Param{{"category", lab + "," + localCategory + "|social-care"}}, []string{"laboratory", "sexual-health", "social-care"}},
		{"category and another code", "Observation", []fhir.Param{{"category", lab}, {"code", snomed + "|1"}}, []string{"laboratory", "sexual-health"}},
		{"a category that nobody knows", "Observation", []fhir.Param{{"category", "http://x|y"}}, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"one of two that nobody knows", "Observation", []fhir.Param{{"category", lab + ",http://x|y"}}, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"121 a modifier narrows nothing", "Observation", []fhir.Param{{"category:not", lab}}, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"another parameter", "Observation", []fhir.Param{{"status", lab}}, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"a code that some rule wants with a category", "Observation", []fhir.Param{{"code", snomed + "|104435004"}}, []string{"laboratory", "observations", "sexual-health", "social-care"}},
		{"a report of no category", "DiagnosticReport", nil, []string{"laboratory", "mental-health", "unclassified"}},
		{"a laboratory report", "DiagnosticReport", []fhir.Param{{"category", diagnosticService + "|LAB"}}, []string{"laboratory"}},
		{"no rule", "Flag", nil, []string{"unclassified"}},
		{"no patient", "Organization", nil, []string{"administrative"}},
		{"a medication", "Medication", nil, []string{"medications"}},
		{"never released", "Group", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := classes.Possible(fhir.Request{Interaction: fhir.Search, Type: c.typ, Params: c.params})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAmbiguousCodeNarrowsNothing(t *testing.T) {
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Condition", Category: []fhir.Code{{"a", "x"}}, Class: "one"},
		{Type: "Condition", Category: []fhir.Code{{"b", "x"}}, Class: "two"},
		{Type: "Condition", Class: "conditions"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string][]string{
		"a|x": {"one"}, "x": {"conditions", "one", "two"}, "|x": {"conditions", "one", "two"}, `a|x\,`: {"conditions", "one", "two"},
	} {
		got := c.Possible(fhir.Request{Type: "Condition", Params: []fhir.Param{{"category", value}}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", value, diff)
		}
	}
}

func TestNewClassifierReportsAllFaultsAtOnce(t *testing.T) {
	_, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Group", Class: "x"},
		{Type: "Condition"},
		{Type: "Condition", Class: "x", Code: []fhir.Code{{System: "s"}}},
		{Type: "Patient", Class: "x", Code: []fhir.Code{{"s", "c"}}},
	}, []fhir.Code{{System: "s"}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"rule 1 (Group", "rule 2 (Condition", "rule 3 (Condition", "rule 4 (Patient", "sensitive code 1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestClassesAreSorted(t *testing.T) {
	c, err := fhir.NewClassifier([]fhir.ClassRule{{Type: "Condition", Class: "conditions"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"administrative", "conditions", "medications", "unclassified"}, c.Classes()); diff != "" {
		t.Error(diff)
	}
}

func TestASpecialRuleTakesOnlyWhatItWasMatchedBy(t *testing.T) {
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{"s", "lab"}}, Class: "laboratory"},
		{Type: "Observation", Category: []fhir.Code{{"s", "social"}}, Class: "social-care"},
		{Type: "Observation", Category: []fhir.Code{{"s", "lab"}}, Code: []fhir.Code{{"s", "blood"}}, Class: "blood"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := fhir.Plan{Categories: []string{"blood"}, Classes: c}
	judge(t, plan, []judged{
		{"special", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"category":[{"coding":[{"system":"s","code":"lab"}]}],"code":{"coding":[{"system":"s","code":"blood"}]}}`, "released as blood"},
		{"special, and social care", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"category":[{"coding":[{"system":"s","code":"lab"},{"system":"s","code":"social"}]}],"code":{"coding":[{"system":"s","code":"blood"}]}}`, "category-not-in-plan"},
	})
}
