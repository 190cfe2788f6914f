package fhir_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

var compareNumbers = cmp.Comparer(func(a, b nhs.Number) bool { return a == b })

func TestPatientOf(t *testing.T) {
	const own = `{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`
	for _, c := range []struct {
		name, body string
		want       fhir.Found
	}{
		{"a patient", `{"resourceType":"Patient","id":"p1","identifier":[{"system":"x","value":"1"},` + own + `]}`, fhir.Found{Type: "Patient", LocalID: "p1", Number: ownNumber}},
		{"a patient with an old number", `{"resourceType":"Patient","id":"p1","identifier":[{"use":"old","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000042"},` + own + `]}`, fhir.Found{Type: "Patient", LocalID: "p1", Number: ownNumber}},
		{"a patient without a number", `{"resourceType":"Patient","id":"p1"}`, fhir.Found{Type: "Patient", LocalID: "p1"}},
		{"a patient of two numbers", `{"resourceType":"Patient","id":"p1","identifier":[` + own + `,` + own + `,{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`, fhir.Found{Type: "Patient", LocalID: "p1", Number: ownNumber, Others: []nhs.Number{strangerNumber}}},
		{"a patient of a number that is none", `{"resourceType":"Patient","id":"p1","identifier":[` + own + `,{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9999999999"}]}`, fhir.Found{Type: "Patient", LocalID: "p1", Number: ownNumber, Malformed: true}},
		{"a patient of a number with blanks", `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"}]}`, fhir.Found{Type: "Patient", LocalID: "p1", Malformed: true}},
		{"a patient whose number is a number", `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":9990000018}]}`, fhir.Found{Type: "Patient", LocalID: "p1", Malformed: true}},
		{"behind a byte order mark", "\ufeff" + `{"resourceType":"Patient","id":"p1"}`, fhir.Found{Type: "Patient", LocalID: "p1"}},
		{"by reference", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"}}`, fhir.Found{Type: "Observation", LocalID: "p1"}},
		{"by version", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1/_history/2"}}`, fhir.Found{Type: "Observation", LocalID: "p1"}},
		{"by number", `{"resourceType":"AllergyIntolerance","id":"1","patient":{"identifier":` + own + `}}`, fhir.Found{Type: "AllergyIntolerance", Number: ownNumber}},
		{"by participant", `{"resourceType":"Appointment","id":"1","participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/p1"}}]}`, fhir.Found{Type: "Appointment", LocalID: "p1"}},
		{"elsewhere", `{"resourceType":"Observation","id":"1","subject":{"reference":"http://x.example/Patient/p1"}}`, fhir.Found{Type: "Observation"}},
		{"a group", `{"resourceType":"Observation","id":"1","subject":{"reference":"Group/p1"}}`, fhir.Found{Type: "Observation"}},
		{"nobody's", `{"resourceType":"Organization","id":"1"}`, fhir.Found{Type: "Organization"}},
		{"never released", `{"resourceType":"Basic","id":"1","subject":{"reference":"Patient/p1"}}`, fhir.Found{Type: "Basic"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fhir.PatientOf([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, compareNumbers); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, body := range map[string]string{
		"two patients":          `{"resourceType":"Appointment","id":"1","participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"Patient/p2"}}]}`,
		"a number that is none": `{"resourceType":"Observation","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"0000000000"}}}`,
		"two byte order marks":  "\ufeff\ufeff" + `{"resourceType":"Patient","id":"p1"}`,
		"no id":                 `{"resourceType":"Patient"}`,
		"equal names":           `{"resourceType":"Observation","subject":{"reference":"Patient/p1"},"subject":{"reference":"Patient/p2"}}`,
		"no resource":           `{"subject":{"reference":"Patient/p1"}}`,
		"an array":              `[]`,
		"nothing":               ``,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := fhir.PatientOf([]byte(body)); !errors.Is(err, fhir.ErrNotUnderstood) || got.Type != "" || got.LocalID != "" || !got.Number.IsZero() {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestPatientsIn(t *testing.T) {
	const patient = `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
	found := fhir.Found{Type: "Patient", LocalID: "p1", Number: ownNumber}
	for _, c := range []struct {
		name string
		body []byte
		want []fhir.Found
	}{
		{"none", []byte(`{"resourceType":"Bundle","type":"searchset","total":0}`), nil},
		{"one", bundleOf(patient), []fhir.Found{found}},
		{"two", bundleOf(patient, `{"resourceType":"Patient","id":"p2"}`), []fhir.Found{found, {Type: "Patient", LocalID: "p2"}}},
		{"others", bundleOf(patient, `entry {"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}`, `include {"resourceType":"Organization","id":"1"}`), []fhir.Found{found}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fhir.PatientsIn(c.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, compareNumbers); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, body := range map[string][]byte{
		"a patient not understood": bundleOf(patient, `{"resourceType":"Patient","id":"p2","id":"p1"}`),
		"an entry not understood":  bundleOf(patient, `entry {}`),
		"a single patient":         []byte(patient),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := fhir.PatientsIn(body); !errors.Is(err, fhir.ErrNotUnderstood) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
