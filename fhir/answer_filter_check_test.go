package fhir_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

const brokerBase = "https://broker.example/gp/fhir"

// bundle is a searchset as an outside reader sees it.
type bundle struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Link         []struct{ Relation, URL string }
	Entry        []bundleEntry
}

type bundleEntry struct {
	FullURL  string `json:"fullUrl"`
	Resource json.RawMessage
	Search   struct{ Mode string }
}

func searchFor(typ string) fhir.Request { return fhir.Request{Interaction: fhir.Search, Type: typ} }

// bundleOf puts resources into a searchset, each as a match; one that begins
// with "include " is included, and one that begins with "{\"resource\"" or
// "entry " is an entry as it stands.
func bundleOf(resources ...string) []byte {
	entries := make([]string, 0, len(resources))
	for _, r := range resources {
		included, isIncluded := strings.CutPrefix(r, "include ")
		whole, isEntry := strings.CutPrefix(r, "entry ")
		switch {
		case isIncluded:
			entries = append(entries, `{"resource":`+included+`,"search":{"mode":"include"}}`)
		case isEntry:
			entries = append(entries, whole)
		default:
			entries = append(entries, `{"resource":`+r+`,"search":{"mode":"match"}}`)
		}
	}
	return []byte(`{"resourceType":"Bundle","type":"searchset","total":99,"entry":[` + strings.Join(entries, ",") + `]}`)
}

// cut filters a searchset, and checks of the answer what must always hold.
func cut(t *testing.T, typ string, plan fhir.Plan, body []byte) (fhir.Filtered, bundle) {
	t.Helper()
	got, err := fhir.Filter(body, searchFor(typ), owner, plan, fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir"})
	if err != nil {
		t.Fatalf("Filter: %v", err)
	}
	return got, readBack(t, got)
}

func readBack(t *testing.T, got fhir.Filtered) bundle {
	t.Helper()
	var b bundle
	dec := json.NewDecoder(strings.NewReader(string(got.Body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		t.Fatalf("the answer is not a searchset of the known form: %v\n%s", err, got.Body)
	}
	if b.ResourceType != "Bundle" || b.Type != "searchset" || strings.Contains(string(got.Body), `"entry":[]`) {
		t.Fatalf("the answer is no searchset: %s", got.Body)
	}
	notes := len(b.Entry) - len(got.Released)
	if notes == 0 && len(got.Withheld) > 0 && (len(got.Withheld) > 1 || got.Withheld["not-referenced"] == 0) {
		t.Fatalf("something is withheld and the answer does not say so: %s", got.Body)
	}
	for i, e := range b.Entry {
		if told := i >= len(got.Released); told != (e.Search.Mode == "outcome") {
			t.Fatalf("entry %d of %d (%d released) has the mode %s: %s", i, len(b.Entry), len(got.Released), e.Search.Mode, got.Body)
		}
	}
	return b
}

// verdict filters one resource that a search found and tells what became of it.
func verdict(t *testing.T, plan fhir.Plan, resource string) string {
	t.Helper()
	var named struct{ ResourceType string }
	_ = json.Unmarshal([]byte(strings.TrimPrefix(resource, "include ")), &named)
	got, _ := cut(t, named.ResourceType, plan, bundleOf(resource))
	if len(got.Withheld) == 0 {
		return "released as " + got.Released[0].Category
	}
	return strings.Join(slices.Collect(maps.Keys(got.Withheld)), ",")
}

// read filters one resource that was read by its id.
func read(t *testing.T, plan fhir.Plan, resource string) string {
	t.Helper()
	var named struct{ ResourceType, ID string }
	if err := json.Unmarshal([]byte(resource), &named); err != nil {
		t.Fatal(err)
	}
	got, err := fhir.Filter([]byte(resource), fhir.Request{Interaction: fhir.Read, Type: named.ResourceType, ID: named.ID}, owner, plan,
		fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir"})
	if err != nil {
		t.Fatalf("Filter: %v", err)
	}
	return string(got.Body)
}
