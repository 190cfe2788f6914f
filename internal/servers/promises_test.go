//go:build servers

package servers_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/internal/servers"
)

const (
	laboratory = "category=http://terminology.hl7.org/CodeSystem/observation-category%7Claboratory"
	labReports = "category=http://terminology.hl7.org/CodeSystem/v2-0074%7CLAB"
)

// Staff of the organisation that holds the record see all of it, as it is.
func ownRecord(t *testing.T, w world) {
	s := newStand(t, w)
	for i, p := range w.patients {
		for _, typ := range []string{"Observation", "Condition", "DiagnosticReport", "MedicationRequest", "Encounter", "Procedure",
			"Immunization", "AllergyIntolerance", "CarePlan", "CareTeam"} {
			got, withheld := s.search(consultant, "/"+typ+"?"+byID(p))
			want := s.truth("/" + typ + "?" + byID(p))
			if withheld {
				t.Errorf("patient %d, %s: something is withheld", i, typ)
			}
			s.whole(fmt.Sprintf("patient %d, %s", i, typ), want, got)
		}
	}
	for _, rec := range s.records() {
		if !slices.Contains(rec.Reasons, "own-record") {
			t.Errorf("record %d has the reasons %v", rec.Sequence, rec.Reasons)
		}
	}
}

// same compares what the broker gave with what HAPI gives: the same resources,
// each with the same content, but for what others are called that are not shown beside
// it (attack 85).
func (s *stand) same(what string, want, got map[string]map[string]any, brought ...string) {
	s.t.Helper()
	s.compare(what, want, got, func(v any) any { return unnamed(released(v), brought) })
}

// whole compares what a source's own staff were given: nothing is taken out.
func (s *stand) whole(what string, want, got map[string]map[string]any) {
	s.t.Helper()
	s.compare(what, want, got, released)
}

func (s *stand) compare(what string, want, got map[string]map[string]any, leaves func(any) any) {
	s.t.Helper()
	if w, g := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); !slices.Equal(w, g) {
		s.t.Errorf("%s: the source has %d, the broker gave %d, and they differ", what, len(w), len(g))
		return
	}
	for id := range want {
		if diff := cmp.Diff(leaves(want[id]), any(got[id])); diff != "" {
			s.t.Errorf("%s: %s was changed on its way (-source +broker):\n%s", what, id, diff)
			return
		}
	}
}

// released is a resource as it leaves when nothing of it is withheld: without
// where the source had it from, and without the free text of references to the
// patient (attack 86).
func released(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = released(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = released(value)
		}
		if meta, ok := out["meta"].(map[string]any); ok && out["resourceType"] != nil {
			delete(meta, "source")
		}
		if to, ok := out["reference"].(string); ok && strings.HasPrefix(to, "Patient/") {
			delete(out, "display")
		}
		return out
	}
	return v
}

// unnamed is a resource without what it calls entries of the record; in the elements that
// brought these along they are named.
func unnamed(v any, brought []string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unnamed(v[i], brought)
		}
	case map[string]any:
		for key, value := range v {
			if !slices.Contains(brought, key) {
				v[key] = unnamed(value, brought)
			}
		}
		to, _ := v["reference"].(string)
		switch typ, _, _ := strings.Cut(to, "/"); typ {
		case "", "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService", "Endpoint":
		default:
			delete(v, "display")
		}
	}
	return v
}

// A professional elsewhere sees a record when the patient was asked, and no
// longer when the patient takes it back.
func permission(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(registered(a), registered(b), admitted(a, hospital), admitted(b, hospital))
	ask := "/Observation?" + byID(a)

	s.is(s.get(stranger, ask), 403, "no-active-care-relationship")
	s.is(s.get(visitor, ask), 403, "permission-needed")
	for _, target := range s.reached() {
		if target != "/fhir/Patient/"+a.LocalID {
			t.Errorf("a refused search reached the source beyond asking whose it is")
		}
	}
	given := s.permit(visitor, a)
	if n := len(s.reached()); n != 0 {
		t.Errorf("recording a permission asked the source %d times", n)
	}
	got, withheld := s.search(visitor, ask)
	s.same("with permission", s.truth("/Observation?"+byID(a)), got)
	if withheld {
		t.Error("with permission something is withheld that the plan has")
	}
	s.reportsArriveWhole(a)

	s.is(s.get(colleague, ask), 403, "permission-needed")                   // attack 108
	s.is(s.get(visitor, "/Observation?"+byID(b)), 403, "permission-needed") // attack 107
	s.is(s.get(stranger, ask), 403, "no-active-care-relationship")          // attack 119
	s.is(s.get(professional{}, ask), http.StatusUnauthorized, "token-missing")
	s.is(s.post(stranger, "/Consent", "application/fhir+json", s.encoded(consent(stranger, a))), 403, "no-active-care-relationship")
	s.is(s.post(colleague, "/Consent", "application/fhir+json", s.encoded(consent(visitor, a))), 403, "statement-not-own")

	s.withdraw(visitor, a, given)
	s.is(s.get(visitor, ask), 403, "permission-withdrawn")
	s.is(s.get(visitor, "/Observation?"+byNumber(a)), 403, "permission-withdrawn")
	s.permit(visitor, a)
	s.is(s.get(visitor, ask), 200, "")

	for _, rec := range s.records() {
		if slices.Contains(rec.Reasons, "permission-to-view") && (rec.Permission == "" || rec.Relationship == "" || rec.PatientHMAC == "") {
			t.Errorf("record %d does not say on what the release rests", rec.Sequence)
		}
	}
}

