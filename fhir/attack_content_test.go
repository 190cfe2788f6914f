package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestLabelsMustBeInThePlan(t *testing.T) {
	labelled := func(security string) string {
		return `{"resourceType":"Condition","id":"1","meta":{"security":` + security + `},"subject":{"reference":"Patient/p1"}}`
	}
	cases := []judged{
		{"none", labelled(`[]`), "released as conditions"},
		{"normal", labelled(`[{"system":"` + confidentiality + `","code":"N"}]`), "released as conditions"},
		{"restricted", labelled(`[{"system":"` + confidentiality + `","code":"R"}]`), "label-withheld"},
		{"normal and restricted", labelled(`[{"system":"` + confidentiality + `","code":"N"},{"system":"` + confidentiality + `","code":"R"}]`), "label-withheld"},
		{"restricted, escaped", labelled(`[{"system":"` + confidentiality + `","code":"\u0052"}]`), "label-withheld"},
		{"normal, escaped", labelled(`[{"system":"http:\/\/terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"\u004e"}]`), "released as conditions"},
		{"no system", labelled(`[{"code":"N"}]`), "label-withheld"},
		{"no code", labelled(`[{"system":"` + confidentiality + `"}]`), "label-withheld"},
		{"a display alone", labelled(`[{"display":"Normal"}]`), "label-withheld"},
		{"an empty label", labelled(`[{}]`), "label-withheld"},
		{"no list", labelled(`{"system":"` + confidentiality + `","code":"N"}`), "not-understood"},
		{"words", labelled(`["N"]`), "not-understood"},
		{"meta is no object", `{"resourceType":"Condition","id":"1","meta":[],"subject":{"reference":"Patient/p1"}}`, "not-understood"},
		{"a document's own label", `{"resourceType":"DocumentReference","id":"1","securityLabel":[{"coding":[{"system":"` + confidentiality + `","code":"V"}]}],"subject":{"reference":"Patient/p1"}}`, "label-withheld"},
		{"a document's label in words", `{"resourceType":"DocumentReference","id":"1","securityLabel":[{"text":"very restricted"}],"subject":{"reference":"Patient/p1"}}`, "label-withheld"},
		{"a label on an element", `{"resourceType":"Condition","id":"1","note":[{"extension":[{"url":"http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label","valueCoding":{"system":"` + confidentiality + `","code":"R"}}]}],"subject":{"reference":"Patient/p1"}}`, "label-withheld"},
	}
	judge(t, permissionPlan(), cases)

	t.Run("own organisation: every whole label", func(t *testing.T) {
		plan := permissionPlan()
		plan.Labels = []string{"*"}
		judge(t, plan, []judged{
			{"restricted", cases[2].resource, "released as conditions"},
			{"no system", cases[6].resource, "label-withheld"},
			{"sensitive", `{"resourceType":"Condition","id":"1","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]},"subject":{"reference":"Patient/p1"}}`, "released as conditions"},
		})
	})
}

func TestSensitiveCodesMakeALabel(t *testing.T) {
	resource := func(part string) string {
		return `{"resourceType":"Condition","id":"1",` + part + `,"subject":{"reference":"Patient/p1"}}`
	}
	cases := []judged{
		{"in code", resource(`"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}`), "label-withheld"},
		{"second coding", resource(`"code":{"coding":[{"system":"http://loinc.org","code":"1"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}`), "label-withheld"},
		{"deep in an extension", resource(`"extension":[{"url":"x","valueCoding":{"system":"http://snomed.info/sct","code":"86406008"}}]`), "label-withheld"},
		{"in a component", resource(`"component":[{"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}}]`), "label-withheld"},
		{"escaped", resource(`"code":{"coding":[{"system":"http:\/\/snomed.info/sct","code":"8640600\u0038"}]}`), "label-withheld"},
		{"without its system", resource(`"code":{"coding":[{"code":"86406008"}]}`), "label-withheld"},
		{"by the system's number", resource(`"code":{"coding":[{"system":"urn:oid:2.16.840.1.113883.6.96","code":"86406008"}]}`), "label-withheld"},
		{"in what is contained", resource(`"contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}}]`), "label-withheld"},
		{"beside another system, which has no such code", resource(`"code":{"coding":[{"system":"http://loinc.org","code":"86406008"}]}`), "label-withheld"},
	}
	judge(t, permissionPlan(), cases)
	open := permissionPlan()
	open.Labels = append(open.Labels, fhir.SensitiveLabel)
	if got := verdict(t, open, cases[0].resource); got != "released as conditions" {
		t.Errorf("a plan that allows the sensitive label gives %q", got)
	}
}

