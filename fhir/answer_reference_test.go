package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// What cannot name a patient costs the resource one element at most.
func TestAnOddReferenceLosesOneElementAtMost(t *testing.T) {
	resource := func(reference string) string {
		return `{"resourceType":"MedicationRequest","id":"1","subject":{"reference":"Patient/p1"},"requester":{"reference":"` + reference + `","display":"Dr D"},"status":"active"}`
	}
	left := strings.TrimSuffix(strings.Replace(resource("x"), `"reference":"x",`, "", 1), "}") + `,"meta":{"tag":[` + tag + `]}}`
	for reference, want := range map[string]string{
		"urn:uuid:0b1f5f2e-8d0e-4a53-9d38-5dc2b9b8a001": left,
		"urn:staff-1112": left,
		"staff-1112":     left,
		"Practitioner?identifier=https://fhir.nhs.uk/Id/sds-user-id|1": left, // names a type, but is no address
		"http://source.internal/fhir/Practitioner/a_b":                 left, // the source's own address does not leave
		"/Organization/Y12345":                                         resource("/Organization/Y12345"),
		"Organization/with_an_underscore":                              resource("Organization/with_an_underscore"),
		"Practitioner/" + strings.Repeat("long", 20):                   resource("Practitioner/" + strings.Repeat("long", 20)),
		"https://patient-records.example/fhir/Practitioner/1":          resource("https://patient-records.example/fhir/Practitioner/1"),
		"http://source.internal/fhir/Practitioner/1":                   resource("Practitioner/1"),
	} {
		t.Run(reference, func(t *testing.T) {
			got := read(t, permissionPlan(), resource(reference))
			if strings.HasPrefix(reference, "Practitioner?") { // of a type without patients: it stays
				want = resource(reference)
			}
			if got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// What says whom the resource is about, and what may name a person, stays strict.
func TestAnOddReferenceToAPersonIsNotLetThrough(t *testing.T) {
	const own = `"subject":{"reference":"Patient/p1"}`
	for name, c := range map[string]struct{ resource, want string }{
		"its subject":                    {`{"resourceType":"Observation","id":"1","subject":{"reference":"urn:uuid:1"}}`, "no-patient"},
		"a second subject":               {`{"resourceType":"Observation","id":"1","subject":[{"reference":"Patient/p1"},{"reference":"urn:uuid:1"}]}`, "no-patient"},
		"what it is about instead":       {`{"resourceType":"Observation","id":"1",` + own + `,"focus":[{"reference":"urn:uuid:1"}]}`, "not-understood"},
		"a patient by its type":          {`{"resourceType":"Observation","id":"1",` + own + `,"performer":[{"reference":"urn:uuid:1","type":"Patient"}]}`, "not-understood"},
		"a participant":                  {`{"resourceType":"Appointment","id":"1","participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"urn:uuid:1"}}]}`, "not-understood"},
		"another's by search":            {`{"resourceType":"Specimen","id":"1","subject":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026"}}`, "other-patient"},
		"another's record elsewhere":     {`{"resourceType":"Observation","id":"1",` + own + `,"performer":[{"reference":"https://x.example/fhir/Patient/9"}]}`, "other-patient"},
		"a patient by a host of no name": {`{"resourceType":"Observation","id":"1",` + own + `,"performer":[{"reference":"https://x.example?patient=9"}]}`, "other-patient"},
		"a path below a patient":         {`{"resourceType":"Observation","id":"1",` + own + `,"focus":[{"reference":"/Patient/p2"}]}`, "not-understood"},
	} {
		t.Run(name, func(t *testing.T) {
			examined, err := fhir.Examine([]byte(c.resource), owner, permissionPlan(), fhir.Links{})
			if err != nil || examined.Reason != c.want {
				t.Errorf("%+v, %v", examined, err)
			}
		})
	}
	bySearch := `{"resourceType":"Specimen","id":"1","subject":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018","display":"Mrs A"}}`
	if examined, _ := fhir.Examine([]byte(bySearch), owner, permissionPlan(), fhir.Links{}); examined.Reason == "no-patient" || examined.Reason == "other-patient" {
		t.Errorf("the patient by a search for the number: %+v", examined)
	}
}
