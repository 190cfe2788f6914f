package fhir_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// The codes of LOINC are as sensitive under another name of their system as those
// of SNOMED CT.
func TestAttack337ASensitiveCodeOfLOINCUnderAnotherName(t *testing.T) {
	rules, err := fhir.NewClassifier([]fhir.ClassRule{{Type: "Condition", Class: "conditions"}}, []fhir.Code{{System: "http://loinc.org", Code: "20447-9"}})
	if err != nil {
		t.Fatal(err)
	}
	plan := permissionPlan()
	plan.Classes = rules
	cases := map[string]string{}
	for _, system := range []string{
		"http://loinc.org", "https://loinc.org/", "http://www.loinc.org", "LOINC", "loinc", "LN", "urn:oid:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1", "http://loinc.org|2.77", "http://loinc.org/vs", "http://loinc.org/20447-9", "http://loinc.example",
		"https://local.example/tests", "urn:uuid:0f1e2d3c-0000-4000-8000-000000000000", "http://loinc.org\\u200b", "http://LOINC.org",
	} {
		for _, code := range []string{"20447-9", "20447-9 ", " 20447-9", "20447-9|HIV 1 RNA|", "20447\\u20119", "20447\\u20139", "\\u200b20447-9", "２０４４７-９", "20447－9", "020447-9", "LOINC:20447-9", "20447-9^HIV", "20447-9 HIV 1 RNA"} {
			cases[system+" "+code] = condition(`"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]}`)
		}
	}
	for name, part := range map[string]string{
		"words": `"code":{"text":"20447-9"}`, "and its term": `"code":{"text":"20447-9 HIV 1 RNA"}`, "a display": `"code":{"coding":[{"display":"20447-9"}]}`, "a string": `"extension":[{"url":"x","valueString":"20447-9"}]`,
		"an address": `"extension":[{"url":"http://loinc.org/20447-9","valueBoolean":true}]`, "a value's": `"identifier":[{"system":"http://loinc.org","value":"20447-9"}]`,
	} {
		cases[name] = condition(part)
	}
	held(t, plan, cases, map[string]string{
		"another":     condition(`"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}],"text":"718-7 Haemoglobin"}`),
		"a telephone": condition(`"extension":[{"url":"x","valueString":"020447-91"}]`),
		"longer":      condition(`"code":{"coding":[{"system":"https://local.example","code":"120447-9"}]}`),
	})
	if got := verdict(t, plan, condition(`"code":{"text":"x"}`)); !strings.HasPrefix(got, "released") {
		t.Error(got)
	}
}
