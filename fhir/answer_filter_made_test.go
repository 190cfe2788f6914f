package fhir_test

import (
	"math/rand/v2"
	"strings"
)

// Parts of answers, good and bad, for made.
var (
	madeTypes = []string{
		"Observation", "Observation", "Observation", "Observation", "Condition", "Patient", "Patient", "Encounter", "Appointment",
		"DocumentReference", "AllergyIntolerance", "Organization", "Location", "Practitioner", "Medication", "List", "Bundle",
		"OperationOutcome", "Consent", "observation", "RelatedPerson",
	}
	madeReferences = []string{
		`{"reference":"Patient/p1"}`, `{"reference":"Patient/p1"}`, `{"reference":"Patient/p1"}`, `{"reference":"Patient/p2"}`,
		`{"reference":"Patient/p1","display":"x"}`, `{"reference":"Patient\/p1"}`, `{"reference":"Patient/p1/_history/2"}`,
		`{"reference":"http://source.internal/fhir/Patient/p1"}`, `{"reference":"http://source.internal/fhir/Patient/p2"}`,
		`{"reference":"http://other.example/fhir/Patient/p1"}`, `{"reference":"#p"}`, `{"reference":"#q"}`, `{"reference":"urn:uuid:1"}`,
		`{"reference":"Organization/o1"}`, `{"reference":"Location/o1"}`, `{"reference":"Practitioner/o1","display":"Dr"}`,
		`{"type":"Patient","display":"B"}`, `{"type":"Patient","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`,
		`{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000042"}}`,
		`{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}`,
		`{"reference":"Patient/p1","Reference":"Patient/p2"}`, `{"reference":"Patient/p2","reference":"Patient/p1"}`,
		`{"reference":1}`, `{"reference":{"reference":"Patient/p2"}}`, `{}`, `[]`, `null`, `"Patient/p2"`,
	}
	madeCodes = []string{
		`{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}`,
		`{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/category","code":"social-care"}]}`,
		`{"coding":[{"system":"https:\/\/mycarerecord.example/fhir/CodeSystem/category","code":"social\u002dcare"}]}`,
		`{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}`, `{"coding":[{"code":"86406008"}]}`,
		`{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B\u00320"}]}`, `{"text":"x"}`, `{"coding":[]}`,
		`{"coding":[{"system":"http://snomed.info/sct","code":"394587001"}]}`, `{"coding":[{"system":1,"code":"B20"}]}`,
	}
	madeLabels = []string{
		`{"system":"` + confidentiality + `","code":"N"}`, `{"system":"` + confidentiality + `","code":"L"}`, `{"system":"` + confidentiality + `","code":"R"}`,
		`{"code":"N"}`, `{"system":"` + confidentiality + `"}`, `{}`, `1`,
	}
	madeMembers = []string{
		`"text":{"status":"generated","div":"x"}`, `"address":[{"text":"x"}]`, `"telecom":[{"system":"phone","value":"1"}]`, `"_address":{"id":"x"}`,
		`"extension":[{"url":"http://x.example/home","valueString":"x"},{"url":"k","valueAddress":{"text":"x"}},{"url":"k","valueString":"k"}]`,
		`"link":[{"other":{"reference":"Patient/p2"}}]`, `"photo":[{"contentType":"a","url":"https://x.example/a"}]`,
		`"content":[{"attachment":{"url":"http://source.internal/fhir/Binary/1"}}]`, `"value":1.50`, `"note":[{"text":"\ud83d"}]`, `"unknownField":{"a":[1,null,true]}`,
		`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]`, `"Subject":1`, `"\u0073ubject":{"reference":"Patient/p2"}`,
		`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]`, `"name":[{"given":["a","b"],"_given":[{"extension":[{"url":"http://x.example/home"}]},null]}]`,
		`"hasMember":[{"reference":"Observation/o1","display":"named"},{"reference":"Condition/1","display":"named"}]`, `"result":[{"display":"named"}]`,
		`"instantiatesUri":["http://source.internal/x","x"]`, `"note":[{"text":"at HTTP://Source.internal:8080/x, and so on"}]`,
		`"identifier":[{"system":"http://fhir.nhs.net/Id/NHS-Number","value":"9990000026"}]`, `"modifierExtension":{"url":"http://x.example/home"}`,
	}
)

// made puts a searchset together by chance.
func made(r *rand.Rand) string {
	entries := make([]string, 1+r.IntN(4))
	for i := range entries {
		mode := pick(r, `"match"`, `"match"`, `"include"`, `"outcome"`, `"x"`)
		entries[i] = `{"resource":` + madeResource(r, 0)
		if r.IntN(4) > 0 {
			entries[i] += `,"search":{"mode":` + mode + `}`
		}
		if r.IntN(20) == 0 {
			entries[i] += `,"resource":` + madeResource(r, 0)
		}
		entries[i] += `}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, pick(r, ",", " ,\n ")) + `]}`
}

func madeResource(r *rand.Rand, deep int) string {
	members := []string{`"resourceType":"` + pick(r, madeTypes...) + `"`, `"id":"` + pick(r, "p1", "p", "o1", "1") + `"`}
	if r.IntN(3) == 0 {
		members = append(members, `"meta":{"versionId":"1","source":"#x","security":[`+pick(r, madeLabels...)+`]}`)
	}
	for _, place := range []string{"subject", "patient", "participant", "performer", "asserter", "serviceProvider"} {
		if chance := r.IntN(6); place == "subject" && chance > 0 || chance == 0 {
			value := pick(r, madeReferences[:3]...)
			if r.IntN(3) == 0 {
				value = pick(r, madeReferences...)
			}
			if place == "participant" {
				value = `[{"actor":` + value + `},{"individual":` + pick(r, madeReferences...) + `}]`
			}
			members = append(members, `"`+place+`":`+value)
		}
	}
	for _, place := range []string{"category", "code", "type", "class", "reasonCode"} {
		if r.IntN(5) == 0 {
			members = append(members, `"`+place+`":`+pick(r, `[`+pick(r, madeCodes...)+`]`, pick(r, madeCodes...)))
		}
	}
	for range r.IntN(3) {
		members = append(members, pick(r, madeMembers...))
	}
	if deep == 0 && r.IntN(4) == 0 {
		members = append(members, `"contained":[`+madeResource(r, 1)+`]`)
	}
	r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return `{` + strings.Join(members, ",") + `}`
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }
