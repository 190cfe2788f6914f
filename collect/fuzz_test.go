package collect_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/strictjson"
)

// Whatever a client sends, the question that is read of it is whole and names one
// patient, or there is a reason that is in the table.
func FuzzParameters(f *testing.F) {
	f.Add([]byte(question(theNumber)))
	f.Add([]byte(question(theNumber, `{"name":"category","valueCode":"laboratory"}`, `{"name":"period","valuePeriod":{"start":"2026-01-05","end":"2026-02-28T10:00:00Z"}}`)))
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"\u0039995650088"}}]}`))
	f.Add([]byte(`{"resourceType":"Parameters","Parameter":[],"parameter":[null,0,"",[{}]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, code := collect.ReadParameters(body)
		if code != "" {
			if !reflect.ValueOf(q).IsZero() && len(q.Categories) > 0 && q.Patient.IsZero() {
				return // read so far and refused
			}
			return
		}
		if q.Patient.IsZero() {
			t.Fatal("a question without a patient")
		}
		if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
			t.Fatal("a period that ends before it begins")
		}
		// A lenient reader must see the same patient.
		var lenient struct {
			Parameter []struct {
				Name            string
				ValueIdentifier struct{ Value string }
			}
		}
		if err := json.Unmarshal(body, &lenient); err != nil {
			t.Fatal(err)
		}
		for _, p := range lenient.Parameter {
			if p.Name == "identifier" && p.ValueIdentifier.Value != q.Patient.Digits() {
				t.Fatal("encoding/json reads another patient")
			}
		}
	})
}

var fuzzSource = collect.Source{ID: "a", Name: "Source a", Broker: "https://a.example/fhir"}

// Whatever a broker answers, nothing panics; what is taken of it is of the type
// that was asked for, at the broker's own address, and is written out as JSON
// that holds what the source wrote.
func FuzzAnswers(f *testing.F) {
	b := &broker{id: "a", base: fuzzSource.Broker}
	f.Add([]byte(b.searchset([]string{resource("Observation", "o1", "p1"), resource("Observation", "o2", "p1")}, b.base+"/Observation?_page=x", "some-information-withheld")))
	f.Add([]byte(b.searchset([]string{`{"resourceType":"Observation","id":"o1","meta":{"tag":[{"code":"x"}],"source":"y","_source":{}}}`}, "", "")))
	f.Add([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"https://a.example/fhir/Observation/o1","resource":{"resourceType":"Observation","id":"o1","meta":7},"search":{"mode":"match"}}]}`))
	f.Add([]byte(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://a.example/fhir/Observation?_page=\u0061"}]}`))
	f.Add(fhir.Outcome("opted-out", "error", "a", "b", aRecordID))
	f.Fuzz(func(t *testing.T, body []byte) {
		if reason, ok := collect.ReadReason(body); ok {
			for _, r := range reason.Text + reason.Remedy + reason.Code + reason.RecordID {
				if unicode.IsControl(r) {
					t.Fatalf("a reason with a control character: %q", reason)
				}
			}
		}
		part, ok := collect.ReadSearchset(fuzzSource, "Observation", body)
		if !ok {
			return
		}
		for _, e := range part.Entries {
			if e.Type != "Observation" || !strings.HasPrefix(e.FullURL, fuzzSource.Broker+"/Observation/") {
				t.Fatalf("took %s at %s", e.Type, e.FullURL)
			}
			sameButMeta(t, e.Resource, collect.WithProvenance(e, fuzzSource))
		}
		written := collect.Bundle(part)
		if !json.Valid(written) {
			t.Fatalf("%s", written)
		}
		if err := strictjson.Check(written, strictjson.Answers); err != nil {
			t.Fatalf("the collector would not read its own answer: %s", written)
		}
	})
}

// sameButMeta says that a resource was written out with nothing changed but
// meta.source and meta.tag.
func sameButMeta(t *testing.T, before, after []byte) {
	t.Helper()
	read := func(text []byte) map[string]any {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var out map[string]any
		if err := d.Decode(&out); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return out
	}
	was, is := read(before), read(after)
	meta, ok := is["meta"].(map[string]any)
	if !ok || meta["source"] == nil || meta["tag"] == nil {
		t.Fatalf("no provenance: %s", after)
	}
	old, _ := was["meta"].(map[string]any)
	for name, value := range old {
		if name != "source" && name != "_source" && name != "tag" && !reflect.DeepEqual(meta[name], value) {
			t.Fatalf("meta.%s was changed", name)
		}
	}
	tags, _ := old["tag"].([]any)
	for i, tag := range tags {
		if !reflect.DeepEqual(meta["tag"].([]any)[i], tag) {
			t.Fatal("a tag of the source's was changed")
		}
	}
	delete(was, "meta")
	delete(is, "meta")
	if !reflect.DeepEqual(was, is) {
		t.Fatalf("changed:\n%s\n%s", before, after)
	}
}