func TestAttack121OnlyExactCategoriesAreReleased(t *testing.T) {
	routine := permissionPlan()
	routine.Categories = []string{"laboratory", "appointments"}
	const lab = `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}`
	const social = `{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/category","code":"social-care"}]}`
	observation := func(rest string) string {
		return `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"}` + rest + `}`
	}
	report := func(rest string) string {
		return `{"resourceType":"DiagnosticReport","id":"1","subject":{"reference":"Patient/p1"}` + rest + `}`
	}
	judge(t, routine, []judged{
		{"laboratory", observation(`,"category":[` + lab + `]`), "released as laboratory"},
		{"no category", observation(``), "category-not-in-plan"},
		{"unknown category", observation(`,"category":[{"coding":[{"system":"http://x.example","code":"laboratory"}]}]`), "category-not-in-plan"},
		{"category in words", observation(`,"category":[{"text":"laboratory"}]`), "category-not-in-plan"},
		{"the code in another place", observation(`,"code":` + lab), "category-not-in-plan"},
		{"the category in an extension", observation(`,"category":[{"extension":[` + lab + `]}]`), "category-not-in-plan"},
		{"laboratory and social care", observation(`,"category":[` + lab + `,` + social + `]`), "category-not-in-plan"},
		{"social care and laboratory", observation(`,"category":[` + social + `,` + lab + `]`), "category-not-in-plan"},
		{"laboratory, but of a special kind", observation(`,"category":[` + lab + `],"code":{"coding":[{"system":"http://snomed.info/sct","code":"104435004"}]}`), "category-not-in-plan"},
		{"laboratory report", report(`,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}]`), "released as laboratory"},
		{"laboratory report of psychiatry", report(`,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"},{"system":"http://snomed.info/sct","code":"394587001"}]}]`), "category-not-in-plan"},
		{"report of no category", report(``), "not-classified"},
		{"condition", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`, "category-not-in-plan"},
		{"a type that no rule knows", `{"resourceType":"Flag","id":"1","subject":{"reference":"Patient/p1"}}`, "not-classified"},
	})
	if got := verdict(t, fhir.Plan{Classes: classes}, observation(`,"category":[`+lab+`]`)); got != "category-not-in-plan" {
		t.Errorf("the zero plan gives %q", got)
	}
	if got := verdict(t, fhir.Plan{Categories: []string{"laboratory"}}, observation(`,"category":[`+lab+`]`)); got != "not-classified" {
		t.Errorf("a plan without a classifier gives %q", got)
	}
}

func TestAttack086DisplayOfAPatientIsNotReleased(t *testing.T) {
	got := read(t, permissionPlan(), `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1","display":"Mrs B"},"recorder":{"reference":"Practitioner/d","display":"Dr D"}}`)
	if strings.Contains(got, "Mrs B") || !strings.Contains(got, "Dr D") {
		t.Error(got)
	}
	plan := permissionPlan()
	plan.Masks = []string{"Reference.display", "Reference.identifier"}
	got = read(t, plan, `{"resourceType":"Condition","id":"1","code":{"coding":[{"system":"s","code":"c","display":"Asthma"}]},"subject":{"reference":"Patient/p1"},"recorder":{"reference":"Practitioner/d","display":"Sexual Health Clinic"},"asserter":{"identifier":{"system":"s","value":"clinic"},"display":"Clinic"}}`)
	if got != `{"resourceType":"Condition","id":"1","code":{"coding":[{"system":"s","code":"c","display":"Asthma"}]},"subject":{"reference":"Patient/p1"},"recorder":{"reference":"Practitioner/d"}}` {
		t.Error(got)
	}
}

func TestAttack100AttachmentAtAnotherHost(t *testing.T) {
	for _, c := range []struct{ name, attachment, want string }{
		{"another host", `{"contentType":"application/pdf","url":"https://evil.example/x"}`, `{"contentType":"application/pdf"}`},
		{"a file", `{"contentType":"application/pdf","url":"file:///etc/passwd"}`, `{"contentType":"application/pdf"}`},
		{"a host without scheme", `{"contentType":"application/pdf","url":"//evil.example/x"}`, `{"contentType":"application/pdf"}`},
		{"the source's address", `{"contentType":"application/pdf","url":"http://source.internal/fhir/Binary/1"}`, `{"contentType":"application/pdf"}`},
		{"relative", `{"contentType":"application/pdf","url":"Binary/1"}`, `{"contentType":"application/pdf"}`},
		{"escaped", `{"contentType":"application/pdf","url":"https:\/\/evil.example/x"}`, `{"contentType":"application/pdf"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := read(t, permissionPlan(), `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"},"content":[{"attachment":`+c.attachment+`}]}`)
			if !strings.HasSuffix(got, `"content":[{"attachment":`+c.want+`}]}`) {
				t.Error(got)
			}
		})
	}
	got := read(t, permissionPlan(), `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"},"content":[{"attachment":{"url":"https://evil.example/x"}}]}`)
	if got != `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"}}` {
		t.Errorf("what holds nothing more is left: %s", got)
	}
}

func TestAttack101InlineDocumentIsJudgedByItsLabel(t *testing.T) {
	judge(t, permissionPlan(), []judged{
		{"restricted", `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"},"securityLabel":[{"coding":[{"system":"` + confidentiality + `","code":"R"}]}],"content":[{"attachment":{"data":"c2VjcmV0"}}]}`, "label-withheld"},
		{"of a sensitive type", `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"},"type":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]},"content":[{"attachment":{"data":"c2VjcmV0"}}]}`, "label-withheld"},
		{"ordinary", `{"resourceType":"DocumentReference","id":"1","subject":{"reference":"Patient/p1"},"content":[{"attachment":{"data":"c2VjcmV0"}}]}`, "released as documents"},
	})
}
