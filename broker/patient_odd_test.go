package broker_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

const secondNumber = `,{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`

// oddPatients are what a source may say of Patient/p1 that does not tell who they are.
var oddPatients = map[string]string{
	"two NHS numbers":             strings.Replace(patient, `"9990000018"}`, `"9990000018"}`+secondNumber, 1),
	"a number that nobody has":    strings.Replace(patient, "9990000018", "0000000000", 1),
	"another that nobody has":     strings.Replace(patient, "9990000018", "9999999999", 1),
	"a number with blanks":        strings.Replace(patient, "9990000018", "999 000 0018", 1),
	"a number that is a number":   strings.Replace(patient, `"9990000018"`, `9990000018`, 1),
	"an id of another":            strings.Replace(patient, `"p1"`, `"p2"`, 1),
	"a name that stands twice":    strings.Replace(patient, `"id"`, `"id":"p1","id"`, 1),
	"another type":                observation,
	"an array":                    `[]`,
	"nothing":                     ``,
	"a page":                      `<html><body>` + canary + `</body></html>`,
	"behind two byte order marks": "\ufeff\ufeff" + patient,
}

// TestAttack097APatientWhoCannotBeToldLooksLikeAnyID: a stranger, who asks by the source's
// id, learns nothing from the answer, whatever the source says of it.
func TestAttack097APatientWhoCannotBeToldLooksLikeAnyID(t *testing.T) {
	for name, odd := range oddPatients {
		t.Run(name, func(t *testing.T) {
			there, notThere := newKit(t), newKit(t)
			there.decision, notThere.decision = deny, deny
			there.source = sourceOf(map[string]string{"Patient/p1": odd, searchTarget: result, "Observation/o1": observation})
			notThere.source = sourceOf(nil)
			for _, target := range []string{search, "/fhir/Patient/p1", "/fhir/Patient/p1/Observation", "/fhir/Observation/o1"} {
				there.record.records, notThere.record.records = nil, nil
				got, want := there.get(target), notThere.get(target)
				if diff := cmp.Diff(shape(want), shape(got)); diff != "" || got.Code >= 500 {
					t.Errorf("%s: %d\n%s", target, got.Code, diff)
				}
				if rec := there.only(); rec.Outcome != audit.Refused || rec.PatientHMAC != "" {
					t.Errorf("%s: recorded as %s about %q", target, rec.Outcome, rec.PatientHMAC)
				}
			}
		})
	}
}

// TestAttack117APatientOfTwoNumbersIsNotGuessed: whoever may see any patient of the source
// is told that this one cannot be told, by id and by number alike; where the registry
// knows both numbers as one person's there is nothing to guess.
func TestAttack117APatientOfTwoNumbersIsNotGuessed(t *testing.T) {
	two := oddPatients["two NHS numbers"]
	const byItsNumber = "/fhir/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018"
	answers := map[string]string{
		"Patient/p1": two, searchTarget: result, "Observation/o1": observation, askForNumber: bundle(entry(two)),
		"Patient?_count=50&identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018": bundle(entry(two)),
	}
	for _, target := range []string{search, byNumber, byItsNumber, "/fhir/Patient/p1", "/fhir/Observation/o1"} {
		k := newKit(t)
		k.source = sourceOf(answers)
		w := k.get(target)
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "patient-ambiguous-at-source") || strings.Contains(w.Body.String(), canary) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if rec := k.only(); len(rec.Resources) > 0 {
			t.Errorf("%s: %v is recorded as shown", target, rec.Resources)
		}
	}
	odd := oddPatients["a number that nobody has"]
	for _, target := range []string{search, "/fhir/Patient/p1", "/fhir/Observation/o1"} {
		k := newKit(t)
		k.source = sourceOf(map[string]string{"Patient/p1": odd, searchTarget: result, "Observation/o1": observation})
		closed(t, k.get(target), http.StatusBadGateway, "source-answer-not-understood")
	}
}

// TestAttack093AByteOrderMarkChangesNothing: with one, every answer is read as it is
// without, so that none tells more than another, and none of them leaves.
func TestAttack093AByteOrderMarkChangesNothing(t *testing.T) {
	answers := map[string]string{
		"Patient/p1": patient, searchTarget: result, "Observation/o1": observation, askForNumber: bundle(entry(patient)),
		"Patient?_count=50&identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018": bundle(entry(patient)),
	}
	marked := map[string]string{}
	for target, body := range answers {
		marked[target] = "\ufeff" + body
	}
	for _, target := range []string{search, byNumber, "/fhir/Patient/p1", "/fhir/Observation/o1", "/fhir/Observation/none"} {
		with, without := newKit(t), newKit(t)
		with.source, without.source = sourceOf(marked), sourceOf(answers)
		got, want := with.get(target), without.get(target)
		if diff := cmp.Diff(shape(want), shape(got)); diff != "" || strings.Contains(got.Body.String(), "\ufeff") {
			t.Errorf("%s: %d\n%s", target, got.Code, diff)
		}
		if a, b := with.only(), without.only(); a.Outcome != b.Outcome || len(a.Resources) != len(b.Resources) {
			t.Errorf("%s: recorded as %s, without the mark as %s", target, a.Outcome, b.Outcome)
		}
	}
	if _, err := fhir.PatientsIn([]byte("\ufeff" + bundle(entry(patient)))); err != nil {
		t.Error(err)
	}
}
