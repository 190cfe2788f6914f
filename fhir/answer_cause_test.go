package fhir_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// A cause names the element, and never what stands there.
func TestACauseNamesTheElement(t *testing.T) {
	const own = `"subject":{"reference":"Patient/p1"}`
	for name, c := range map[string]struct {
		resource string
		want     fhir.Cause
	}{
		"no category and no code":       {`{"resourceType":"DiagnosticReport","id":"1",` + own + `}`, fhir.Cause{Type: "DiagnosticReport", Element: "DiagnosticReport.code", Reason: "not-classified"}},
		"a category that no rule lists": {`{"resourceType":"DiagnosticReport","id":"1",` + own + `,"category":[{"coding":[{"system":"s","code":"X","display":"secret"}]}]}`, fhir.Cause{Type: "DiagnosticReport", Element: "DiagnosticReport.category", Code: "s|X", Reason: "not-classified"}},
		"a category in words":           {`{"resourceType":"DiagnosticReport","id":"1",` + own + `,"category":[{"text":"secret"}]}`, fhir.Cause{Type: "DiagnosticReport", Element: "DiagnosticReport.category.text", Reason: "not-classified"}},
		"a code that no list has":       {`{"resourceType":"DiagnosticReport","id":"1",` + own + `,"code":{"coding":[{"system":"s","code":"X"}]}}`, fhir.Cause{Type: "DiagnosticReport", Element: "DiagnosticReport.code", Code: "s|X", Reason: "not-classified"}},
		"another patient":               {`{"resourceType":"Condition","id":"1",` + own + `,"evidence":[{"detail":[{"reference":"Patient/p2"}]}]}`, fhir.Cause{Type: "Condition", Element: "Condition.evidence.detail.reference", Reason: "other-patient"}},
		"another's number":              {`{"resourceType":"Condition","id":"1",` + own + `,"asserter":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}}`, fhir.Cause{Type: "Condition", Element: "Condition.asserter.identifier.value", Reason: "other-patient"}},
		"a subject that is not an id":   {`{"resourceType":"Condition","id":"1","subject":{"reference":"urn:uuid:1"}}`, fhir.Cause{Type: "Condition", Element: "Condition.subject.reference", Reason: "no-patient"}},
		"an odd id":                     {`{"resourceType":"Condition","id":"a|b",` + own + `}`, fhir.Cause{Type: "Condition", Element: "Condition.id", Reason: "not-understood"}},
		"two equal names":               {`{"resourceType":"Condition","id":"1",` + own + `,"note":[{"text":"a","text":"b"}]}`, fhir.Cause{Type: "Condition", Element: "Condition.note", Reason: "not-understood"}},
		"a label":                       {`{"resourceType":"Condition","id":"1","meta":{"security":[{"system":"s","code":"R"}]},` + own + `}`, fhir.Cause{Type: "Condition", Element: "Condition.meta.security", Reason: "label-withheld"}},
		"a type that is not released":   {`{"resourceType":"AuditEvent","id":"1"}`, fhir.Cause{Type: "AuditEvent", Element: "AuditEvent", Reason: "type-not-allowed"}},
		"a name that is none of FHIR's": {`{"resourceType":"Condition","id":"1",` + own + `,"Mrs_Smith":{"x":{"reference":"Patient/p2"}}}`, fhir.Cause{Type: "Condition", Element: "Condition", Reason: "other-patient"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fhir.Examine([]byte(c.resource), owner, permissionPlan(), fhir.Links{})
			if err != nil || len(got.Causes) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
			if diff := cmp.Diff(c.want, got.Causes[0]); diff != "" {
				t.Error(diff)
			}
			if got.Reason != c.want.Reason {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}
