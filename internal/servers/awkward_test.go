//go:build servers

package servers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/nhs"
)

// A source may hold what it should not: the broker judges each entry by itself.
func awkwardEntries(t *testing.T, w world) {
	s := newStand(t, w)
	p, b := w.patients[3], w.patients[1]
	s.know(admitted(p, hospital))
	s.permit(visitor, p)
	before := s.truth("/Observation?" + byID(p))
	other := object{"reference": "Patient/" + b.LocalID}
	s.holds("Observation/aw-plain", result(p, nil))
	s.holds("Observation/aw-label", result(p, object{"meta": object{"security": []any{object{
		"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}}}))
	s.holds("Observation/aw-performer", result(p, object{"performer": []any{other}})) // attack 82
	s.holds("Observation/aw-focus", result(p, object{"focus": []any{other}}))
	s.holds("Observation/aw-contained", result(p, object{ // attack 80
		"contained": []any{object{"resourceType": "Patient", "id": "x",
			"identifier": []any{object{"system": nhs.NumberSystem, "value": b.Number.Digits()}}}},
		"performer": []any{object{"reference": "#x"}},
	}))
	s.holds("Observation/aw-unsaid", object{"resourceType": "Observation", "status": "final", "code": object{"text": "x"}, "subject": ref(p)})

	want := s.truth("/Observation?_id=aw-plain")
	for id, resource := range before {
		want[id] = resource
	}
	got, withheld := s.search(visitor, "/Observation?_count=200&"+byID(p))
	s.same("awkward entries", want, got)
	if !withheld {
		t.Error("nothing says that something is not shown")
	}
	for _, id := range []string{"aw-label", "aw-performer", "aw-focus", "aw-contained", "aw-unsaid"} {
		s.alike(s.get(visitor, "/Observation/"+id), s.get(visitor, "/Observation/no-such-id"), 404)
	}
	// The holder's own staff see what is labelled and what is of no category, and
	// still nothing of another patient.
	got, _ = s.search(consultant, "/Observation?_count=200&"+byID(p))
	for id, seen := range map[string]bool{"aw-plain": true, "aw-label": true, "aw-unsaid": true,
		"aw-performer": false, "aw-focus": false, "aw-contained": false} {
		if _, there := got["Observation/"+id]; there != seen {
			t.Errorf("own record: %s is shown: %v", id, there)
		}
	}
	counted := false
	for _, rec := range s.records() {
		if rec.Withheld["other-patient"] == 3 && rec.Withheld["label-withheld"] == 1 && rec.Withheld["not-classified"] == 1 {
			counted = true
		}
	}
	if !counted {
		t.Error("no record counts what was withheld, by its reasons")
	}
}

// Two patients of one number: the broker does not guess (attack 117). A number
// that was replaced is the same person's (attack 115).
func numbers(t *testing.T, w world) {
	s := newStand(t, w)
	a, p := w.patients[0], w.patients[4]
	old := servers.Number(500)
	s.know(registered(a), admitted(a, hospital), admitted(p, hospital), object{
		"resourceType": "Patient", "id": "old", "identifier": []any{object{"system": nhs.NumberSystem, "value": old.Digits()}},
		"link": []any{object{"type": "replaced-by", "other": patientRef(a)}},
	})
	s.permit(visitor, a)
	s.permit(visitor, p)
	before := a
	before.Number = old
	got, _ := s.search(visitor, "/Condition?"+byNumber(before))
	s.same("asked by a number that was replaced", s.truth("/Condition?"+byID(a)), got)

	s.holds("Patient/double", object{"resourceType": "Patient",
		"identifier": []any{object{"system": nhs.NumberSystem, "value": p.Number.Digits()}}})
	s.is(s.get(visitor, "/Condition?"+byNumber(p)), 409, "patient-ambiguous-at-source")
	s.is(s.get(visitor, "/Patient?"+strings.TrimPrefix(byNumber(p), "patient.")), 409, "patient-ambiguous-at-source")
}

func ref(p servers.Patient) object { return object{"reference": "Patient/" + p.LocalID} }

// result is a laboratory result of a patient, with changes.
func result(p servers.Patient, changes object) object {
	r := object{
		"resourceType": "Observation", "status": "final", "subject": ref(p), "code": object{"text": "Haemoglobin"},
		"category": []any{concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")},
	}
	for key, value := range changes {
		r[key] = value
	}
	return r
}

// holds puts a resource on HAPI itself, until the test's end.
func (s *stand) holds(id string, resource object) {
	s.t.Helper()
	_, resource["id"], _ = strings.Cut(id, "/")
	s.toHAPI(http.MethodPut, id, s.encoded(resource))
	s.t.Cleanup(func() { s.toHAPI(http.MethodDelete, id, "") })
}

func (s *stand) toHAPI(method, id, body string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.hapi+"/"+id, strings.NewReader(body))
	s.must(err)
	r.Header.Set("Content-Type", "application/fhir+json")
	resp, err := client.Do(r)
	s.must(err)
	s.must(resp.Body.Close())
	if resp.StatusCode >= 300 {
		s.t.Fatalf("%s %s at HAPI itself: %s", method, id, resp.Status)
	}
}
