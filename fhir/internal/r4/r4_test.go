package r4_test

import (
	"testing"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

func TestElementsAreThoseOfR4(t *testing.T) {
	observation := r4.Of("Observation")
	for member, want := range map[string]r4.Element{
		"status":        {Summary: true, Mandatory: true, Modifier: true},
		"_status":       {Summary: true, Mandatory: true, Modifier: true},
		"valueQuantity": {Summary: true, Choice: true},
		"note":          {},
		"component":     {Summary: true, Backbone: true},
	} {
		got := r4.Find(observation.Elements, member)
		if got == nil || got.Summary != want.Summary || got.Mandatory != want.Mandatory || got.Modifier != want.Modifier ||
			got.Choice != want.Choice || got.Backbone != want.Backbone {
			t.Errorf("%s: %+v", member, got)
		}
	}
	for _, member := range []string{"", "_", "valuequantity", "statuses", "birthDate"} {
		if got := r4.Find(observation.Elements, member); got != nil {
			t.Errorf("%q is taken for %s", member, got.Name)
		}
	}
	component := r4.Find(observation.Elements, "component")
	if code := r4.Find(component.Below, "code"); code == nil || !code.Mandatory {
		t.Errorf("component.code: %+v", code)
	}
	if r4.Find(component.Below, "interpretation") != nil {
		t.Error("component.interpretation is in no summary")
	}
}

func TestSearchParametersAreThoseOfR4(t *testing.T) {
	observation := r4.Of("Observation")
	if p, ok := observation.Param("date"); !ok || p.Kind != r4.Date || p.Element != "effective" {
		t.Errorf("date: %+v", p)
	}
	if p, ok := observation.Param("performer"); !ok || p.Kind != r4.Reference || !p.Leads("Practitioner") || p.Leads("Encounter") {
		t.Errorf("performer: %+v", p)
	}
	if p, ok := observation.Param("_lastUpdated"); !ok || p.Kind != r4.Date {
		t.Errorf("_lastUpdated: %+v", p)
	}
	if p, ok := r4.Of("List").Param("item"); !ok || !p.Leads("Condition") {
		t.Errorf("item: %+v", p)
	}
	if _, ok := r4.Of("Immunization").Param("encounter"); ok {
		t.Error("R4 has no encounter for Immunization")
	}
	if r4.Of("Nonsense") != nil {
		t.Error("a type that there is not")
	}
}
