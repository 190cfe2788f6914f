package fhirserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
)

func TestABinaryIsGivenAsWhatItIsOrAsFHIR(t *testing.T) {
	s, err := fhirserver.New([][]byte{[]byte(`{"resourceType":"Binary","id":"b1","contentType":"text/plain","securityContext":{"reference":"Patient/p"},"data":"aGVsbG8="}`)},
		fhirserver.Options{Base: "http://127.0.0.1:1/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, accept string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
		r.Header.Set("Accept", accept)
		s.ServeHTTP(w, r)
		return w
	}
	for _, accept := range []string{"text/plain, application/fhir+json;q=0.5, */*;q=0.1", "text/plain", "*/*", ""} {
		w := get("/fhir/Binary/b1", accept)
		if w.Code != 200 || w.Body.String() != "hello" || w.Header().Get("Content-Type") != "text/plain" || w.Header().Get("X-Security-Context") != "Patient/p" {
			t.Errorf("%q: %d %v %s", accept, w.Code, w.Header(), w.Body)
		}
	}
	if w := get("/fhir/Binary/b1", "application/fhir+json, */*;q=0.5"); w.Code != 200 || !strings.Contains(w.Body.String(), `"data":"aGVsbG8="`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get("/fhir/Binary/none", "*/*"); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
	if w := get("/fhir/Binary?_id=b1", "*/*"); w.Code != 404 {
		t.Errorf("documents can be searched: %d", w.Code)
	}
}
