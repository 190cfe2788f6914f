package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// held sees that what is attacked with is withheld, and, beside it, that what is like it
// and harmless is released, whole.
func held(t *testing.T, plan fhir.Plan, cases map[string]string, harmless map[string]string) {
	t.Helper()
	for name, resource := range cases {
		if got := verdict(t, plan, resource); strings.HasPrefix(got, "released") {
			t.Errorf("%s: %s\n%s", name, got, resource)
		}
	}
	for name, resource := range harmless {
		if got := read(t, plan, resource); got != resource {
			t.Errorf("%s, which is harmless, became %s\n%s", name, got, resource)
		}
	}
}

// Where a resource says whom it is about, a list is only of that patient.
func TestAttack310ASecondSubjectThatIsNoReference(t *testing.T) {
	with := func(typ, member, value string) string {
		return `{"resourceType":"` + typ + `","id":"1","` + member + `":` + value + `}`
	}
	cases := map[string]string{}
	for name, second := range map[string]string{
		"a text": `"Patient/p2"`, "a name": `{"display":"Mrs B"}`, "a group": `{"reference":"Group/5"}`, "a number": `7`, "nothing": `null`,
		"an identifier": `{"identifier":{"system":"https://hospital.example/mrn","value":"77"}}`, "an empty one": `{}`, "a list": `[{"display":"Mrs B"}]`,
		"a person elsewhere": `{"reference":"https://x.example/fhir/Person/7"}`, "a type": `{"type":"Group","display":"the B family"}`, "contained": `{"reference":"#p"}`,
	} {
		cases["condition, "+name] = with("Condition", "subject", `[{"reference":"Patient/p1"},`+second+`]`)
		cases["allergy, "+name] = with("AllergyIntolerance", "patient", `[`+second+`,{"reference":"Patient/p1"}]`)
	}
	held(t, permissionPlan(), cases, map[string]string{
		"a list of one":       with("Condition", "subject", `[{"reference":"Patient/p1"}]`),
		"the same twice":      with("Condition", "subject", `[{"reference":"Patient/p1"},{"reference":"Patient/p1/_history/2"}]`),
		"those who take part": with("Appointment", "participant", `[{"actor":{"reference":"Patient/p1"}},{"actor":{"display":"Dr Ada"}},{"actor":{"reference":"Location/1"}}]`),
	})
}

// A reference by a search leads to whom it finds.
func TestAttack311AReferenceThatSearchesForAnotherPatient(t *testing.T) {
	cases := map[string]string{}
	for _, reference := range []string{
		"Patient?identifier=https://hospital.example/mrn|77", "Patient?identifier=https://fhir.nhs.uk/id/nhs-number|9990000026", "Patient?identifier=http://fhir.nhs.uk/Id/nhs-number|9990000018",
		"/Patient?identifier=https://x.example/mrn|1", "patient?identifier=https://x.example/mrn|1", "Patient?_id=p2&_profile=https://x.example/p", "Patient/p2?_format=https://x.example/json",
		"Observation?subject:Patient.identifier=https://x.example/mrn|77", "RelatedPerson?patient=https://x.example/fhir/Patient/p2",
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018&_id=p2",
	} {
		cases[reference] = condition(`"asserter":{"reference":"` + reference + `"}`)
		cases["list "+reference] = condition(`"evidence":[{"detail":[{"reference":"` + reference + `"}]}]`)
	}
	for _, reference := range []string{"Practitioner?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026", "Person?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026"} {
		if got := read(t, permissionPlan(), condition(`"asserter":{"reference":"`+reference+`"}`)); got == "" || strings.Contains(got, "9990000026") {
			t.Errorf("%s: %s", reference, got)
		}
	}
	held(t, permissionPlan(), cases, map[string]string{
		"the patient by number":          condition(`"asserter":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"}`),
		"somebody who treats, by theirs": condition(`"asserter":{"reference":"Practitioner?identifier=https://fhir.nhs.uk/Id/sds-user-id|7"}`),
		"elsewhere":                      condition(`"asserter":{"reference":"https://directory.example/Practitioner/7"}`),
	})
}

