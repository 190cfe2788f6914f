package fhir_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// FuzzParseRequest holds what every accepted request must have: what is asked of
// a source, read again as a request, is the same request; and it holds one
// patient, no step out of its path, and nothing that two servers read differently.
func FuzzParseRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{"GET", "/Patient/A", ""},
		{"GET", "/%50atient/%42", ""},
		{"GET", "/Observation?patient=Patient/A&category=laboratory,imaging&_count=20&_sort=-date", ""},
		{"GET", "/Patient?identifier=" + number, ""},
		{"GET", "/Condition?subject:identifier=" + number + "&recorded-date=ge2024&recorded-date=lt2025-01-01T00:00:00Z", ""},
		{"GET", "/Patient/A/MedicationRequest?_include=MedicationRequest:medication", ""},
		{"POST", "/Observation/_search?patient=A", "code=http://loinc.org%7C4548-4&patient=A"},
		{"GET", "/Observation?_page=abc", ""},
		{"GET", "/metadata?_format=json&mode=full", ""},
		{"POST", "", `{"resourceType":"Bundle","type":"batch"}`},
		{"GET", "/Patient/A/$everything?_type=Flag&start=2026&end=2026-05", ""},
		{"GET", "/Observation/1/_history/2?_elements=status", ""},
		{"GET", "/Observation/1/_history?_count=3", ""},
		{"GET", "/.well-known/smart-configuration", ""},
		{"GET", "/Observation/?subject%3APatient=Patient/A/_history/1&_sort=-date,code&_elements=status,id&_count=0", ""},
		{"GET", "/Condition?patient=https://broker.example/gp-north/fhir/Patient/A&clinical-status:not=resolved&encounter=e1&_summary=true", ""},
		{"GET", "/Media?subject=A&_id=1,2&_lastUpdated=ge2024&_revinclude=Provenance:target&_pretty=true&_total=none", ""},
		{"GET", "/Practitioner/1?_format=application/fhir+json;charset=utf-8", ""},
		{"GET", "/Binary?_link=abc-_", ""},
		{"POST", "/Consent", "{}"},
		{"GET", "/Observation/../Patient/B", ""},
		{"GET", "/Observation?patient=A&patient=B", ""},
		{"PUT", "/Patient/A", "{}"},
		{"GET", "/Observation?patient=A&CANARY:CANARY.CANARY=CANARY", ""},
		{"GET", "/Observation?patient=CANARY,CANARY&_sort=CANARY", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, address, body string) {
		u, err := url.ParseRequestURI(base + address)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if strings.HasSuffix(u.Path, "/Consent") {
				r.Header.Set("Content-Type", "application/fhir+json")
			}
			r.Body, r.ContentLength = http.NoBody, int64(len(body))
			if body != "" {
				r.Body = readCloser{strings.NewReader(body)}
			}
		}
		req, refusal := fhir.ParseRequest(r, base, "https://broker.example"+base)
		if refusal != nil {
			if strings.Contains(refusal.Detail(), "CANARY") {
				t.Fatalf("says %q", refusal.Detail())
			}
			if want := fhir.Codes()[refusal.Code]; want == 0 || refusal.Status != want {
				t.Fatalf("refused with %+v", refusal)
			}
			return
		}
		holds(t, req)
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// holds checks the properties of one accepted request.
func holds(t *testing.T, req fhir.Request) {
	t.Helper()
	if strings.Contains(req.Query(), "9990000018") && !strings.Contains(req.Query(), "%7C9990000018") {
		t.Fatalf("the record would show %q", req.Query())
	}
	if slices.Contains([]fhir.Interaction{fhir.Batch, fhir.Everything, fhir.SmartConfiguration}, req.Interaction) || req.Interaction == fhir.Capabilities || req.Interaction == fhir.Create || req.Interaction == fhir.Document || req.Page != "" || req.CountsOnly() {
		if got := req.Target("A"); got != "" {
			t.Fatalf("asks a source for %q", got)
		}
		return
	}
	local := req.Patient.LocalID
	if local == "" {
		local = "loc-1"
	}
	target := req.Target(local)
	if target == "" {
		t.Fatalf("%+v has no target", req)
	}
	for _, c := range []byte(target) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`;\"<>#`, c) >= 0 {
			t.Fatalf("target %q holds %q", target, c)
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if strings.Contains(path, "..") || strings.Contains(path, "%") || strings.Contains(path, "//") || strings.HasPrefix(path, "/") {
		t.Fatalf("target %q leaves its path", target)
	}
	u, err := url.ParseRequestURI(base + "/" + target)
	if err != nil {
		t.Fatalf("target %q: %v", target, err)
	}
	if patients := patientsOf(u.Query(), req.Type); req.Interaction == fhir.Search && patients != 1 {
		t.Fatalf("target %q names %d patients", target, patients)
	}
	again, refusal := fhir.ParseRequest(&http.Request{Method: "GET", URL: u, Header: http.Header{}}, base)
	if refusal != nil {
		t.Fatalf("target %q is refused with %s", target, refusal.Code)
	}
	want := req
	want.Shape = fhir.Shape{} // is asked of nobody else
	if req.Interaction == fhir.Search && req.Type != "Patient" {
		want.Patient = fhir.PatientRef{LocalID: local}
	}
	if diff := cmp.Diff(want, again, compareNumbers); diff != "" {
		t.Fatalf("target %q is another request (-first +again):\n%s", target, diff)
	}
	if again.Target(local) != target {
		t.Fatalf("target %q becomes %q", target, again.Target(local))
	}
	asksAgain(t, req)
}

// asksAgain holds that the canonical query, with the patient, is the same request.
func asksAgain(t *testing.T, req fhir.Request) {
	t.Helper()
	address := base + "/" + req.Place()
	query := req.Query()
	if strings.Contains(query, "nhs-number") {
		return // left out on purpose
	}
	switch {
	case req.Interaction != fhir.Search:
	case req.Type == "Patient":
		query += "&_id=" + req.Patient.LocalID
	default:
		query += "&patient=" + req.Patient.LocalID
	}
	if req.Interaction == fhir.Search && req.Patient.LocalID == "" {
		return
	}
	again, refusal := fhir.ParseRequest(&http.Request{Method: "GET", URL: &url.URL{Path: address, RawQuery: query}, Header: http.Header{}}, base)
	if refusal != nil {
		t.Fatalf("%s?%s is refused with %s", address, query, refusal.Code)
	}
	if diff := cmp.Diff(req, again, compareNumbers); diff != "" {
		t.Fatalf("%s?%s is another request (-first +again):\n%s", address, query, diff)
	}
}

// patientsOf counts, by the standard library's reading, how often a query names a
// patient.
func patientsOf(query url.Values, typ string) int {
	n := len(query["patient"]) + len(query["subject"]) + len(query["identifier"])
	if typ == "Patient" {
		n += len(query["_id"])
	}
	return n
}
