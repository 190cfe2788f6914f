package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// What may be shown under one plan is not shown by what another answer left behind: a cutter is
// used again, and nothing of the last answer holds for the next.
func TestAttack339NothingOfTheLastAnswerHoldsForTheNext(t *testing.T) {
	open := everyCategory()
	open.Labels = []string{"*"}
	lent := bundleOf(`{"resourceType":"DiagnosticReport","id":"r","status":"final",`+ofP1+`,"category":[{"coding":[{"system":"`+diagnosticService+`","code":"LAB"}]}],"result":[{"reference":"Observation/o"}]}`,
		`include {"resourceType":"Observation","id":"o",`+ofP1+`}`)
	before := map[string]func(){
		"a report that lends": func() { filterAny(t, lent, searchFor("DiagnosticReport"), owner, open) },
		"everything open": func() {
			filterAny(t, bundleOf(withheldResult("Observation", "w")), searchFor("Observation"), owner, open)
		},
		"another owner": func() {
			filterAny(t, bundleOf(`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p2"}}`), searchFor("Observation"), fhir.Owner{LocalIDs: []string{"p2"}}, open)
		},
		"what is not understood": func() {
			filterAny(t, []byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p2"},"code":`), searchFor("Observation"), owner, open)
		},
		"a document": func() {
			_, _ = fhir.ReadBinary([]byte(`{"resourceType":"Binary","meta":{"security":[{"code":"R","display":"x"}]},"data":"eA=="}`), open, "http://source.internal/fhir")
		},
		"many names in a resource": func() {
			filterAny(t, []byte(`{"resourceType":"Condition","id":"1",`+told+ofP1+`,"evidence":[{"detail":[`+naming("Observation/w")+`]}],"contained":[{"resourceType":"List","id":"a"}]}`), fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "1"}, owner, everyCategory())
		},
		"another source's home": func() {
			_, _ = fhir.Filter(bundleOf(`{"resourceType":"Observation","id":"1",`+ofP1+`}`), searchFor("Observation"), owner, open, fhir.Links{Base: brokerBase, Source: "http://10.9.8.7/fhir", Further: []string{"http://a.example/x", "http://b.example/y"}})
		},
		"a patient": func() { _, _ = fhir.PatientOf([]byte(`{"resourceType":"Patient","id":"p2"}`)) },
	}
	routine := permissionPlan()
	routine.Categories = []string{"laboratory"}
	after := map[string]func() string{
		"a result alone": func() string {
			return filterAny(t, bundleOf(`{"resourceType":"Observation","id":"o",`+ofP1+`}`), searchFor("Observation"), owner, routine)
		},
		"another's": func() string {
			return filterAny(t, bundleOf(`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p2"}}`), searchFor("Observation"), owner, everyCategory())
		},
		"a label": func() string {
			return filterAny(t, bundleOf(withheldResult("Observation", "w")), searchFor("Observation"), owner, everyCategory())
		},
		"a name": func() string {
			return filterAny(t, bundleOf(`{"resourceType":"Condition","id":"1",`+told+ofP1+`,"evidence":[{"detail":[`+naming("Observation/w")+`]}]}`), searchFor("Condition"), owner, everyCategory())
		},
		"no name": func() string {
			return filterAny(t, bundleOf(`{"resourceType":"Condition","id":"1",`+told+ofP1+`}`), searchFor("Condition"), owner, everyCategory())
		},
		"the own address": func() string {
			return filterAny(t, bundleOf(condition(`"note":[{"text":"http://source.internal/x"}]`)), searchFor("Condition"), owner, everyCategory())
		},
		"a masked one": func() string {
			return filterAny(t, bundleOf(condition(`"note":[{"text":"x"}]`)), searchFor("Condition"), owner, protectedPlan(t))
		},
	}
	fresh := map[string]string{}
	for name, ask := range after {
		fresh[name] = ask()
	}
	for was, first := range before {
		for name, ask := range after {
			for range 3 {
				first()
				if got := ask(); got != fresh[name] {
					t.Fatalf("%s after %s:\n%s\nand else\n%s", name, was, got, fresh[name])
				}
			}
		}
	}
	if !strings.Contains(fresh["no name"], secret) || strings.Contains(fresh["a name"], secret) {
		t.Errorf("the cases tell nothing: %s", fresh)
	}
}

func filterAny(t *testing.T, body []byte, ask fhir.Request, who fhir.Owner, plan fhir.Plan) string {
	t.Helper()
	got, err := fhir.Filter(body, ask, who, plan, sourceLinks())
	if err != nil {
		return err.Error()
	}
	return string(got.Body)
}