// reportsArriveWhole: Synthea's laboratory reports say what they are by category, its
// notes ("History and physical") by a code of LOINC alone.
func (s *stand) reportsArriveWhole(p servers.Patient) {
	s.t.Helper()
	got, withheld := s.search(visitor, "/DiagnosticReport?"+byID(p))
	s.same("reports", s.truth("/DiagnosticReport?"+byID(p)), got)
	if withheld {
		s.t.Error("reports are held back from whoever has a permission")
	}
}

// The practice sees laboratory results without asking, and nothing else.
func routineGP(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(registered(a), admitted(b, hospital))
	for _, ask := range []string{"/Observation?" + laboratory + "&", "/DiagnosticReport?" + labReports + "&"} {
		got, withheld := s.search(gp, ask+byID(a))
		s.same("routine", s.truth(ask+byID(a)), got)
		if len(got) == 0 || withheld {
			t.Errorf("routine: %d released, withheld: %v", len(got), withheld)
		}
	}
	for _, ask := range []string{
		"/Observation?" + byID(a), // attack 121
		"/Observation?category=http://terminology.hl7.org/CodeSystem/observation-category%7Cvital-signs&" + byID(a),
		"/Observation?category=laboratory,vital-signs&" + byID(a),
		"/DiagnosticReport?" + byID(a),
		"/DiagnosticReport?category=http://loinc.org%7C34117-2&" + byID(a),
		"/Condition?" + byID(a),
		"/MedicationRequest?" + byNumber(a),
	} {
		s.is(s.get(gp, ask), 403, "permission-needed")
	}
	s.is(s.get(gp, "/Observation?"+laboratory+"&"+byID(b)), 403, "no-active-care-relationship")

	for id, resource := range s.truth("/Observation?" + byID(a)) {
		answer := s.get(gp, "/"+id)
		if isLaboratory(resource) {
			s.is(answer, 200, "")
		} else {
			s.is(answer, 404, "not-found")
		}
	}
	for _, rec := range s.records() {
		if len(rec.Reasons) > 0 && rec.Reasons[0] == "permission-needed" && rec.Interaction == "search-type" && !slices.Contains(rec.Reasons, "category-not-routine") {
			t.Errorf("record %d does not say that more than routine was asked for: %v", rec.Sequence, rec.Reasons)
		}
		for category := range rec.Categories {
			if category != "laboratory" {
				t.Errorf("record %d: %s was released", rec.Sequence, category)
			}
		}
	}
}

func isLaboratory(resource map[string]any) bool {
	return strings.Contains(fmt.Sprint(resource["category"]), "code:laboratory")
}

// An opt-out wins over everything but the holder's own staff, at once.
func optOut(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	s.know(registered(a), admitted(a, hospital))
	s.permit(visitor, a)
	ask := "/Observation?" + laboratory + "&_count=2&" + byID(a)
	first := s.searchset(s.get(visitor, ask))
	s.is(s.get(gp, ask), 200, "")

	s.know(optedOut(a))
	s.reached()
	for _, who := range []professional{visitor, gp} {
		s.is(s.get(who, ask), 403, "opted-out") // attack 111
		s.is(s.get(who, "/Observation?"+laboratory+"&"+byNumber(a)), 403, "opted-out")
		s.is(s.get(who, "/Patient/"+a.LocalID), 403, "opted-out")
	}
	s.is(s.get(visitor, first.link("next")), 403, "opted-out") // attack 104
	s.is(s.post(visitor, "/Consent", "application/fhir+json", s.encoded(consent(visitor, a))), 403, "opted-out")
	for _, target := range s.reached() {
		if target != "/fhir/Patient/"+a.LocalID {
			t.Error("a search for a patient who opted out reached the source")
		}
	}
	if refusal := s.get(visitor, ask); !strings.Contains(string(refusal.body), "01632 960001") {
		t.Error("the refusal does not say whom to telephone")
	}
	s.is(s.get(consultant, ask), 200, "")
}
