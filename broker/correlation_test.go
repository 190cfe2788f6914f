package broker_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const (
	aTrace      = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	aRequest    = "60E0B220-8136-4CA5-AE46-1D97EF59D068"
	aVisit      = "11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA"
	ofSpine     = "629ea9ba-a077-4d99-b289-7a9b19fd4e03"
	serverGiven = ""
)

// What a caller calls its request stands in the record, and comes back, in a refusal too.
func TestTheCallersIDsAreRecordedAndSentBack(t *testing.T) {
	for name, c := range map[string]struct {
		sent    map[string]string
		kept    []string
		trace   string
		request string // X-Request-ID of the answer
	}{
		"none":                  {nil, nil, "", serverGiven},
		"all, within a trace":   {map[string]string{"Traceparent": aTrace, "X-Request-ID": aRequest, "X-Correlation-ID": aVisit, "Ssp-TraceID": ofSpine}, []string{"X-Request-ID: " + aRequest, "X-Correlation-ID: " + aVisit, "Ssp-TraceID: " + ofSpine}, "4bf92f3577b34da6a3ce929d0e0e4736", aRequest},
		"of an NHS API":         {map[string]string{"X-Request-ID": aRequest, "X-Correlation-ID": aVisit}, []string{"X-Request-ID: " + aRequest, "X-Correlation-ID: " + aVisit}, aVisit, aRequest},
		"of GP Connect":         {map[string]string{"Ssp-TraceID": ofSpine}, []string{"Ssp-TraceID: " + ofSpine}, ofSpine, serverGiven},
		"of the request alone":  {map[string]string{"X-Request-ID": "mine-1"}, []string{"X-Request-ID: mine-1"}, "mine-1", "mine-1"},
		"a number":              {map[string]string{"X-Request-ID": "visit-999-000-0018"}, []string{"X-Request-ID: visit-nhs-number"}, "visit-nhs-number", "visit-nhs-number"},
		"one that is no token":  {map[string]string{"X-Request-ID": "<script>", "X-Correlation-ID": "${jndi:x}"}, nil, "", serverGiven},
		"a trace that is wrong": {map[string]string{"Traceparent": "00-x", "X-Correlation-ID": aVisit}, []string{"X-Correlation-ID: " + aVisit}, aVisit, serverGiven},
	} {
		for _, token := range []string{"Bearer token", ""} {
			k := newKit(t)
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, header := range []string{"X-Correlation-Id", "Ssp-Traceid"} {
					if r.Header[header] != nil {
						t.Errorf("%s: the source is sent %s", name, header)
					}
				}
				sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result}).ServeHTTP(w, r)
			})
			r := httptest.NewRequest(http.MethodGet, search, nil)
			if token != "" {
				r.Header.Set("Authorization", token)
			}
			for header, value := range c.sent {
				r.Header.Set(header, value)
			}
			w := k.do(r)
			rec := k.only()
			if !slices.Equal(rec.Correlation, c.kept) || rec.TraceID != c.trace {
				t.Errorf("%s: recorded %q, trace %q", name, rec.Correlation, rec.TraceID)
			}
			want := c.request
			if want == serverGiven {
				want = rec.ID
			}
			if h := w.Header(); h.Get("X-Request-ID") != want || h.Get("X-Record-ID") != rec.ID {
				t.Errorf("%s: %v", name, h)
			}
			for i, header := range []string{"X-Correlation-ID", "Ssp-TraceID"} {
				back := w.Header().Get(header)
				if wanted := slices.ContainsFunc(c.kept, func(s string) bool { return s == header+": "+back }); wanted != (back != "") || !wanted && slices.ContainsFunc(c.kept, func(s string) bool { return strings.HasPrefix(s, header) }) {
					t.Errorf("%s: %d: %s comes back as %q", name, i, header, back)
				}
			}
		}
	}
}
