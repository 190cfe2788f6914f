package fhir_test

import (
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestAttack085And087And089And144Masks(t *testing.T) {
	const subject = `"subject":{"reference":"Patient/p1"}`
	for _, c := range []struct {
		name     string
		masks    []string
		resource string
		want     string
	}{
		{
			"085 an element", []string{"Patient.address"},
			`{"resourceType":"Patient","id":"p1","address":[{"text":"1 Safe Street"}],"gender":"female"}`,
			`{"resourceType":"Patient","id":"p1","gender":"female"}`,
		},
		{
			"085 an element and its twin", []string{"Patient.birthDate"},
			`{"resourceType":"Patient","id":"p1","birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1970-01-01T01:02:03Z"}]}}`,
			`{"resourceType":"Patient","id":"p1"}`,
		},
		{
			"085 the twin alone", []string{"Patient.birthDate"},
			`{"resourceType":"Patient","id":"p1","_birthDate":{"id":"x"}}`,
			`{"resourceType":"Patient","id":"p1"}`,
		},
		{
			"085 an element below", []string{"Patient.contact.address"},
			`{"resourceType":"Patient","id":"p1","contact":[{"name":{"text":"M"},"address":{"text":"1 Safe Street"}},{"address":{"text":"2"}}]}`,
			`{"resourceType":"Patient","id":"p1","contact":[{"name":{"text":"M"}}]}`,
		},
		{
			"085 every type's element", []string{"*.telecom"},
			`{"resourceType":"Patient","id":"p1","telecom":[{"value":"01"}],"active":true}`,
			`{"resourceType":"Patient","id":"p1","active":true}`,
		},
		{
			"085 a choice of types", []string{"Observation.value[x]"},
			`{"resourceType":"Observation","id":"1",` + subject + `,"valueQuantity":{"value":1},"valued":"kept","value":"kept"}`,
			`{"resourceType":"Observation","id":"1",` + subject + `,"valued":"kept","value":"kept"}`,
		},
		{
			"085 the narrative says it too", []string{"Patient.address"},
			`{"resourceType":"Patient","id":"p1","text":{"status":"generated","div":"<div>1 Safe Street</div>"},"active":true}`,
			`{"resourceType":"Patient","id":"p1","active":true}`,
		},
		{
			"085 another type's mask leaves it alone", []string{"Patient.address"},
			`{"resourceType":"Condition","id":"1",` + subject + `,"text":{"div":"x"},"address":"kept"}`,
			`{"resourceType":"Condition","id":"1",` + subject + `,"text":{"div":"x"},"address":"kept"}`,
		},
		{
			"087 an extension by its address", []string{"Patient.extension(http://x.example/home)"},
			`{"resourceType":"Patient","id":"p1","extension":[{"url":"http://x.example/home","valueString":"1 Safe Street"},{"url":"http://x.example/other","valueString":"kept"}]}`,
			`{"resourceType":"Patient","id":"p1","extension":[{"url":"http://x.example/other","valueString":"kept"}]}`,
		},
		{
			"087 an extension by its escaped address, deep, in a modifier", []string{"*.extension(http://x.example/home)"},
			`{"resourceType":"Patient","id":"p1","name":[{"family":"A","modifierExtension":[{"url":"http:\/\/x.example/home","valueString":"1 Safe Street"}]}]}`,
			`{"resourceType":"Patient","id":"p1","name":[{"family":"A"}]}`,
		},
		{
			"087 copies of an address by data type", []string{"Patient.address"},
			`{"resourceType":"Patient","id":"p1","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"city":"X"}},{"url":"k","valueString":"kept"}]}`,
			`{"resourceType":"Patient","id":"p1","extension":[{"url":"k","valueString":"kept"}]}`,
		},
		{
			"087 an extension of a primitive in a list keeps the places", []string{"*.extension(x)"},
			`{"resourceType":"Patient","id":"p1","name":[{"given":["A","B"],"_given":[{"extension":[{"url":"x","valueString":"gone"}]},{"id":"kept"}]}]}`,
			`{"resourceType":"Patient","id":"p1","name":[{"given":["A","B"],"_given":[null,{"id":"kept"}]}]}`,
		},
		{
			"089 a contained organisation", []string{"Organization.address", "Organization.name"},
			`{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Organization","id":"o","name":"Refuge","address":[{"text":"1 Safe Street"}]}],` + subject + `,"serviceProvider":{"reference":"#o"}}`,
			`{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Organization","id":"o"}],` + subject + `,"serviceProvider":{"reference":"#o"}}`,
		},
		{
			"089 everything about places", []string{"Location"},
			`{"resourceType":"Encounter","id":"1","contained":[{"resourceType":"Location","id":"l","name":"Refuge"}],` + subject + `,"location":[{"location":{"reference":"#l"}},{"location":{"reference":"Location/2","display":"Refuge"}},{"location":{"type":"Location","display":"Refuge"},"status":"active"}]}`,
			`{"resourceType":"Encounter","id":"1",` + subject + `,"location":[{"status":"active"}]}`,
		},
		{
			"144 nothing there, nothing added", []string{"Patient.address", "*.extension(x)", "Reference.display", "Location"},
			`{"resourceType":"Patient","id":"p1", "multipleBirthInteger": 1.00}`,
			`{"resourceType":"Patient","id":"p1", "multipleBirthInteger": 1.00}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := permissionPlan()
			plan.Masks = c.masks
			if got := read(t, plan, c.resource); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAMaskedTypeIsWithheld(t *testing.T) {
	plan := permissionPlan()
	plan.Masks = []string{"Location"}
	got, b := cut(t, "Encounter", plan, bundleOf(
		`{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"location":[{"location":{"reference":"Location/2"}}]}`,
		`include {"resourceType":"Location","id":"2","name":"Refuge"}`))
	if len(b.Entry) != 2 || len(got.Withheld) != 1 {
		t.Errorf("%s", got.Body)
	}
}

func TestAttack144SecondOfTwoEqualKeys(t *testing.T) {
	plan := permissionPlan()
	plan.Masks = []string{"Patient.address"}
	judge(t, plan, []judged{
		{"address twice", `{"resourceType":"Patient","id":"p1","address":[],"address":[{"text":"1 Safe Street"}]}`, "not-understood"},
	})
}

func TestAttack090AMaskThatCannotBeReadReleasesNothing(t *testing.T) {
	for _, mask := range []string{
		"", "Patient.", ".address", "Patient..x", "Nosuch.address", "Nosuch", "*", "*.extension(", "*.extension()", "Patient.a b",
		"Reference.reference", "*.id", "*.resourceType", "Patient.extension(x",
	} {
		plan := permissionPlan()
		plan.Masks = []string{mask}
		got, err := fhir.Filter(bundleOf(`{"resourceType":"Patient","id":"p1"}`), searchFor("Patient"), owner, plan, fhir.Links{Base: brokerBase})
		if err == nil || got.Body != nil || fhir.CheckMask(mask) == nil {
			t.Errorf("mask %q: %s, %v", mask, got.Body, err)
		}
	}
}