// An NHS number is another patient's wherever it stands as one, not only as an Identifier's value.
func TestAttack312AnothersNumberWhereNoIdentifierIs(t *testing.T) {
	cases := map[string]string{}
	for name, part := range map[string]string{
		"a code":                    `"extension":[{"url":"x","valueCoding":{"system":"https://fhir.nhs.uk/Id/nhs-number","code":"9990000026"}}]`,
		"a tag":                     `"meta":{"tag":[{"system":"https://fhir.nhs.uk/Id/nhs-number","code":"9990000026"}]}`,
		"a quantity":                `"onsetAge":{"system":"https://fhir.nhs.uk/Id/nhs-number","code":"9990000026","value":1}`,
		"a blank behind the system": `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number ","value":"9990000026"}]`,
		"a version of the system":   `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number|1","value":"9990000026"}]`,
		"a query":                   `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number?x","value":"9990000026"}]`,
		"a fragment":                `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number#x","value":"9990000026"}]`,
		"a sign that is not seen":   `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number\u200b","value":"9990000026"}]`,
		"an encoded system":         `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs%2Dnumber","value":"9990000026"}]`,
		"a line":                    `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs_number","value":"9990000026"}]`,
		"one word":                  `"identifier":[{"system":"https://fhir.nhs.uk/Id/NHSNumber","value":"9990000026"}]`,
		"words":                     `"identifier":[{"system":"NHS Number","value":"9990000026"}]`,
		"the bare OID":              `"identifier":[{"system":"2.16.840.1.113883.2.1.4.1","value":"9990000026"}]`,
		"the OID in capitals":       `"identifier":[{"system":"URN:OID:2.16.840.1.113883.2.1.4.1","value":"9990000026"}]`,
		"an extension that is one":  `"extension":[{"url":"https://fhir.nhs.uk/Id/nhs-number","valueString":"9990000026"}]`,
		"an extension of its name":  `"extension":[{"url":"nhsNumber","valueString":"999 000 0026"}]`,
		"an extension's whole":      `"extension":[{"url":"https://fhir.nhs.uk/Id/nhs-number","valueInteger64":9990000026}]`,
		"an address":                `"extension":[{"url":"x","valueUri":"https://fhir.nhs.uk/Id/nhs-number/9990000026"}]`,
		"an identifier's token":     `"extension":[{"url":"x","valueString":"https://fhir.nhs.uk/Id/nhs-number|9990000026"}]`,
		"a participant":             `"participant":[{"identifier":{"system":"HTTPS://FHIR.NHS.UK/ID/NHS-NUMBER/ ","value":"999 000 0026"}}]`,
		"contained":                 `"contained":[{"resourceType":"Location","id":"l","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number|2","value":"9990000026"}]}]`,
	} {
		cases[name] = condition(part)
	}
	own := map[string]string{}
	for name, part := range map[string]string{
		"own":              `"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`,
		"own as a code":    `"extension":[{"url":"x","valueCoding":{"system":"https://fhir.nhs.uk/Id/nhs-number","code":"9990000018"}}]`,
		"own by extension": `"extension":[{"url":"https://fhir.nhs.uk/Id/nhs-number","valueString":"9990000018"}]`,
		"a status":         `"identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"number-present-and-verified"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`,
		"another's order":  `"identifier":[{"system":"https://hospital.example/order","value":"9990000026"}]`,
	} {
		own[name] = condition(part)
	}
	held(t, permissionPlan(), cases, own)
}

