package decision_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

const sensitiveCodes = "data/sensitive_codes.json"

// heldBy says whether a Condition with a coding is held back for its label, by the
// plan that a permission without sensitive items gives.
func heldBy(t *testing.T, plan fhir.Plan, coding string) bool {
	t.Helper()
	body := `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"coding":[` + coding + `]}}`
	got, err := fhir.Examine([]byte(body), fhir.Owner{Numbers: []nhs.Number{policytest.Number("9990000018")}, LocalIDs: []string{"p1"}}, plan, fhir.Links{})
	if err != nil || got.Reason != "" && got.Reason != "label-withheld" {
		t.Fatalf("%s: %+v, %v", coding, got, err)
	}
	return got.Reason == "label-withheld"
}

func permittedPlan(t *testing.T, rev *decision.Revision) fhir.Plan {
	t.Helper()
	d := decision.NewEngine(rev).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if len(d.Plan.Categories) == 0 {
		t.Fatalf("%+v", d)
	}
	return d.Plan
}

// Every code of every published list is held, as the list has it and as sources
// write codes of its system: an alias of the system, an expression, a code below it.
func TestAttack148EveryCodeOfThePublishedListsIsSensitive(t *testing.T) {
	rev := policytest.Engine(t).Revision()
	plan := permittedPlan(t, rev)
	var doc struct{ Lists []string }
	text, err := policies.FS.ReadFile(sensitiveCodes)
	if err != nil || json.Unmarshal(text, &doc) != nil || len(doc.Lists) < 7 {
		t.Fatal(err, doc.Lists)
	}
	written := map[string][]string{
		"snomed":  {`"system":"http://snomed.info/sct","code":"%s"`, `"system":"https://snomed.info/sct/83821000000107/version/20260401","code":"%s |x|"`, `"system":"urn:oid:2.16.840.1.113883.6.96","code":"=== 138875005 : 246075003 = %s"`, `"code":"%s"`},
		"icd-10":  {`"system":"http://hl7.org/fhir/sid/icd-10","code":"%s"`, `"system":"https://fhir.hl7.org.uk/Id/icd-10","code":"%s9"`, `"system":"urn:oid:2.16.840.1.113883.6.3","code":"%s.8"`, `"system":"ICD10","code":"%sX"`},
		"loinc":   {`"system":"http://loinc.org","code":"%s"`, `"system":"HTTPS://loinc.org/","code":" %s"`, `"system":"urn:oid:2.16.840.1.113883.6.1","code":"%s"`},
		"ctv3":    {`"system":"http://read.info/ctv3","code":"%s"`, `"system":"urn:oid:2.16.840.1.113883.2.1.3.2.4.14","code":"%s"`, `"system":"https://local.example/CTV3","code":"%s00"`},
		"read-v2": {`"system":"http://read.info/readv2","code":"%s"`, `"system":"http://read.info/readv2/","code":"%s00"`, `"system":"https://local.example/ReadV2","code":"%s"`},
	}
	codes := 0
	for _, name := range doc.Lists {
		var list struct {
			System string
			Codes  map[string]string
		}
		text, err := policies.FS.ReadFile("data/codes/" + strings.TrimPrefix(name, "@") + ".json")
		if err != nil || json.Unmarshal(text, &list) != nil || written[list.System] == nil {
			t.Fatal(name, err, list.System)
		}
		for code := range list.Codes {
			codes++
			for _, form := range written[list.System] {
				if coding := "{" + fmt.Sprintf(form, code) + "}"; !heldBy(t, plan, coding) {
					t.Errorf("%s: %s is shown", name, coding)
				}
			}
		}
	}
	if codes < 700 {
		t.Errorf("only %d codes", codes)
	}
	for _, shown := range []string{
		`{"system":"http://snomed.info/sct","code":"195967001"}`, `{"system":"http://hl7.org/fhir/sid/icd-10","code":"J45.9"}`,
		`{"system":"http://hl7.org/fhir/sid/icd-10","code":"O03.9"}`, `{"system":"http://hl7.org/fhir/sid/icd-10","code":"F02.3"}`,
		`{"system":"http://loinc.org","code":"718-7"}`, `{"system":"http://read.info/ctv3","code":"H33.."}`, `{"system":"http://read.info/readv2","code":"A78.."}`,
	} {
		if heldBy(t, plan, shown) {
			t.Errorf("%s is held", shown)
		}
	}
}

