package fhir_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// A search for one code must not tell, by saying that something is not shown,
// that there is something with that code.
func TestANarrowSearchDoesNotTellWhetherSomethingIsWithheld(t *testing.T) {
	const hiv = `{"resourceType":"Condition","id":"1","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]},"subject":{"reference":"Patient/p1"}}`
	ask := func(params []fhir.Param, plan fhir.Plan, resources ...string) []byte {
		t.Helper()
		req := fhir.Request{Interaction: fhir.Search, Type: "Condition", Patient: fhir.PatientRef{LocalID: "p1"}, Params: params}
		got, err := fhir.Filter([]byte(bundleOf(resources...)), req, owner, plan, fhir.Links{Base: "https://broker.example/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		return got.Body
	}
	for _, name := range []string{"code", "_id", "recorded-date", "clinical-status", "category"} {
		narrow := []fhir.Param{{Name: "_count", Value: "50"}, {Name: name, Value: "x"}}
		there, notThere := ask(narrow, permissionPlan(), hiv), ask(narrow, permissionPlan())
		if !bytes.Equal(there, notThere) {
			t.Errorf("%s: withheld and not there differ:\n%s\n%s", name, there, notThere)
		}
	}
	wide := []fhir.Param{{Name: "_count", Value: "50"}}
	if body := string(ask(wide, permissionPlan(), hiv)); !strings.Contains(body, `"some-information-withheld"`) {
		t.Errorf("a wide search does not say that something is withheld: %s", body)
	}
	if body := string(ask(wide, permissionPlan())); strings.Contains(body, "withheld") {
		t.Errorf("a wide search says that something is withheld, and nothing is: %s", body)
	}
	own := permissionPlan()
	own.Labels = []string{"*"}
	if body := string(ask([]fhir.Param{{Name: "code", Value: "x"}}, own)); strings.Contains(body, "withheld") {
		t.Errorf("a plan without limits needs no note: %s", body)
	}
}

// A client that may choose the category word by word, or the status, asks what it is that is
// not shown. A whole category of the rules is a part of the record, and tells no more than its
// name.
func TestAttack167ACategoryOrAStatusDoesNotTellWhatIsWithheld(t *testing.T) {
	rules, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "DiagnosticReport", Category: []fhir.Code{{System: "http://s", Code: "LAB"}, {System: "http://s", Code: "VR"}, {System: "http://t", Code: "LAB"}}, Class: "laboratory"},
		{Type: "DiagnosticReport", Category: []fhir.Code{{System: "http://s", Code: "laboratory"}}, Class: "laboratory"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := permissionPlan()
	plan.Classes = rules
	const withheld = `{"resourceType":"DiagnosticReport","id":"1","status":"final","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},` +
		`"category":[{"coding":[{"system":"http://s","code":"VR"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"}}`
	ask := func(param fhir.Param, resources ...string) string {
		t.Helper()
		req := fhir.Request{Interaction: fhir.Search, Type: "DiagnosticReport", Patient: fhir.PatientRef{LocalID: "p1"}, Params: []fhir.Param{param}}
		got, err := fhir.Filter([]byte(bundleOf(resources...)), req, owner, plan, fhir.Links{Base: "https://broker.example/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		return string(got.Body)
	}
	for _, param := range []fhir.Param{
		{Name: "category", Value: "VR"}, {Name: "category", Value: "http://s|VR"}, {Name: "category", Value: "VR,VR"}, {Name: "category", Value: "http://s|LAB,http://t|LAB"},
		{Name: "category", Value: "laboratory,VR"}, {Name: "category", Value: "http://clinics.example|sexual-health"}, {Name: "category", Value: "http://s|"},
		{Name: "status", Value: "final"}, {Name: "status", Value: "entered-in-error"},
	} {
		if there, notThere := ask(param, withheld), ask(param); there != notThere {
			t.Errorf("%s=%s tells of what is withheld:\n%s\n%s", param.Name, param.Value, there, notThere)
		}
	}
	for _, whole := range []string{"laboratory", "http://s|laboratory", "LAB,VR", "http://t|LAB,http://s|VR,laboratory"} {
		param := fhir.Param{Name: "category", Value: whole}
		if body := ask(param, withheld); !strings.Contains(body, `"some-information-withheld"`) {
			t.Errorf("category=%s, a whole category, does not say that something is withheld: %s", whole, body)
		}
		if body := ask(param); strings.Contains(body, "withheld") {
			t.Errorf("category=%s says that something is withheld, and nothing is: %s", whole, body)
		}
	}
}

// A Consent about who may see the record, or about research, is no part of a record of care,
// and a source may hold one of each of its patients: nothing is said of it. One of no known
// kind may be about care, and is told.
func TestAConsentThatIsNotAboutCareIsNoNews(t *testing.T) {
	const scopes = "http://terminology.hl7.org/CodeSystem/consentscope"
	rules, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Consent", Code: []fhir.Code{{System: scopes, Code: "treatment"}}, Class: "advance-decisions"},
		{Type: "Consent", Code: []fhir.Code{{System: scopes, Code: "patient-privacy"}, {System: scopes, Code: "research"}}, Class: "unclassified"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := permissionPlan()
	plan.Classes, plan.Categories = rules, []string{"advance-decisions"}
	for scope, c := range map[string]struct{ told, withheld string }{
		"patient-privacy": {"", "type-not-allowed"}, "research": {"", "type-not-allowed"},
		"somebody-s-own": {"some-information-withheld", "type-not-allowed"}, "treatment": {"", ""},
	} {
		consent := `{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"` + scopes + `","code":"` + scope + `"}]},"patient":{"reference":"Patient/p1"}}`
		req := fhir.Request{Interaction: fhir.Search, Type: "Consent", Patient: fhir.PatientRef{LocalID: "p1"}}
		got, err := fhir.Filter([]byte(bundleOf(consent)), req, owner, plan, fhir.Links{Base: "https://broker.example/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		body := string(got.Body)
		if strings.Contains(body, "some-information") != (c.told != "") || !strings.Contains(body, c.told) {
			t.Errorf("%s: %s", scope, body)
		}
		if shown := strings.Contains(body, `"Consent"`); shown != (c.withheld == "") || c.withheld != "" && got.Withheld[c.withheld] != 1 {
			t.Errorf("%s: shown %v, withheld %v", scope, shown, got.Withheld)
		}
	}
}
