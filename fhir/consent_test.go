package fhir_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// consentExamples are the JSON examples of docs/consent.md, in their order.
func consentExamples(t testing.TB) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/consent.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(page, -1) {
		out = append(out, string(m[1]))
	}
	if len(out) != 4 {
		t.Fatalf("docs/consent.md has %d examples, not 4", len(out))
	}
	return out
}

func consentWant() []fhir.Consent {
	base := fhir.Consent{
		Category: fhir.PermissionToView, Status: fhir.Active, Decision: fhir.ConsentPermit,
		UserID: "555021935107",
	}
	base.Patient, _ = nhs.ParseNumber("9990000018")
	base.Organisation, _ = nhs.ParseODSCode("RXA01")
	smallest, whole, withdrawal, emergency := base, base, base, base
	smallest.How = "in-person"
	whole.How, whole.Sensitive, whole.Purpose = "telephone", true, "Review before the fracture clinic"
	whole.Sources = []string{"gp-riverside"}
	whole.Asked = time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC)
	whole.From = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	whole.Until = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	withdrawal.Status, withdrawal.Permission = fhir.Inactive, "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"
	emergency.Category = fhir.EmergencyAccess
	emergency.ReasonCode, emergency.Reason = "life-threatening", "Unconscious after a fall, medication unknown"
	emergency.Until = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	return []fhir.Consent{smallest, whole, withdrawal, emergency}
}

var compareConsents = cmp.Comparer(func(a, b nhs.Number) bool { return a == b })
var compareODS = cmp.Comparer(func(a, b nhs.ODSCode) bool { return a == b })

func TestTheExamplesOfTheConsentPageAreUnderstood(t *testing.T) {
	want := consentWant()
	for i, body := range consentExamples(t) {
		got, err := fhir.ParseConsent([]byte(body))
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if diff := cmp.Diff(want[i], got, compareConsents, compareODS); diff != "" {
			t.Errorf("example %d (-want +got):\n%s", i+1, diff)
		}
	}
}
