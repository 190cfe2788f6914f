package fhir_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

func TestABinaryIsReadWithWhatKeepsItBack(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want fhir.Binary
	}{
		"plain":             {`{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"aGVsbG8="}`, fhir.Binary{ContentType: "text/plain", Data: []byte("hello")}},
		"escaped":           {`{"resourceType":"Binary","contentType":"text\/plain","data":"\/\/8="}`, fhir.Binary{ContentType: "text/plain", Data: []byte{255, 255}}},
		"in lines":          {`{"resourceType":"Binary","data":"aGVs\r\nbG8=\n"}`, fhir.Binary{Data: []byte("hello")}},
		"of a resource":     {`{"resourceType":"Binary","securityContext":{"reference":"http://source.internal/fhir/DocumentReference/d1"}}`, fhir.Binary{ContextType: "DocumentReference", ContextID: "d1"}},
		"labelled":          {`{"resourceType":"Binary","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]}}`, fhir.Binary{Withheld: "label-withheld"}},
		"labelled as usual": {`{"resourceType":"Binary","meta":{"security":[{"system":"` + confidentiality + `","code":"N"}]}}`, fhir.Binary{}},
	} {
		got, err := fhir.ReadBinary([]byte(c.body), permissionPlan(), "http://source.internal/fhir")
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestWhatIsNoBinaryIsNotUnderstood(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{}`, `{"resourceType":"Bundle","data":"aGVsbG8="}`, `{"resourceType":"Binary","data":"not base64"}`, `{"resourceType":"Binary","data":7}`,
		`{"resourceType":"Binary","data":"aGVsbG8=","data":"aGVsbG8="}`, `{"resourceType":"Binary","data":"aGVsbG8=","Data":"aGVsbG8="}`,
		`{"resourceType":"Binary","contentType":["text/plain"]}`, `{"resourceType":"Binary","meta":[]}`,
		`{"resourceType":"Binary","securityContext":{"reference":"http://elsewhere.example/Patient/p1"}}`, `{"resourceType":"Binary","securityContext":{"display":"x"}}`,
	} {
		if got, err := fhir.ReadBinary([]byte(body), permissionPlan(), "http://source.internal/fhir"); !errors.Is(err, fhir.ErrNotUnderstood) || got.Data != nil {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
