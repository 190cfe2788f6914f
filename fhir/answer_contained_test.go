package fhir_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// within is an Encounter of the patient that contains a resource and names it.
func within(contained string) string {
	return `{"resourceType":"Encounter","id":"1","text":{"status":"generated","div":"<div>told</div>"},"contained":[` + contained +
		`],"subject":{"reference":"Patient/p1"},"reasonReference":[{"reference":"#c","display":"told"}],"status":"finished"}`
}

func TestContainedHelpersGoWithTheirHost(t *testing.T) {
	for _, typ := range []string{
		"Device", "Coverage", "Substance", "Questionnaire", "Slot", "Schedule", "Provenance", "Specimen", "BodyStructure",
		"Location", "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Medication",
	} {
		host := within(`{"resourceType":"` + typ + `","id":"c"}`)
		if got := read(t, permissionPlan(), host); got != host {
			t.Errorf("%s: %s", typ, got)
		}
	}
}

func TestWhatDoesNotGoWithItsHostIsCutOutWithTheReferencesToIt(t *testing.T) {
	const want = `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"status":"finished","meta":{"tag":[` + tag + `]}}`
	for name, contained := range map[string]string{
		"a type that is never shown":       `{"resourceType":"AuditEvent","id":"c"}`,
		"an address at the source":         `{"resourceType":"Endpoint","id":"c","address":"http://source.internal/x"}`,
		"a category outside the plan":      `{"resourceType":"Observation","id":"c","category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/category","code":"social-care"}]}]}`,
		"what no rule of the lists places": `{"resourceType":"Flag","id":"c"}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fhir.Filter([]byte(within(contained)), fhir.Request{Interaction: fhir.Read, Type: "Encounter", ID: "1"}, owner, permissionPlan(), fhir.Links{Base: brokerBase})
			if err != nil || string(got.Body) != want {
				t.Fatalf("%v: %s", err, got.Body)
			}
			if !got.Released[0].InPart {
				t.Error("it is not told as shown in part")
			}
			if diff := cmp.Diff([]fhir.Cause{{Type: "Encounter", Element: "Encounter.contained", Reason: fhir.InPart}}, got.Causes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is cut out is judged first: a label, a sensitive code or another patient inside
// withholds the host, whose other words are about the same thing.
func TestWhatIsCutOutIsJudgedFirst(t *testing.T) {
	for contained, want := range map[string]string{
		`{"resourceType":"AuditEvent","id":"c","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]}}`:                   "label-withheld",
		`{"resourceType":"Claim","id":"c","diagnosis":[{"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}}]}`:    "label-withheld",
		`{"resourceType":"Group","id":"c","member":[{"entity":{"reference":"Patient/p2"}}]}`:                                             "other-patient",
		`{"resourceType":"Basic","id":"c","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}}`: "other-patient",
		`{"resourceType":"Bundle","id":"c","entry":[{"resource":{"resourceType":"Patient","id":"p2"}}]}`:                                 "not-understood",
		`{"resourceType":"audit event","id":"c"}`: "not-understood",
		`{"id":"c"}`: "not-understood",
	} {
		if got := verdict(t, permissionPlan(), within(contained)); got != want {
			t.Errorf("%s: %s, want %s", contained, got, want)
		}
	}
}

// Of two contained resources with one id nobody knows which is meant.
func TestTwoContainedOfOneIdAreNotUnderstood(t *testing.T) {
	two := within(`{"resourceType":"AuditEvent","id":"c"},{"resourceType":"Practitioner","id":"c"}`)
	if got := verdict(t, permissionPlan(), two); got != "not-understood" {
		t.Error(got)
	}
}

func TestAnEntryInPartIsToldInTheAnswer(t *testing.T) {
	_, b := cut(t, "Encounter", permissionPlan(), bundleOf(within(`{"resourceType":"AuditEvent","id":"c"}`)))
	if len(b.Entry) != 2 || !strings.Contains(string(b.Entry[1].Resource), `"some-information-in-part"`) {
		t.Errorf("%+v", b.Entry)
	}
}

func TestAttack150WhatHasNoPatientHoldsNothingThatHasOne(t *testing.T) {
	for _, contained := range []string{
		`{"resourceType":"Condition","id":"c"}`, `{"resourceType":"Patient","id":"c"}`, `{"resourceType":"Specimen","id":"c"}`,
	} {
		examined, err := fhir.Examine([]byte(`{"resourceType":"Medication","id":"m","contained":[`+contained+`]}`), owner, permissionPlan(), fhir.Links{})
		if err != nil || examined.Reason != "type-not-allowed" {
			t.Errorf("%s: %+v, %v", contained, examined, err)
		}
	}
}

// Included for the sake of a reference, read by itself or contained, with a subject or
// without: an organisation, a place, a member of staff or a medicine is no cover for what
// is clinical. The types are those that HL7 gives a patient, and some that have none.
func TestAttack150NothingClinicalComesAlongInWhatHasNoPatient(t *testing.T) {
	clinical := []string{"Medication", "Substance", "Questionnaire", "Slot", "Schedule", "Provenance", "Patient", "RelatedPerson", "Device"}
	for typ := range patientOf {
		clinical = append(clinical, typ)
	}
	encounter := `{"resourceType":"Encounter","id":"1","subject":{"reference":"Patient/p1"},"serviceProvider":{"reference":"%s/x"}}`
	for _, host := range []string{"Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "Medication"} {
		for _, typ := range clinical {
			if host == "Medication" && (typ == "Medication" || typ == "Substance") {
				continue
			}
			for _, members := range []string{
				`"code":{"text":"CANARY"}`, `"code":{"text":"CANARY"},"subject":{"reference":"Patient/p1"}`, `"code":{"text":"CANARY"},"patient":{"display":"CANARY"}`, `"status":"final","note":[{"text":"CANARY"}]`,
			} {
				inside := `{"resourceType":"` + host + `","id":"x","contained":[{"resourceType":"` + typ + `","id":"c",` + members + `}],"extension":[{"url":"y","valueReference":{"reference":"#c"}}]}`
				plan := permissionPlan()
				plan.Categories, plan.Labels = append(classes.Classes(), "unclassified"), []string{"*"}
				got, b := cut(t, "Encounter", plan, bundleOf(fmt.Sprintf(encounter, host), "include "+inside))
				if strings.Contains(string(got.Body), "CANARY") || len(got.Released) != 1 || len(b.Entry) != 2 {
					t.Errorf("%s in an included %s: %d released: %s", typ, host, len(got.Released), got.Body)
				}
				if single, err := fhir.Filter([]byte(inside), fhir.Request{Interaction: fhir.Read, Type: host, ID: "x"}, owner, plan, fhir.Links{Base: brokerBase}); len(single.Body) > 0 {
					t.Errorf("%s in a %s that is read: %s, %v", typ, host, single.Body, err)
				}
			}
		}
		for _, typ := range []string{"Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService"} {
			_, b := cut(t, "Encounter", permissionPlan(), bundleOf(fmt.Sprintf(encounter, host), `include {"resourceType":"`+host+`","id":"x","contained":[{"resourceType":"`+typ+`","id":"c","active":true}]}`))
			if len(b.Entry) != 2 || strings.Contains(string(b.Entry[1].Resource), "OperationOutcome") {
				t.Errorf("%s in a %s is held", typ, host)
			}
		}
		// What is never offered is cut out of its host, with what refers to it and the narrative.
		got, _ := cut(t, "Encounter", permissionPlan(), bundleOf(fmt.Sprintf(encounter, host),
			`include {"resourceType":"`+host+`","id":"x","text":{"status":"generated","div":"<div>CANARY</div>"},"contained":[{"resourceType":"Claim","id":"c","code":"CANARY"}],"extension":[{"url":"y","valueReference":{"reference":"#c","display":"CANARY"}}]}`))
		if strings.Contains(string(got.Body), "CANARY") || len(got.Released) != 2 {
			t.Errorf("a Claim in a %s: %s", host, got.Body)
		}
	}
}

// A subject that is the contained Patient is understood by search and by read alike.
func TestAContainedPatientIsFoundByARead(t *testing.T) {
	body := func(number string) []byte {
		return []byte(`{"resourceType":"Condition","id":"1","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` +
			number + `"}]}],"subject":{"reference":"#p"}}`)
	}
	found, err := fhir.PatientOf(body("9990000018"))
	if err != nil || found.Number.Digits() != "9990000018" || found.LocalID != "" {
		t.Errorf("%+v, %v", found, err)
	}
	for number, want := range map[string]string{"9990000018": "", "9990000026": "other-patient"} {
		examined, _ := fhir.Examine(body(number), owner, permissionPlan(), fhir.Links{})
		if examined.Reason != want {
			t.Errorf("%s: %+v", number, examined)
		}
	}
}

func TestAnOldNumberOnThePatientIsLeftOut(t *testing.T) {
	const own = `{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`
	patient := func(other string) string {
		return `{"resourceType":"Patient","id":"p1","identifier":[` + own + `,` + other + `]}`
	}
	old := patient(`{"use":"old","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`)
	if got := read(t, permissionPlan(), old); got != `{"resourceType":"Patient","id":"p1","identifier":[`+own+`],"meta":{"tag":[`+tag+`]}}` {
		t.Error(got)
	}
	for _, other := range []string{
		`{"use":"official","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`,
		`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`,
		`{"use":["old"],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`,
	} {
		if got := verdict(t, permissionPlan(), patient(other)); got != "other-patient" {
			t.Errorf("%s: %s", other, got)
		}
	}
	alone := `{"resourceType":"Patient","id":"p9","identifier":[{"use":"old","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`
	if got := verdict(t, permissionPlan(), alone); got != "other-patient" {
		t.Errorf("a Patient of an old number alone: %s", got)
	}
	if slices.Contains(owner.LocalIDs, "p9") {
		t.Fatal("the test means a stranger")
	}
}
