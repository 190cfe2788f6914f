package fhir_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func parseDocument(t *testing.T, method, address string, header http.Header) (fhir.Request, *fhir.Refusal) {
	t.Helper()
	u, err := url.ParseRequestURI(base + address)
	if err != nil {
		t.Fatal(err)
	}
	return fhir.ParseRequest(&http.Request{Method: method, URL: u, Header: header, ProtoMajor: 1}, base)
}

// What comes is of the document's own kind, so a browser's Accept will do as well as none.
func TestALinkToADocumentIsOpenedWhateverIsAccepted(t *testing.T) {
	for _, accept := range []string{"", "application/pdf", "text/html,application/xhtml+xml;q=0.9,image/avif", "nonsense"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, refusal := parseDocument(t, method, "/"+fhir.DocumentLink("abc-_9"), http.Header{"Accept": {accept}})
			if refusal != nil || req.Interaction != fhir.Document || req.Type != "Binary" || req.Link != "abc-_9" {
				t.Errorf("%s %q: %+v %+v", method, accept, req, refusal)
			}
			if target := req.Target("p1"); target != "" {
				t.Errorf("a source is asked for %q", target)
			}
		}
	}
}

func TestNothingElseIsOfferedOfABinary(t *testing.T) {
	for address, code := range map[string]string{
		"/Binary":                       fhir.TypeNotOffered,
		"/Binary/1":                     fhir.TypeNotOffered,
		"/Binary?patient=p1":            fhir.TypeNotOffered,
		"/Binary?patient=p1&_link=abc":  fhir.TypeNotOffered,
		"/Binary?_link=abc&_format=xml": fhir.ParameterNotUnderstood,
		"/Binary?_link=abc&_link=abd":   fhir.ParameterNotUnderstood,
		"/Binary?_link=":                fhir.ParameterNotUnderstood,
		"/Binary?_link=a%41":            fhir.ParameterNotUnderstood,
		"/Binary?_link=a.b":             fhir.ParameterNotUnderstood,
		"/Binary?_LINK=abc":             fhir.TypeNotOffered,
		"/Binary?_link=" + strings.Repeat("a", fhir.DefaultLimits.PageToken+1): fhir.QueryTooLong,
		"/Patient/p1/Binary?_link=abc":                                         fhir.TypeNotOffered,
		"/Binary/_search?_link=abc":                                            fhir.MethodNotOffered,
	} {
		if _, refusal := parseDocument(t, http.MethodGet, address, http.Header{}); refusal == nil || refusal.Code != code {
			t.Errorf("%s: %+v, want %s", address[:min(len(address), 40)], refusal, code)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, "TRACE"} {
		if _, refusal := parseDocument(t, method, "/Binary?_link=abc", http.Header{}); refusal == nil || refusal.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %+v", method, refusal)
		}
	}
}
