package fhir_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// keptBack is a plan that opens everything and keeps some back.
func keptBack(t *testing.T, withheld ...fhir.Withheld) fhir.Plan {
	t.Helper()
	c := ranked(t)
	return fhir.Plan{Categories: c.Classes(), Labels: []string{"*"}, Withheld: withheld, Classes: c}
}

func TestWhatIsKeptBackIsWithheldUnderItsOwnReason(t *testing.T) {
	plan := keptBack(t, fhir.Withheld{Category: "safeguarding", Reason: "not-for-students"}, fhir.Withheld{Category: "mental-health", Reason: "not-for-your-role"})
	judge(t, plan, []judged{
		{"of the category", observation(mental), "not-for-your-role"},
		{"of the category and another", observation(mental, known), "not-for-your-role"},
		{"of two that are kept back, the first of the list", observation(mental, abuse), "not-for-students"},
		{"of another", observation(known), "released as laboratory"},
		{"along with a match", "include " + observation(mental), "not-for-your-role"},
	})
	judge(t, keptBack(t, fhir.Withheld{Category: "unclassified", Reason: "not-for-your-role"}), []judged{
		{"of no category, which is kept back as well", `{"resourceType":"Goal","id":"1","subject":{"reference":"Patient/p1"}}`, "not-for-your-role"},
	})
	judge(t, keptBack(t, fhir.Withheld{Category: "no such category", Reason: "not-for-your-role"}), []judged{
		{"of a category that there is not", observation(mental), "released as mental-health"},
	})
}

func TestWhatIsKeptBackIsCountedByReason(t *testing.T) {
	plan := keptBack(t, fhir.Withheld{Category: "mental-health", Reason: "a"}, fhir.Withheld{Category: "safeguarding", Reason: "b"}, fhir.Withheld{Category: "laboratory", Reason: "a"})
	got, _ := cut(t, "Observation", plan, bundleOf(numbered("1", mental), numbered("2", abuse), numbered("3", known), numbered("4", specimen), numbered("5", mental)))
	if diff := cmp.Diff(map[string]int{"a": 3, "b": 1}, got.Withheld); diff != "" {
		t.Error(diff)
	}
	if len(got.Released) != 1 || got.Released[0].ID != "4" {
		t.Errorf("released %v", got.Released)
	}
	for _, c := range got.Causes {
		if c.Element != "Observation" || c.Reason != "a" && c.Reason != "b" {
			t.Errorf("cause %+v", c)
		}
	}
}

func numbered(id string, members ...string) string {
	return string(bytes.Replace([]byte(observation(members...)), []byte(`"id":"1"`), []byte(`"id":"`+id+`"`), 1))
}

func TestAReadOfWhatIsKeptBackGivesNothing(t *testing.T) {
	plan := keptBack(t, fhir.Withheld{Category: "mental-health", Reason: "not-for-your-role"})
	if got := read(t, plan, observation(mental)); got != "" {
		t.Errorf("released %s", got)
	}
	if got := read(t, plan, observation(known)); got == "" {
		t.Error("what is not kept back is not released")
	}
	seen, err := fhir.Examine([]byte(observation(mental)), owner, plan, fhir.Links{})
	if err != nil || seen.Reason != "not-for-your-role" {
		t.Errorf("examined: %+v, %v", seen, err)
	}
}

// Nor may a search tell, by what it says beside the entries, whether there is anything of a
// category that is kept back: though the plan releases every label.
func TestASearchDoesNotTellOfWhatIsKeptBack(t *testing.T) {
	plan := keptBack(t, fhir.Withheld{Category: "mental-health", Reason: "not-for-your-role"})
	ask := func(plan fhir.Plan, params []fhir.Param, resources ...string) []byte {
		t.Helper()
		req := fhir.Request{Interaction: fhir.Search, Type: "Observation", Patient: fhir.PatientRef{LocalID: "p1"}, Params: params}
		got, err := fhir.Filter([]byte(bundleOf(resources...)), req, owner, plan, fhir.Links{Base: "https://broker.example/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		return got.Body
	}
	for _, params := range [][]fhir.Param{{{Name: "code", Value: "x"}}, {{Name: "category", Value: "mental"}}, {{Name: "category", Value: "s|mental"}}} {
		if there, notThere := ask(plan, params, observation(mental)), ask(plan, params); !bytes.Equal(there, notThere) {
			t.Errorf("%v: kept back and not there differ:\n%s\n%s", params, there, notThere)
		}
	}
	var all []fhir.Withheld
	for _, c := range plan.Categories {
		if c != "unclassified" {
			all = append(all, fhir.Withheld{Category: c, Reason: "x"})
		}
	}
	plan.Withheld = all // the plan opens nothing that an observation can be
	if there, notThere := ask(plan, nil, observation(mental)), ask(plan, nil); !bytes.Equal(there, notThere) {
		t.Errorf("all kept back: kept back and not there differ:\n%s\n%s", there, notThere)
	}
}
