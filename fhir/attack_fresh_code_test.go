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

// So are those of ICD-10 and Read, as far as the name of the system lets one know.
func TestAttack338ASensitiveCodeOfICDOrReadUnderAnotherName(t *testing.T) {
	rules, err := fhir.NewClassifier([]fhir.ClassRule{{Type: "Condition", Class: "conditions"}}, []fhir.Code{
		{System: "http://hl7.org/fhir/sid/icd-10", Code: "B20"}, {System: "http://read.info/readv2", Code: "43C3."}, {System: "http://read.info/ctv3", Code: "X70M6"},
	})
	if err != nil {
		t.Fatal(err)
	}
	plan := permissionPlan()
	plan.Classes = rules
	cases := map[string]string{}
	for code, systems := range map[string][]string{
		"B20.1": {"ICD", "icd", "ICD 10", "I10", "http://id.who.int/icd/release/10/2019", "http://id.who.int/icd10", "urn:oid:2.16.840.1.113883.6.90", "2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10-am", "http://hl7.org/fhir/sid/icd-10-de", "https://fhir.nhs.uk/Id/icd", "http://hl7.org/fhir/sid/icd-10-nl", "ICD-10-WHO", "urn:icd:10"},
		"43C3.": {"READ", "Read", "read", "READ2", "Read Codes", "http://read.info/readv2/", "5-byte Read", "urn:oid:2.16.840.1.113883.2.1.6.2", "https://fhir.example/read", "READV2", "http://read.nhs.uk"},
		"X70M6": {"CTV3", "READ3", "http://tpp-uk.example/ctv3", "https://fhir.hl7.org.uk/Id/ctv3", "Read CTV3", "urn:oid:2.16.840.1.113883.2.1.3.2.4.14", "READ", "http://read.nhs.uk"},
	} {
		for _, system := range systems {
			cases[system+" "+code] = condition(`"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]}`)
		}
	}
	held(t, plan, cases, map[string]string{
		"a local code":     condition(`"code":{"coding":[{"system":"https://local.example/wards","code":"B20"}]}`),
		"a spread of them": condition(`"code":{"coding":[{"system":"https://local.example/spread","code":"43C3."}]}`),
		"ICD-10 of flu":    condition(`"code":{"coding":[{"system":"ICD","code":"J10.1"}]}`),
	})
}