// What a region adds is a file and a word in a list: data and nothing else.
func TestARegionAddsSensitiveCodes(t *testing.T) {
	fsys := policytest.Changed(t, sensitiveCodes, func(s string) string {
		s = strings.Replace(s, `"lists": [`, `"lists": ["@our-sensitive", `, 1)
		return strings.Replace(s, "\n  ]\n}", "\n  ],\n"+`  "codes": [{"system": "https://hospital.example/codes", "code": "GUM-1", "display": "Sexual health clinic"}]`+"\n}", 1)
	})
	fsys["data/codes/our-sensitive.json"] = &fstest.MapFile{Data: []byte(list("icd-10", `"F10": "Disorders due to use of alcohol"`))}
	var out bytes.Buffer
	if err := check.Check(t.Context(), fsys, &out); err != nil {
		t.Fatal(out.String())
	}
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan := permittedPlan(t, rev)
	for coding, want := range map[string]bool{
		`{"system":"http://hl7.org/fhir/sid/icd-10","code":"F10.2"}`: true, `{"system":"http://hl7.org/fhir/sid/icd-10","code":"F11.2"}`: false,
		`{"system":"https://hospital.example/codes","code":"GUM-1"}`: true, `{"system":"https://hospital.example/codes/","code":"gum-1"}`: true,
		`{"system":"https://hospital.example/codes","code":"GUM-2"}`: false, `{"system":"http://snomed.info/sct","code":"86406008"}`: true,
	} {
		if heldBy(t, plan, coding) != want {
			t.Errorf("%s: held is not %v", coding, want)
		}
	}
}

func TestAMalformedListOfSensitiveCodesIsRefused(t *testing.T) {
	const snomedList, icdList, readList, loincList = "data/codes/sensitive-gender-snomed.json", "data/codes/sensitive-icd-10.json",
		"data/codes/sensitive-hiv-ctv3.json", "data/codes/sensitive-infections-loinc.json"
	for name, c := range map[string]struct {
		file, old, new, want string
	}{
		"a wrong check digit of SNOMED CT":    {snomedList, `"93461009"`, `"93461008"`, `"93461008" is not an identifier of a SNOMED CT concept`},
		"a description for a concept":         {snomedList, `"93461009"`, `"1766015"`, `"1766015" is not an identifier of a SNOMED CT concept`},
		"an expression":                       {snomedList, `"93461009"`, `"93461009:1=2"`, "is not an identifier"},
		"a range of ICD-10":                   {icdList, `"B20"`, `"B20-B24"`, `"B20-B24" is not a code of ICD-10`},
		"a chapter of ICD-10":                 {icdList, `"B20"`, `"B"`, `"B" is not a code of ICD-10`},
		"a small letter in ICD-10":            {icdList, `"B20"`, `"b20"`, `"b20" is not a code of ICD-10`},
		"a Read code that is too long":        {readList, `"X70M6"`, `"X70M600"`, `"X70M600" is not a Read code`},
		"a wrong check digit of LOINC":        {loincList, `"7918-6"`, `"7918-7"`, `"7918-7" is not a LOINC code`},
		"a list that is not there":            {sensitiveCodes, `"@sensitive-icd-10"`, `"@sensitive-icd-9"`, "there is no list data/codes/sensitive-icd-9.json"},
		"a code where a list belongs":         {sensitiveCodes, `"@sensitive-icd-10"`, `"icd-10|B20"`, `"icd-10|B20" must be @list`},
		"a list that is no longer named":      {sensitiveCodes, `"@sensitive-icd-10",`, ``, `sensitive-icd-10.json: no rule names it`},
		"a code that no record can have":      {sensitiveCodes, "\n  ]\n}", "\n  ],\n" + `  "codes": [{"system": "http://snomed.info/sct", "code": "86406007", "display": "x"}]}`, `"86406007" is not an identifier`},
		"a code of no system":                 {sensitiveCodes, "\n  ]\n}", "\n  ],\n" + `  "codes": [{"system": "", "code": "86406008", "display": "x"}]}`, "want its system"},
		"every code of a system":              {sensitiveCodes, "\n  ]\n}", "\n  ],\n" + `  "codes": [{"system": "http://loinc.org", "code": "*", "display": "x"}]}`, "want its system and a code"},
		"no list and no code":                 {sensitiveCodes, "", `{"source": "a source that is long enough", "lists": []}`, "nothing is sensitive"},
		"a number where a code belongs":       {sensitiveCodes, "\n  ]\n}", "\n  ],\n" + `  "codes": [{"system": "http://loinc.org", "code": 7, "display": "x"}]}`, "cannot unmarshal number"},
		"a list of sensitive codes, misspelt": {sensitiveCodes, `"lists"`, `"list"`, "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			change := policytest.Replace(c.old, c.new)
			if c.old == "" {
				change = func(string) string { return c.new }
			}
			fsys := policytest.Changed(t, c.file, change)
			_, err := decision.Load(t.Context(), fsys, decision.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "data/") || strings.Contains(err.Error(), "nil") {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}
