package fhir_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// Attack 302: an id that is no string is not understood, wherever it is read, and nothing
// breaks. FuzzFilter asks for searchsets; a read and a history look at the id too.
func TestAttack302AnIDOfAnotherKind(t *testing.T) {
	for _, id := range []string{`1`, `-0`, `null`, `true`, `{}`, `[]`, `["1"]`, `{"id":"1"}`, `"1\u0031"`, `""`} {
		resource := fmt.Sprintf(`{"resourceType":"Observation","id":%s,"subject":{"reference":"Patient/p1"}}`, id)
		for name, ask := range map[string]fhir.Request{
			"read":  {Interaction: fhir.Read, Type: "Observation", ID: "1"},
			"vread": {Interaction: fhir.VRead, Type: "Observation", ID: "1", Version: "1"},
		} {
			if got, err := fhir.Filter([]byte(resource), ask, owner, permissionPlan(), fhir.Links{Base: brokerBase}); !errors.Is(err, fhir.ErrNotUnderstood) || got.Body != nil {
				t.Errorf("%s of an id %s: %v, %s", name, id, err, got.Body)
			}
		}
		got, err := fhir.Filter([]byte(`{"resourceType":"Bundle","type":"history","entry":[{"resource":`+resource+`}]}`),
			fhir.Request{Interaction: fhir.History, Type: "Observation", ID: "1"}, owner, permissionPlan(), fhir.Links{Base: brokerBase})
		if err != nil || len(got.Released) != 0 || got.Withheld["not-understood"] != 1 {
			t.Errorf("history with an id %s: %v, %s, %v", id, err, got.Body, got.Withheld)
		}
		if _, err := fhir.PatientOf([]byte(resource)); err != nil && !errors.Is(err, fhir.ErrNotUnderstood) {
			t.Errorf("whose an id %s is: %v", id, err)
		}
		if found, err := fhir.Examine([]byte(resource), owner, permissionPlan(), fhir.Links{}); err == nil && found.ID != "" {
			t.Errorf("examined, an id %s is %q", id, found.ID)
		}
	}
}

// Attack 303: a history of one item with an entry of another type, of the same id. A place
// has no patient, and was taken for what comes along.
func TestAttack303AHistoryHoldsNoItemOfAnotherType(t *testing.T) {
	for _, other := range []string{
		`{"resourceType":"Location","id":"1","name":"CANARY"}`, `{"resourceType":"Practitioner","id":"1","name":[{"family":"CANARY"}]}`,
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":[{"text":"CANARY"}]}`,
		`{"resourceType":"Patient","id":"1","name":[{"family":"CANARY"}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`,
	} {
		for _, mode := range []string{"", `,"search":{"mode":"include"}`, `,"search":{"mode":"match"}`} {
			body := `{"resourceType":"Bundle","type":"history","entry":[{"resource":` + other + mode + `}]}`
			got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.History, Type: "Observation", ID: "1"}, owner, permissionPlan(), fhir.Links{Base: brokerBase})
			if err != nil || len(got.Released) != 0 {
				t.Errorf("%s%s: %v, %s", other, mode, err, got.Body)
			}
		}
	}
}
