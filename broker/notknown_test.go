package broker_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

func TestWhoMaySeeAnyPatientHereIsToldThatThereIsNone(t *testing.T) {
	for _, target := range []string{"/fhir/Observation?patient=never", "/fhir/Patient?_id=never", "/fhir/Observation?patient=never&_count=0"} {
		k := newKit(t)
		k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/fhir/Patient/never" {
				t.Errorf("asked for %s", r.URL)
			}
			json(w)
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"resourceType":"OperationOutcome"}`))
		})
		w := k.get(target)
		if w.Code != http.StatusOK || strings.Count(w.Body.String(), `"resource":`) != 1 || !strings.Contains(w.Body.String(), "patient-not-known-here") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if rec := k.only(); rec.Outcome != audit.Released || rec.Reasons[0] != "patient-not-known-here" || rec.PatientHMAC != "" {
			t.Errorf("%+v", rec)
		}
	}
}

// Attack 97: nobody else is told which ids there are.
func TestAttack097AnUnknownIDIsRefusedAsAStrangerIs(t *testing.T) {
	for _, target := range []string{"/fhir/Observation?patient=", "/fhir/Patient?_id="} {
		k := newKit(t)
		k.source = sourceOf(map[string]string{"Patient/p1": patient})
		k.decision = deny
		there, never := k.get(target+"p1"), k.get(target+"never")
		closed(t, never, http.StatusForbidden, "no-active-care-relationship")
		if shape(there) != shape(never) {
			t.Errorf("%s\n%s", shape(there), shape(never))
		}
	}
}