// What is dropped takes its twin along.
func TestAttack313TheTwinOfWhatIsDropped(t *testing.T) {
	const twin = `{"extension":[{"url":"http://x.example/n","valueString":"Mrs B"}]}`
	for name, resource := range map[string]string{
		"a patient's display":         `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","display":"Mrs B","_display":` + twin + `}}`,
		"a display's twin alone":      `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","_display":` + twin + `}}`,
		"by number":                   condition(`"asserter":{"type":"Patient","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},"display":"Mrs B","_display":` + twin + `}`),
		"by a search":                 condition(`"asserter":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018","_display":` + twin + `}`),
		"meta.source":                 condition(`"meta":{"source":"Mrs B","_source":` + twin + `}`),
		"an endpoint's address":       condition(`"contained":[{"resourceType":"Endpoint","id":"e","address":"https://x.example","_address":` + twin + `}]`),
		"a reference that is unclear": condition(`"evidence":[{"detail":[{"reference":"urn:uuid:1","_reference":` + twin + `}]}]`),
	} {
		got := read(t, permissionPlan(), resource)
		if got == "" || strings.Contains(got, "Mrs B") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Reference.type says that it is a patient, however it is written.
func TestAttack314APatientsTypeInAnotherSpelling(t *testing.T) {
	cases, names := map[string]string{}, map[string]string{}
	for _, typ := range []string{
		"Patient", "http://hl7.org/fhir/StructureDefinition/Patient", "http://hl7.org/fhir/StructureDefinition/Patient|4.0.1", "patient", "PATIENT", "Patient ", " Patient", "Patient/",
		"https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient", "http://hl7.org/fhir/StructureDefinition/patient#x", "Patient\\u200b", "\\u0050atient", "RelatedPatient", "Person,Patient",
	} {
		cases[typ] = condition(`"asserter":{"type":"` + typ + `","display":"Mrs B"}`)
		cases[typ+", list"] = condition(`"evidence":[{"detail":[{"type":"` + typ + `","display":"Mrs B"}]}]`)
		names[typ] = condition(`"recorder":{"type":"` + typ + `","identifier":{"value":"77"},"display":"Mrs B"}`)
	}
	held(t, permissionPlan(), cases, map[string]string{
		"a practitioner": condition(`"asserter":{"type":"Practitioner","display":"Dr Ada"}`),
	})
	held(t, permissionPlan(), names, nil)
}

// An address that is another patient's names that patient, in an element that is no Reference too.
func TestAttack315AnAddressThatIsAnotherPatients(t *testing.T) {
	cases := map[string]string{}
	for _, element := range []string{"valueUri", "valueUrl", "valueCanonical", "valueString", "valueId", "valueMarkdown", "valueOid"} {
		for _, address := range []string{"Patient/p2", "/Patient/p2", "Patient/p2/_history/1", "http://source.internal/fhir/Patient/p2", "Patient/p2/$everything", "Patient?_id=p2"} {
			cases[element+" "+address] = condition(`"extension":[{"url":"x","` + element + `":"` + address + `"}]`)
		}
	}
	for name, part := range map[string]string{
		"a list":         `"instantiatesUri":["Patient/p2"]`,
		"an attachment":  `"content":[{"attachment":{"url":"Patient/p2"}}]`,
		"a subject text": `"patient":"Patient/p2"`,
		"rules":          `"implicitRules":"Patient/p2"`,
	} {
		cases[name] = condition(part)
	}
	for name, resource := range cases {
		got := read(t, permissionPlan(), resource)
		if strings.Contains(got, "p2") {
			t.Errorf("%s: %s", name, got)
		}
	}
	held(t, permissionPlan(), nil, map[string]string{
		"a leaflet":    condition(`"extension":[{"url":"x","valueUrl":"https://www.nhs.example/patient-leaflets/1"}]`),
		"the patient":  condition(`"extension":[{"url":"x","valueUri":"Patient/p1"}]`),
		"words":        condition(`"note":[{"text":"Patient/p2 of the ward list"}]`),
		"a definition": condition(`"meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient"]}`),
	})
}
