package broker_test

import (
	"net/http"
	"strings"
	"testing"
)

// A further page of a history is of an item that may be seen now: one that has been
// labelled since, or is gone, has no versions that are shown (attack 24).
func TestAttack024AFurtherPageOfAHistoryIsOfWhatMayBeSeenNow(t *testing.T) {
	k := newKit(t)
	first := strings.Replace(ofVersions(withVersion(observation, "2", "")), `"type":"history"`,
		`"type":"history","link":[{"relation":"next","url":"http://source.example/fhir?page=2"}]`, 1)
	m := map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""),
		"Observation/o1/_history?_count=50": first, "?page=2": ofVersions(withVersion(observation, "1", "")),
	}
	k.source = atBase(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sourceOf(m).ServeHTTP(w, r) }))
	get := k.staying()
	_, rest, ok := strings.Cut(get("/fhir/Observation/o1/_history?_count=1").Body.String(), "?_page=")
	if !ok {
		t.Fatal("the first page has no next")
	}
	token, _, _ := strings.Cut(rest, `"`)
	next := "/fhir/Observation/o1/_history?_page=" + token
	if w := get(next); w.Code != http.StatusOK {
		t.Fatalf("the page is answered %d", w.Code)
	}
	m["Observation/o1"] = strings.Replace(observation, `"category"`, labelledR+`"category"`, 1)
	if w := get(next); w.Code != http.StatusNotFound {
		t.Errorf("labelled since: %d", w.Code)
	}
	m["Observation/o1"] = strings.Replace(observation, "Patient/p1", "Patient/p2", 1)
	if w := get(next); w.Code != http.StatusNotFound {
		t.Errorf("another's since: %d", w.Code)
	}
	m["Observation/o1"] = strings.Replace(observation, `"subject"`, `"subject":1,"subject"`, 1)
	closed(t, get(next), http.StatusBadGateway, "source-answer-not-understood")
	delete(m, "Observation/o1")
	if w := get(next); w.Code != http.StatusNotFound {
		t.Errorf("gone since: %d", w.Code)
	}
}
