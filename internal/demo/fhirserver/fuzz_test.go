package fhirserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
)

// Whatever is asked, the answer is JSON of a known status, and a search that
// names patient a never brings patient b.
func FuzzServe(f *testing.F) {
	for _, seed := range [][2]string{
		{"Observation", "patient=a&date=ge2025-01-01,lt2024&_sort=-date&_include=Observation:performer&_count=1"},
		{"Observation", "subject:Patient.identifier=|&code=http://loinc.org|718-7,|x&_page=AAAA"},
		{"Patient/a/Appointment", "_summary=count"}, {"Patient/a", ""}, {"metadata", ""}, {"../Patient", "%"},
	} {
		f.Add(seed[0], seed[1])
	}
	s := newServer(f, fhirserver.Options{})
	f.Fuzz(func(t *testing.T, path, query string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/fhir/" + path, RawQuery: query}, Header: http.Header{}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var fields map[string]any
		if w.Code != http.StatusNotModified && json.Unmarshal(w.Body.Bytes(), &fields) != nil {
			t.Fatalf("status %d with %q", w.Code, w.Body)
		}
		if w.Code >= 500 {
			t.Fatalf("status %d", w.Code)
		}
		named, err := url.ParseQuery(query)
		if path != "Observation" || err != nil || named.Get("patient") != "a" {
			return
		}
		for _, id := range entries(fields) {
			if id == "o4" {
				t.Fatal("a search for patient a brought patient b's observation")
			}
		}
	})
}
