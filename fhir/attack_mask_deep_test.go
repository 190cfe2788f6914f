package fhir_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestAttack089MasksOfEveryObject(t *testing.T) {
	const subject = `"subject":{"reference":"Patient/p1"}`
	observation := func(members string) string {
		return `{"resourceType":"Observation","id":"1",` + subject + members + `}`
	}
	for _, c := range []struct {
		name           string
		masks          []string
		members, wants string
	}{
		{
			"on the first level and below it", []string{"Element.valueAddress"},
			`,"valueAddress":{"text":"1 Safe Street"},"component":[{"code":{},"valueAddress":{"text":"1 Safe Street"}},{"valueAddress":{}}]`,
			`,"component":[{"code":{}}]`,
		},
		{
			"its twin", []string{"Element.valueString"},
			`,"component":[{"a":1,"_valueString":{"id":"1 Safe Street"}}]`,
			`,"component":[{"a":1}]`,
		},
		{
			"an extension that holds it, whole", []string{"Element.valueString"},
			`,"component":[{"a":1,"extension":[{"url":"x","valueString":"1 Safe Street"},{"url":"y","valueCode":"kept"}]}]`,
			`,"component":[{"a":1,"extension":[{"url":"y","valueCode":"kept"}]}]`,
		},
		{
			"a choice of types", []string{"Element.value[x]"},
			`,"component":[{"a":1,"valueBase64Binary":"","valueString":"","value":"kept","valued":"kept"}]`,
			`,"component":[{"a":1,"value":"kept","valued":"kept"}]`,
		},
		{
			"a path, within itself too", []string{"Element.section.text"},
			`,"section":[{"a":1,"text":{"div":""},"section":[{"text":{"div":""},"b":2}]}],"component":[{"text":"kept"}]`,
			`,"section":[{"a":1,"section":[{"b":2}]}],"component":[{"text":"kept"}]`,
		},
		{
			"a contained resource", []string{"Element.note"},
			`,"contained":[{"resourceType":"Practitioner","id":"c","note":"1 Safe Street","qualification":[{"note":{},"a":1}]}]`,
			`,"contained":[{"resourceType":"Practitioner","id":"c","qualification":[{"a":1}]}]`,
		},
		{
			"the narrative", []string{"Element.note"},
			`,"text":{"status":"generated","div":"<div>1 Safe Street</div>"}`,
			``,
		},
		{
			"the words of what a code says", []string{"CodeableConcept.text"},
			`,"code":{"coding":[{"system":"s","code":"1"}],"text":"1 Safe Street"},"component":[{"code":{"coding":[null,{"code":"2"}],"text":"1 Safe Street"}}]`,
			`,"code":{"coding":[{"system":"s","code":"1"}]},"component":[{"code":{"coding":[null,{"code":"2"}]}}]`,
		},
		{
			"no words that stand alone", []string{"CodeableConcept.text"},
			`,"code":{"text":"kept"},"method":{"text":"kept","coding":[{"display":"kept"}]},"device":{"text":"kept","coding":{}},"component":[{"code":{"text":"kept","coding":[{"display":"x"},null]}}]`,
			`,"code":{"text":"kept"},"method":{"text":"kept","coding":[{"display":"kept"}]},"device":{"text":"kept","coding":{}},"component":[{"code":{"text":"kept","coding":[{"display":"x"},null]}}]`,
		},
		{
			"nothing there, nothing added", []string{"Element.note", "CodeableConcept.text", "Element.section.text"},
			`,"status" : "final","section":"x"`,
			`,"status" : "final","section":"x"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := permissionPlan()
			plan.Masks = c.masks
			if got, want := read(t, plan, observation(c.members)), observation(c.wants); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestAttack090MasksOfEveryObjectThatCannotBeRead(t *testing.T) {
	for _, mask := range []string{
		"Element", "Element.", "Element.id", "Element.resourceType", "Element.a..b", "Element.extension(x)", "CodeableConcept", "CodeableConcept.coding",
	} {
		if fhir.CheckMask(mask) == nil {
			t.Errorf("mask %q can be read", mask)
		}
	}
}

// BenchmarkFilterMasked is 50 entries of a patient whose whereabouts are
// protected, with the masks that the policies have.
func BenchmarkFilterMasked(b *testing.B) {
	text, err := os.ReadFile("../policies/data/labels.json")
	var labels struct{ Masks []string }
	if err == nil {
		err = json.Unmarshal(text, &labels)
	}
	if err != nil || len(labels.Masks) < 50 {
		b.Fatal(err, labels.Masks)
	}
	body := searchset(50, true, func(int) string { return "p1" })
	req := fhir.Request{Interaction: fhir.Search, Type: "Observation"}
	plan := permissionPlan()
	plan.Masks = labels.Masks
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		got, err := fhir.FilterInto(out[:0], body, req, owner, plan, fhir.Links{Base: "https://broker.example/gp/fhir"})
		if err != nil || len(got.Released) != 50 {
			b.Fatal(err, len(got.Released))
		}
		out = got.Body
	}
}
