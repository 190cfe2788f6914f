package fhir_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestTheAnswersToABatchStandInItsOrder(t *testing.T) {
	out := fhir.BatchOf([]fhir.BatchResponse{
		{200, []byte(`{"resourceType":"Patient","id":"A"}`)}, {404, []byte(`{"resourceType":"OperationOutcome","id":"x"}`)}, {200, []byte(`{"resourceType":"Bundle","type":"searchset"}`)},
	})
	want := `{"resourceType":"Bundle","type":"batch-response","entry":[` +
		`{"resource":{"resourceType":"Patient","id":"A"},"response":{"status":"200 OK"}},` +
		`{"response":{"status":"404 Not Found","outcome":{"resourceType":"OperationOutcome","id":"x"}}},` +
		`{"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200 OK"}}]}`
	if string(out) != want || !json.Valid(out) {
		t.Errorf("%s", out)
	}
}

// What the answer is made of is the source's own bytes, each entry once, and one note of
// a kind.
func TestSearchsetsArePutTogetherByteForByte(t *testing.T) {
	entry := func(id, text string) string {
		return `{"fullUrl":"http://b/fhir/Observation/` + id + `","resource":{"resourceType":"Observation","id":"` + id + `", "x":"` + text + `"},"search":{"mode":"match"}}`
	}
	const note = `{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}`
	set := func(entries ...string) []byte {
		return []byte(`{"resourceType":"Bundle","type":"searchset","link":[],"entry":[` + strings.Join(entries, ",") + `]}`)
	}
	req := mustParse(t, "/Patient/A/$everything")
	out, err := fhir.Together("http://b/fhir", req, [][]byte{set(entry("1", "<\\u0026é"), note), set(entry("2", "two"), entry("1", "again"), note)}, [][]byte{[]byte(`{"resourceType":"OperationOutcome","id":"more"}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://b/fhir/Patient/A/$everything?_count=50"}],"entry":[` +
		entry("1", "<\\u0026é") + "," + entry("2", "two") + "," + note + `,{"resource":{"resourceType":"OperationOutcome","id":"more"},"search":{"mode":"outcome"}}]}`
	if string(out) != want {
		t.Errorf("%s\nwant %s", out, want)
	}
	if out, err := fhir.Together("http://b/fhir", req, nil, nil); err != nil || !json.Valid(out) || strings.Contains(string(out), "entry") {
		t.Errorf("%s %v", out, err)
	}
	if out, err := fhir.Together("http://b/fhir", req, [][]byte{[]byte(`{"entry":[{}`)}, nil); err == nil {
		t.Errorf("%s", out)
	}
}
