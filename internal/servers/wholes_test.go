//go:build servers

package servers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What Synthea makes of a patient's care.
var careTypes = []string{"Observation", "Condition", "DiagnosticReport", "MedicationRequest", "Encounter", "Procedure",
	"Immunization", "AllergyIntolerance", "CarePlan", "CareTeam", "Device"}

// HAPI keeps every version: each is judged by itself, and only where the item as it is
// now may be seen.
func versions(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(admitted(a, hospital))
	s.permit(visitor, a)
	put := func(content map[string]any) {
		body, err := json.Marshal(content)
		s.must(err)
		s.toHAPI(http.MethodPut, "Observation/versions-1", string(body))
	}
	content := map[string]any{"resourceType": "Observation", "id": "versions-1", "status": "preliminary", "code": concept("http://loinc.org", "718-7"),
		"category":    []any{concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")},
		"valueString": "CANARY-1", "subject": map[string]any{"reference": "Patient/" + b.LocalID}}
	put(content) // in another's record, by mistake
	content["subject"], content["valueString"] = map[string]any{"reference": "Patient/" + a.LocalID}, "CANARY-2"
	put(content)
	content["status"], content["valueString"] = "final", "CANARY-3"
	put(content)
	defer s.toHAPI(http.MethodDelete, "Observation/versions-1", "")

	s.is(s.get(visitor, "/Observation/versions-1"), 200, "")
	for version, status := range map[string]int{"1": 404, "2": 200, "3": 200, "4": 404} {
		got := s.get(visitor, "/Observation/versions-1/_history/"+version)
		s.is(got, status, "")
		if held := bytes.Contains(got.body, []byte("CANARY-"+version)); held != (status == 200) {
			t.Errorf("version %s: %d %s", version, got.status, got.body)
		}
	}
	var history bundle
	got := s.get(visitor, "/Observation/versions-1/_history")
	if err := json.Unmarshal(got.body, &history); err != nil || got.status != 200 || history.Type != "history" || history.Total != nil || len(history.Entry) != 2 ||
		bytes.Contains(got.body, []byte("CANARY-1")) {
		t.Errorf("%v: %d %s", err, got.status, got.body)
	}
	paged, pages := map[string]bool{}, 0
	for target := "/Observation/versions-1/_history?_count=1"; target != "" && pages < 10; pages++ {
		var b bundle
		got := s.get(visitor, target)
		s.is(got, 200, "")
		s.must(json.Unmarshal(got.body, &b))
		for _, e := range b.Entry {
			paged[fmt.Sprint(e.Resource["valueString"])] = true
		}
		target = b.link("next")
	}
	if want := map[string]bool{"CANARY-3": true, "CANARY-2": true}; !maps.Equal(paged, want) {
		t.Errorf("page by page: %v in %d pages", paged, pages)
	}
	for _, target := range []string{"/Observation/versions-1/_history/2", "/Observation/versions-1/_history"} {
		s.alike(s.get(stranger, target), s.get(stranger, "/Observation/no-such-id"), 404)
	}
	s.is(s.get(consultant, "/Patient/"+a.LocalID+"/_history/1"), 200, "")

	// It goes to the other's record: none of its versions is this patient's affair now.
	content["subject"] = map[string]any{"reference": "Patient/" + b.LocalID}
	put(content)
	for _, target := range []string{"/Observation/versions-1/_history/2", "/Observation/versions-1/_history"} {
		s.alike(s.get(visitor, target), s.get(visitor, "/Observation/no-such-id"), 404)
	}
}

// Everything of a patient is what HAPI has of each type, and nothing of what HAPI's own
// $everything puts beside it; a batch is what each of its entries is alone.
func wholes(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	want := s.truth("/Patient?_id=" + a.LocalID)
	for _, typ := range careTypes {
		maps.Copy(want, s.truth("/"+typ+"?"+byID(a)))
	}
	got, withheld := s.search(consultant, "/Patient/"+a.LocalID+"/$everything?_count=200")
	if withheld {
		t.Error("something of a patient of one's own is not there")
	}
	s.whole("everything", want, got)

	// A visitor with permission has the same less what no permission opens, and a
	// stranger nothing.
	s.know(admitted(a, hospital))
	s.permit(visitor, a)
	for id := range s.everythingOf(visitor, a.LocalID) {
		if want[id] == nil {
			t.Errorf("%s is not this patient's", id)
		}
	}
	s.alike(s.get(stranger, "/Patient/"+a.LocalID+"/$everything"), s.get(stranger, "/Patient/no-such-id/$everything"), 403)

	ofA, ofB := "/Condition?"+byID(a), "/Condition?"+byID(b)
	var entries []string
	for _, target := range []string{"Patient/" + a.LocalID, ofA[1:], ofB[1:], "Patient/" + b.LocalID} {
		entries = append(entries, `{"request":{"method":"GET","url":"`+target+`"}}`)
	}
	answered := s.post(visitor, "/", "application/fhir+json", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`)
	var batch struct {
		Type  string
		Entry []struct {
			Resource json.RawMessage
			Response struct{ Status string }
		}
	}
	if err := json.Unmarshal(answered.body, &batch); err != nil || answered.status != 200 || batch.Type != "batch-response" || len(batch.Entry) != 4 {
		t.Fatalf("%v: %d %s", err, answered.status, answered.body)
	}
	for i, status := range []string{"200 OK", "200 OK", "403 Forbidden", "403 Forbidden"} {
		if e := batch.Entry[i]; e.Response.Status != status || (e.Resource != nil) != (i < 2) {
			t.Errorf("entry %d: %s %s", i, e.Response.Status, e.Resource)
		}
	}
	if alone := s.get(visitor, ofA); string(alone.body) != string(batch.Entry[1].Resource) {
		t.Errorf("asked alone it is\n%s\nand in a batch\n%s", alone.body, batch.Entry[1].Resource)
	}
}

// everythingOf asks for everything, whatever is told beside it.
func (s *stand) everythingOf(who professional, id string) map[string]map[string]any {
	s.t.Helper()
	all, _ := s.search(who, "/Patient/"+url.PathEscape(id)+"/$everything?_count=200")
	if len(all) < 2 {
		s.t.Errorf("everything of a patient is %d entries", len(all))
	}
	return all
}
