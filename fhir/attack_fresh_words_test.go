package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// The masks of the directory hold in every place in which somebody who treats may stand.
func TestAttack334WhatADirectoryMaskLeaves(t *testing.T) {
	plan := everyCategory()
	plan.Masks = []string{"Practitioner.address", "Practitioner.birthDate", "Practitioner.gender", "Practitioner.photo", "Practitioner.telecom"}
	const private = `"birthDate":"1980-02-03","_birthDate":{"extension":[{"url":"http://x.example/born","valueDate":"1980-02-03"}]},"address":[{"line":["4 Elm Row"]}],"_address":[{"extension":[{"url":"x","valueString":"4 Elm Row"}]}],"telecom":[{"system":"phone","value":"07700900123"}],` +
		`"text":{"status":"generated","div":"<div>4 Elm Row 07700900123 1980-02-03</div>"},"extension":[{"url":"x","valueAddress":{"text":"4 Elm Row"}},{"url":"y","extension":[{"url":"z","valueContactPoint":{"value":"07700900123"}}]}],"_gender":{"extension":[{"url":"x","valueAddress":{"text":"4 Elm Row"}}]}`
	who := `{"resourceType":"Practitioner","id":"d","name":[{"family":"Ada"}],` + private + `}`
	encounter := `{"resourceType":"Encounter","id":"1",` + ofP1 + `,"participant":[{"individual":{"reference":"Practitioner/d"}}]}`
	inside := `{"resourceType":"Encounter","id":"1",` + ofP1 + `,"contained":[` + who + `],"participant":[{"individual":{"reference":"#d"}}]}`
	for name, c := range map[string]struct {
		ask  fhir.Request
		body []byte
	}{
		"a read":    {fhir.Request{Interaction: fhir.Read, Type: "Practitioner", ID: "d"}, []byte(who)},
		"a part":    {fhir.Request{Interaction: fhir.Read, Type: "Practitioner", ID: "d", Shape: fhir.Shape{Elements: []string{"name", "birthDate", "address", "telecom", "text"}}}, []byte(who)},
		"included":  {searchFor("Encounter"), bundleOf(encounter, "include "+who)},
		"contained": {fhir.Request{Interaction: fhir.Read, Type: "Encounter", ID: "1"}, []byte(inside)},
	} {
		got, err := fhir.Filter(c.body, c.ask, owner, plan, sourceLinks())
		if err != nil || len(got.Released) == 0 || !strings.Contains(string(got.Body), "Ada") {
			t.Errorf("%s: %v %v %s", name, err, got.Withheld, got.Body)
		}
		for _, word := range []string{"Elm", "07700900123", "1980"} {
			if strings.Contains(string(got.Body), word) {
				t.Errorf("%s shows %s: %s", name, word, got.Body)
			}
		}
	}
}

// A document's label and its security context hold, however they are written.
func TestAttack335ABinaryThatHidesItsLabel(t *testing.T) {
	const data = `"contentType":"text/plain","data":"U0VDUkVU"`
	plan := permissionPlan()
	for name, body := range map[string]string{
		"a label":               `{"resourceType":"Binary","id":"1",` + restricted + data + `}`,
		"a tag":                 `{"resourceType":"Binary","id":"1","meta":{"tag":[{"system":"` + confidentiality + `","code":"R"}]},` + data + `}`,
		"an inline label":       `{"resourceType":"Binary","id":"1","meta":{"extension":[{"url":"` + inline + `|1","valueCoding":{"system":"` + confidentiality + `","code":"R"}}]},` + data + `}`,
		"a label twice":         `{"resourceType":"Binary","id":"1","meta":{"security":[]},"meta":{"security":[{"code":"R"}]},` + data + `}`,
		"in another case":       `{"resourceType":"Binary","id":"1","Meta":{"security":[{"code":"R"}]},` + data + `}`,
		"a context elsewhere":   `{"resourceType":"Binary","id":"1","securityContext":{"reference":"https://x.example/fhir/Patient/p1"},` + data + `}`,
		"a context in a search": `{"resourceType":"Binary","id":"1","securityContext":{"reference":"Patient?identifier=https://x.example/mrn|1"},` + data + `}`,
		"a context by a number": `{"resourceType":"Binary","id":"1","securityContext":{"identifier":{"value":"1"}},` + data + `}`,
		"a context in a list":   `{"resourceType":"Binary","id":"1","securityContext":[{"reference":"Patient/p1"}],` + data + `}`,
		"data twice":            `{"resourceType":"Binary","id":"1",` + data + `,"data":"eA=="}`,
		"data in a list":        `{"resourceType":"Binary","id":"1","data":["U0VDUkVU"]}`,
		"another type":          `{"resourceType":"DocumentReference","id":"1",` + data + `}`,
	} {
		b, err := fhir.ReadBinary([]byte(body), plan, "http://source.internal/fhir")
		if err == nil && b.Withheld == "" {
			t.Errorf("%s: %+v", name, b)
		}
	}
	for _, label := range []string{`"display":"normal",`, `"id":"x",`, `"userSelected":false,`, `"extension":[{"url":"x","valueReference":{"reference":"Organization/1","display":"x"}}],`} {
		body := `{"resourceType":"Binary","id":"1","meta":{"security":[{` + label + `"system":"` + confidentiality + `","code":"N"}],"tag":[{` + label + `"code":"x"}]},` + data + `}`
		if b, err := fhir.ReadBinary([]byte(body), plan, "http://source.internal/fhir"); err != nil || b.Withheld != "" {
			t.Errorf("%s: %+v %v", label, b, err)
		}
	}
	if b, err := fhir.ReadBinary([]byte(`{"resourceType":"Binary","id":"1","securityContext":{"reference":"Patient/p1"},`+data+`}`), plan, "http://source.internal/fhir"); err != nil || b.ContextID != "p1" || b.Withheld != "" {
		t.Errorf("%+v %v", b, err)
	}
}

// Whom an answer is about is decided before anything is cut: two readings are no answer.
func TestAttack336WhomAReadIsAbout(t *testing.T) {
	for name, body := range map[string]string{
		"two subjects":          `{"resourceType":"Condition","id":"1","subject":[{"reference":"Patient/p1"},{"reference":"Patient/p2"}]}`,
		"an id and a number":    `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}}`,
		"a name twice":          `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"subject":{"reference":"Patient/p2"}}`,
		"an escaped name":       `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"\u0073ubject":{"reference":"Patient/p2"}}`,
		"two contained":         `{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]},{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}],"subject":{"reference":"#p"}}`,
		"a number with a blank": `{"resourceType":"Condition","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018 "}}}`,
	} {
		found, err := fhir.PatientOf([]byte(body))
		who := owner
		if err == nil { // decided on whom it found; the cut must then hold
			who = fhir.Owner{LocalIDs: []string{found.LocalID}}
			if !found.Number.IsZero() {
				who.Numbers = append(who.Numbers, found.Number)
			}
		}
		got, cutErr := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "1"}, who, permissionPlan(), sourceLinks())
		if cutErr == nil && len(got.Released) > 0 {
			t.Errorf("%s: found %+v, %s", name, found, got.Body)
		}
	}
}
