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

func TestKindsAreThoseOfR4(t *testing.T) {
	observation := r4.StructureOf("Observation")
	for member, want := range map[string]string{
		"status": "code", "valueQuantity": "Quantity", "valueString": "string", "subject": "Reference", "note": "Annotation", "text": "Narrative", "contained": "Resource",
	} {
		if got := observation.Members[member]; got.Type != want {
			t.Errorf("%s: %+v", member, got)
		}
	}
	for _, member := range []string{"value", "valueAddress", "value[x]", "Status", ""} {
		if got, ok := observation.Members[member]; ok {
			t.Errorf("%q is taken for %s", member, got.Path)
		}
	}
	component := observation.Members["component"].Below
	if got := component.Members["referenceRange"].Below.Members["text"]; got.Type != "string" || got.Path != "Observation.referenceRange.text" {
		t.Errorf("component.referenceRange.text: %+v", got)
	}
	if got := component.Members["valueDateTime"]; got.Type != "dateTime" || got.Path != "Observation.component.value[x]" {
		t.Errorf("component.valueDateTime: %+v", got)
	}
	extension := r4.StructureOf("Extension")
	if n := len(extension.Members); n != 3+50 || extension.Members["extension"].Below != extension {
		t.Errorf("an extension has %d members", n)
	}
	if r4.StructureOf("Observation").Members["code"].Below != r4.StructureOf("CodeableConcept") || r4.StructureOf("string") != nil {
		t.Error("data types are not shared")
	}
	item := r4.StructureOf("QuestionnaireResponse").Members["item"].Below
	if item.Members["item"].Below != item || item.Members["answer"].Below.Members["item"].Below != item {
		t.Error("an item within an item is another")
	}
}
