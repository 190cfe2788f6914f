package fhir_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// FuzzParseBatch holds that a batch is nothing but what its entries would be if each were
// asked alone, by its own address below the base: as many entries as encoding/json counts,
// each with the very request, or the very refusal, that ParseRequest gives for it.
func FuzzParseBatch(f *testing.F) {
	for _, entries := range [][]string{
		{get("Patient/A"), get("Observation?patient=A&_count=3"), get("Observation/1/_history/2"), get("Observation/1/_history")},
		{get("https://broker.example" + base + "/Patient/A"), get("http://other.example/fhir/Patient/B"), get("//other.example/Patient/B")},
		{get("Observation/../Patient/B"), get("Patient%2FB"), get("?patient=A"), get("Patient/A#b"), get(" Patient/A")},
		{get("Patient/B/$everything"), get("metadata"), get("Binary?_link=abc"), get("Observation?_page=abc")},
		{`{"request":{"method":"POST","url":"Observation/_search?patient=B"}}`, `{"resource":{},"request":{"method":"PUT","url":"Patient/A"}}`},
		{`{"request":{"method":"GET","url":"Patient/A","ifNoneMatch":"W/1"}}`},
		{`{"request":{"method":"GET","url":"Patient/A"},"fullUrl":"urn:uuid:1"}`},
		{`{"request":{"method":"GET","url":"Patient/A","url":"Patient/B"}}`},
		{`{"request":{"method":"GET","URL":"Patient/A"}}`, `null`, `[]`},
	} {
		f.Add(bundleWith("batch", entries...))
	}
	f.Add(bundleWith("transaction", get("Patient/A")))
	f.Add(`{"resourceType":"Bundle","type":"batch","entry":{}}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: base}, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}, ContentLength: -1}
		all, refusal := fhir.DefaultLimits.ParseBatch(r, base, "https://broker.example"+base)
		if refusal != nil {
			if len(all) > 0 || fhir.Codes()[refusal.Code] != refusal.Status {
				t.Fatalf("%d entries and refused with %+v", len(all), refusal)
			}
			return
		}
		var bundle struct {
			ResourceType, Type string
			Entry              []struct {
				Request struct{ Method, URL string }
			}
		}
		if err := json.Unmarshal([]byte(body), &bundle); err != nil || bundle.ResourceType != "Bundle" || bundle.Type != "batch" || len(bundle.Entry) != len(all) {
			t.Fatalf("%d entries are read: %v %+v", len(all), err, bundle)
		}
		for i, e := range all {
			asAlone(t, e, bundle.Entry[i].Request.Method, bundle.Entry[i].Request.URL)
		}
	})
}

// asAlone holds an entry of a batch against the request that it would be by itself.
func asAlone(t *testing.T, e fhir.BatchEntry, method, address string) {
	t.Helper()
	if e.Refusal != nil {
		if e.Request.Target("A") != "" || fhir.Codes()[e.Refusal.Code] != e.Refusal.Status {
			t.Fatalf("%s: refused with %+v, and yet it asks for %q", address, e.Refusal, e.Request.Target("A"))
		}
		return
	}
	switch e.Request.Interaction {
	case fhir.Read, fhir.VRead, fhir.History, fhir.Search:
	default:
		t.Fatalf("%s: is taken as %s", address, e.Request.Interaction)
	}
	for _, scheme := range []string{"https", "http"} {
		address = strings.TrimPrefix(address, scheme+"://broker.example"+base+"/")
	}
	u, err := url.ParseRequestURI(base + "/" + address)
	if err != nil || method != http.MethodGet {
		t.Fatalf("%s %s: is taken: %v", method, address, err)
	}
	alone, refusal := fhir.ParseRequest(&http.Request{Method: method, URL: u, Header: http.Header{}}, base, "https://broker.example"+base)
	if refusal != nil {
		t.Fatalf("%s: alone it is refused with %s", address, refusal.Code)
	}
	if diff := cmp.Diff(alone, e.Request, compareNumbers); diff != "" {
		t.Fatalf("%s: alone it is another request (-alone +here):\n%s", address, diff)
	}
	holds(t, e.Request)
}
