package fhir_test

import (
	"strings"
	"testing"
)

// What tells where a protected patient is goes from contained helpers too, and from
// references that cannot be followed (attack 89).
func TestAttack089MasksReachContainedHelpersAndOddReferences(t *testing.T) {
	plan := permissionPlan()
	plan.Masks = []string{"Element.comment", "Element.div", "Reference.display", "Location", "Organization"}
	for _, typ := range []string{"Slot", "Schedule", "Questionnaire", "Substance", "Device", "Provenance"} {
		got := read(t, plan, `{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"`+typ+`","id":"c","comment":"HIDDEN","text":{"div":"HIDDEN"},"actor":[{"reference":"Practitioner/1","display":"HIDDEN"}]}],"subject":{"reference":"Patient/p1"}}`)
		if got == "" || strings.Contains(got, "HIDDEN") {
			t.Errorf("%s: %s", typ, got)
		}
	}
	for _, reference := range []string{"Location/HIDDEN_Lane", "/Organization/HIDDEN", "Location/HIDDEN"} {
		got := read(t, plan, `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"partOf":{"reference":"`+reference+`"}}`)
		if got == "" || strings.Contains(got, "HIDDEN") {
			t.Errorf("%s: %s", reference, got)
		}
	}
}

// A reference that says itself that it leads to a patient, and cannot be read, withholds
// the entry: what is displayed beside it could be anybody's name.
func TestAnOddReferenceToAPatientWithholds(t *testing.T) {
	for _, reference := range []string{
		"Patient/other_1", "/Patient/p2", "patient/p2", "Patient/p2/x", "Patient/p2?x", "http://source.internal/fhir/Patient/other_1",
		"Patient?identifier=local|77", "http://source.internal/fhir/Patient?identifier=x",
	} {
		resource := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"` + reference + `","display":"Bob Jones"}}`
		if got := verdict(t, permissionPlan(), resource); got != "other-patient" {
			t.Errorf("%s: %s", reference, got)
		}
	}
}
