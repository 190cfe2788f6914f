package broker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

// walkingKit refuses everything, and stops a person after three patients.
func walkingKit(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	k.decision = deny
	walking := broker.NewWalking(3, time.Minute)
	k.configure = func(c *broker.Config) { c.Walking = walking }
	return k
}

func TestAttack126APersonWhoTriesOnePatientAfterAnotherIsStopped(t *testing.T) {
	for name, target := range map[string]string{
		"by the source's id": "/fhir/Observation?patient=p%d",
		"by reading":         "/fhir/Observation/o%d",
		"by reading Patient": "/fhir/Patient/p%d",
	} {
		t.Run(name, func(t *testing.T) {
			k := walkingKit(t)
			var last *httptest.ResponseRecorder
			for i := range 4 {
				last = k.get(fmt.Sprintf(target, i))
			}
			closed(t, last, http.StatusTooManyRequests, "too-many-requests")
			if rec := k.record.records[3]; !rec.Alert || rec.Outcome != audit.Refused {
				t.Errorf("record %+v", rec)
			}
		})
	}
}

// The refusal of a Consent tells who opted out, as the refusal of a view does.
func TestAttack126NobodyWalksByRecordingPermissions(t *testing.T) {
	k := walkingKit(t)
	var last *httptest.ResponseRecorder
	for _, number := range []string{"9990000018", "9990000026", "9990000034", "9990000042"} {
		last = k.post(strings.Replace(consent, "9990000018", number, 1))
	}
	closed(t, last, http.StatusTooManyRequests, "too-many-requests")
	if rec := k.record.records[3]; !rec.Alert || k.change.commits != 0 {
		t.Errorf("%d commits, record %+v", k.change.commits, rec)
	}
}

// A false stop harms too: a program that asks for one stale id again and again
// tries no other patient.
func TestAskingForTheSameAgainIsNotWalking(t *testing.T) {
	for _, target := range []string{search, "/fhir/Observation/o1", "/fhir/Patient/p1", byNumber} {
		k := walkingKit(t)
		for range 10 {
			if w := k.get(target); w.Code == http.StatusTooManyRequests {
				t.Errorf("%s: stopped", target)
				break
			}
		}
	}
}

// Whoever may see a patient sees them, whatever they were refused before: a wrong
// refusal at night harms.
func TestAPersonWhoWalksStillSeesWhomTheyMay(t *testing.T) {
	k := walkingKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	for i := range 4 {
		k.get(fmt.Sprintf("/fhir/Observation?patient=x%d", i))
	}
	k.decision = permit(t)
	if w := k.get(search); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Attack 340: ids of one patient, and ids of several or of nobody, stop a person at the
// same moment: it would tell whose an item is, and that it is there.
func TestAttack340TheMomentOfTheStopTellsNobodysItems(t *testing.T) {
	for name, asked := range map[string][]string{
		"two items of one patient":      {"Observation/o1", "Condition/c1", "Observation/none"},
		"an item and its patient":       {"Observation/o1", "Patient/p1", "Observation/none"},
		"a patient by id and by number": {"Observation?patient=p1", strings.TrimPrefix(byNumber, "/fhir/"), "Observation/none"},
		"nobody's":                      {"Observation/none1", "Condition/none2", "Observation/none"},
	} {
		t.Run(name, func(t *testing.T) {
			k := walkingKit(t)
			k.source = sourceOf(map[string]string{
				"Patient/p1": patient, "Observation/o1": observation,
				"Condition/c1": `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}`,
			})
			get := k.staying()
			for _, target := range asked {
				if w := get("/fhir/" + target); w.Code == http.StatusTooManyRequests {
					t.Errorf("%s: stopped before the third", target)
				}
			}
			if w := get("/fhir/Observation/another"); w.Code != http.StatusTooManyRequests {
				t.Errorf("%d, though three were asked for", w.Code)
			}
		})
	}
}
