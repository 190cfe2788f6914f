package fhir_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// spellings of what the code lists say plainly: HIV in SNOMED CT and in ICD-10.
var spellings = struct{ codes, systems, icdCodes, icdSystems []string }{
	codes: []string{
		`86406008`, `86406008 `, ` 86406008`, `86406008\n`, `86406008\u200b`, `\u200b86406008`, `8640\u200b6008`, `8640\u00ad6008`,
		`\ufeff86406008`, `\u202e86406008`, `86406008\u3000`, `８６４０６００８`, `٨٦٤٠٦٠٠٨`, `086406008`, `00000086406008`,
		`86406008|HIV|`, `86406008 | Human immunodeficiency virus infection (disorder) |`, `86406008 |HIV: a|`, `86406008｜HIV｜`,
		`=== 86406008`, `<<< 86406008`, `===86406008|HIV|`, `<<86406008`, `(86406008)`, `+86406008`, `86406008.`, `86406008.0`,
		`86406008:246075003=19030005`, `64572001|Disease|:246075003|Causative agent|=86406008`, `64572001:{363698007=39057004,246075003=86406008}`,
		`64572001+86406008`, `64572001 + 86406008 |HIV|`, `=== 64572001 + 86406008 : 1 = 2`, `243796009:246090004=(64572001:246075003=86406008)`,
		`http://snomed.info/id/86406008`, `\u0038\u0036406008`, `SCTID:86406008`, `SNOMEDCT/86406008`, `86406008,195967001`, `\"86406008\"`,
	},
	systems: []string{
		`http://snomed.info/sct`, `https://snomed.info/sct`, `http://snomed.info/sct/`, `http://snomed.info//sct`, `HTTP://SNOMED.INFO/SCT`,
		`http://SNOMED.info/sct`, ` http://snomed.info/sct `, `http://snomed.info/sct\u200b`, `http://snomed.info/sct/83821000000107`,
		`http://snomed.info/sct/83821000000107/version/20260401`, `http://snomed.info/sct/900000000000207008/`, `http://snomed.info/sct/999000041000000102/version/20200901`,
		`http://snomed.info/sct|http://snomed.info/sct/83821000000107`, `http://snomed.info/sct|20260401`, `http://snomed.info/sct?fhir_vs`, `http://snomed.info/sct#x`,
		`http://www.snomed.info/sct`, `http://snomed.info/xsct/11000172109`, `http://snomed.info/id`, `http://snomed.info`, `snomed.info/sct`, `//snomed.info/sct`,
		`urn:oid:2.16.840.1.113883.6.96`, `URN:OID:2.16.840.1.113883.6.96`, `2.16.840.1.113883.6.96`, `oid:2.16.840.1.113883.6.96`, `urn:oid:2.16.840.1.113883.6.96 `,
		`SNOMED`, `SNOMED CT`, `snomed-ct`, `SCT`, `sct`, `http://snomed.org/sct`, `https://fhir.example/CodeSystem/snomed-ct-uk`, `ｈｔｔｐ://snomed.info/sct`, `http:\/\/snomed.info\/sct`,
		``, `https://local.example/codes`, `urn:uuid:0f1e2d3c-0000-4000-8000-000000000000`,
	},
	icdCodes:   []string{`B20`, `B20.0`, `B200`, `b20`, `B20.`, `B20 `, ` B20`, `Ｂ20`, `B20\u200b`, `B20X`, `B20.0+`, `B20.0*`, `B20-B24`, `B20|HIV disease|`, `B20 HIV disease`},
	icdSystems: []string{`http://hl7.org/fhir/sid/icd-10`, `https://hl7.org/fhir/sid/icd-10/`, `HTTP://hl7.org/fhir/sid/ICD-10`, `urn:oid:2.16.840.1.113883.6.3`, `http://hl7.org/fhir/sid/icd-10|2016`, `http://hl7.org/fhir/sid/icd-10-cm`, `ICD10`, `ICD-10`, `https://fhir.hl7.org.uk/Id/icd-10`},
}

// codedAs are the places where a code may stand, each with %s for "system":…,"code":….
var codedAs = map[string]string{
	"what it is about":            `"code":{"coding":[{%s}]}`,
	"beside another coding":       `"code":{"coding":[{"system":"http://snomed.info/sct","code":"195967001"},{%s}]}`,
	"a coding that is no list":    `"code":{"coding":{%s}}`,
	"a concept that is a coding":  `"code":{%s}`,
	"a list of concepts":          `"code":[{"coding":[{%s}]}]`,
	"a category":                  `"category":[{"coding":[{%s}]}]`,
	"evidence":                    `"evidence":[{"code":[{"coding":[{%s}]}]}]`,
	"an extension":                `"extension":[{"url":"x","valueCoding":{%s}}]`,
	"a concept in an extension":   `"extension":[{"url":"x","extension":[{"url":"y","valueCodeableConcept":{"coding":[{%s}]}}]}]`,
	"a modifier extension":        `"bodySite":[{"modifierExtension":[{"url":"x","valueCoding":{%s}}]}]`,
	"the extension of a code":     `"code":{"coding":[{"code":"1","_code":{"extension":[{"url":"x","valueCoding":{%s}}]}}]}`,
	"an extension of a primitive": `"recordedDate":"2026","_recordedDate":{"extension":[{"url":"x","valueCoding":{%s}}]}`,
	"a tag":                       `"meta":{"tag":[{%s}]}`,
	"a contained observation":     `"contained":[{"resourceType":"Observation","id":"o","code":{"coding":[{%s}]}}],"evidence":[{"detail":[{"reference":"#o"}]}]`,
	"a contained medicine":        `"contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{%s}]}}],"evidence":[{"detail":[{"reference":"#m"}]}]`,
	"a quantity":                  `"onsetAge":{"value":1,%s}`,
	"a member nobody knows":       `"nobodyKnows":{"deep":[{"er":{%s}}]}`,
}

func condition(members string) string {
	return `{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"},` + members + `}`
}

func TestAttack148ASensitiveCodeIsKnownHoweverItIsWritten(t *testing.T) {
	held := func(t *testing.T, place, coding string) {
		t.Helper()
		got, b := cut(t, "Condition", permissionPlan(), bundleOf(condition(fmt.Sprintf(place, coding))))
		if len(got.Released) != 0 || got.Withheld["label-withheld"] != 1 {
			t.Errorf("%s in %s: withheld %v of %d entries", coding, place, got.Withheld, len(b.Entry))
		}
	}
	for where, place := range codedAs {
		t.Run(where, func(t *testing.T) {
			for _, code := range spellings.codes {
				held(t, place, `"system":"http://snomed.info/sct","code":"`+code+`"`)
				held(t, place, `"code":"`+code+`"`)
			}
			for _, system := range spellings.systems {
				held(t, place, `"system":"`+system+`","code":"86406008"`)
				held(t, place, `"code":"86406008 |HIV|","system":"`+system+`","display":"x"`)
			}
			for _, code := range spellings.icdCodes {
				held(t, place, `"system":"http://hl7.org/fhir/sid/icd-10","code":"`+code+`"`)
			}
			for _, system := range spellings.icdSystems {
				held(t, place, `"system":"`+system+`","code":"B20.9"`)
			}
		})
	}
}

func TestAttack148ASensitiveCodeThatIsAValueIsKnown(t *testing.T) {
	for _, members := range []string{
		`"extension":[{"url":"x","valueCode":"86406008"}]`, `"extension":[{"url":"x","valueString":"86406008 |HIV|"}]`,
		`"extension":[{"url":"x","valueUri":"http://snomed.info/id/86406008"}]`, `"extension":[{"url":"x","valueId":" ８６４０６００８"}]`,
		`"extension":[{"url":"x","valueInteger":86406008}]`, `"extension":[{"url":"x","valueDecimal":86406008.0}]`,
		`"extension":[{"url":"x","extension":[{"url":"y","valueCanonical":"http://snomed.info/sct?code=86406008"}]}]`,
		`"extension":[{"url":"x","valueMarkdown":"SNOMED 86406008"}]`, `"extension":[{"url":"x","valueIdentifier":{"system":"http://snomed.info/sct","value":"86406008"}}]`,
		`"code":{"text":"86406008"}`, `"code":{"text":" 86406008 HIV"}`, `"code":{"coding":[{"display":"86406008"}]}`, `"code":{"coding":[{"system":"http://snomed.info/id/86406008","code":"x"}]}`,
		`"snomedCode":"86406008"`, `"codes":["86406008"]`, `"evidence":[{"linkId":"86406008 |HIV|"}]`, `"codes":[[" 86406008"]]`,
		`"code":"86406008"`, `"category":["86406008"]`,
	} {
		judge(t, permissionPlan(), []judged{{members, condition(members), "label-withheld"}})
	}
	judge(t, permissionPlan(), []judged{
		{"a first-level value", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"valueString":"86406008"}`, "label-withheld"},
		{"a value in a component", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"component":[{"valueString":"86406008"}]}`, "label-withheld"},
	})
}

// What is no string where a code belongs may be anything: nobody can hold it
// against a list.
func TestAttack148WhatIsNoStringWhereACodeBelongsIsNotUnderstood(t *testing.T) {
	for members, element := range map[string]string{
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":86406008}]}`:             "Condition.code.coding.code",
		`"code":{"coding":[{"code":86406008}]}`:                                               "Condition.code.coding.code",
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":8.6406008e7}]}`:          "Condition.code.coding.code",
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":true}]}`:                 "Condition.code.coding.code",
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":["86406008"]}]}`:         "Condition.code.coding.code",
		`"code":{"coding":[{"code":["86406008"]}]}`:                                           "Condition.code.coding.code",
		`"code":{"coding":[{"code":[86406008]}]}`:                                             "Condition.code.coding.code",
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":{"value":"86406008"}}]}`: "Condition.code.coding.code",
		`"code":{"coding":[{"system":["http://snomed.info/sct"],"code":"86406008"}]}`:         "Condition.code.coding.system",
		`"code":{"coding":[{"system":1,"code":"86406008"}]}`:                                  "Condition.code.coding.system",
		`"code":{"coding":["86406008"]}`:                                                      "Condition.code.coding",
		`"code":{"coding":[["86406008"]]}`:                                                    "Condition.code.coding",
		`"code":{"coding":[86406008]}`:                                                        "Condition.code.coding",
		`"code":{"coding":"86406008"}`:                                                        "Condition.code.coding",
		`"code":{"coding":86406008}`:                                                          "Condition.code.coding",
		`"code":86406008`:                                                                     "Condition.code",
		`"code":[86406008]`:                                                                   "Condition.code",
		`"category":[1]`:                                                                      "Condition.category",
		`"category":7`:                                                                        "Condition.category",
		`"extension":[{"url":"x","valueCoding":{"code":86406008}}]`:                           "Condition.extension.valueCoding.code",
		`"contained":[{"resourceType":"Medication","id":"m","code":{"coding":[86406008]}}]`:   "Condition.contained.code.coding",
	} {
		got, _ := cut(t, "Condition", permissionPlan(), bundleOf(condition(members)))
		if got.Withheld["not-understood"] != 1 || len(got.Causes) != 1 || got.Causes[0].Element != element {
			t.Errorf("%s: withheld %v, causes %v", members, got.Withheld, got.Causes)
		}
	}
}

// What is shown stays as it came, and what only looks like a sensitive code is shown.
func TestAttack148WhatIsNotSensitiveIsShownAsItCame(t *testing.T) {
	for _, members := range []string{
		`"code":{"coding":[{"system":"HTTPS://SNOMED.INFO/sct/|x","code":" 195967001 |Asthma| "}],"text":"0195967001"}`,
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":"864060081"}]}`,
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":"186406008"}]}`,
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":"64060086406008111"}]}`,
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":""}]}`,
		`"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B25.0"}]}`,
		`"code":{"coding":[{"system":"https://local.example/wards","code":"B20"}]}`,
		`"code":{"coding":[{"system":"https://local.example/wards","code":"B20 west"}]}`,
		`"extension":[{"url":"x","valueString":"ward B20"}]`,
		`"extension":[{"url":"x","valueString":"01632 960 001"}]`,
		`"identifier":[{"system":"https://local.example/problems","value":"86406008"}]`,
		`"code":{"coding":[{"code":null}]}`,
	} {
		if got := read(t, permissionPlan(), condition(members)); got != condition(members) {
			t.Errorf("%s\nbecame %s", members, got)
		}
	}
}

// A code that puts an entry into a category does so however it is written, and one
// that is told by an expression's refinement alone opens nothing.
func TestAttack148ACategoryIsTheSameHoweverItsCodeIsWritten(t *testing.T) {
	c, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Condition", Code: []fhir.Code{{snomed, "394587001"}}, Class: "mental-health", OnTop: true},
		{Type: "Condition", Code: []fhir.Code{{snomed, "195967001"}}, Class: "asthma"},
		{Type: "Condition", Code: []fhir.Code{{"http://hl7.org/fhir/sid/icd-10", fhir.AnyCode}}, Class: "icd"},
		{Type: "Condition", Class: "conditions"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	class := func(system, code string) string {
		got, err := fhir.Examine([]byte(condition(`"code":{"coding":[{"system":"`+system+`","code":"`+code+`"}]}`)), owner, fhir.Plan{Classes: c}, fhir.Links{})
		if err != nil {
			t.Fatal(err)
		}
		return got.Category
	}
	for _, code := range spellings.codes {
		if code == "86406008" || strings.ContainsAny(code, ":+") {
			continue
		}
		code = strings.NewReplacer("86406008", "195967001", "８６４０６００８", "１９５９６７００１", "٨٦٤٠٦٠٠٨", "١٩٥٩٦٧٠٠١",
			`8640\u200b6008`, `1959\u200b67001`, `8640\u00ad6008`, `1959\u00ad67001`, `\u0038\u0036406008`, `\u0031\u00395967001`).Replace(code)
		if got := class(snomed, code); got != "asthma" {
			t.Errorf("%s: %s", code, got)
		}
	}
	for _, system := range []string{"https://snomed.info/sct/", snomed + "/83821000000107", snomed + "|1", "urn:oid:2.16.840.1.113883.6.96", "HTTP://Snomed.info/sct"} {
		if got := class(system, "195967001"); got != "asthma" {
			t.Errorf("%s: %s", system, got)
		}
	}
	for code, want := range map[string]string{
		"195967001:246075003=394587001": "mental-health", "64572001:246075003=394587001": "mental-health", // on top of whatever it is
		"64572001:246075003=195967001": "conditions", "195967001:246075003=64572001": "asthma", "64572001+195967001": "asthma",
	} {
		if got := class(snomed, code); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	// A system that only sounds like the one of the rules places nothing, and takes nothing away.
	if got := class("https://local.example/snomed-like", "195967001"); got != "conditions" {
		t.Errorf("of a system that only sounds like it: %s", got)
	}
	if got := class("https://local.example/snomed-like", "394587001"); got != "mental-health" {
		t.Errorf("what comes on top, of a system that only sounds like it: %s", got)
	}
	if got := class("HTTP://HL7.org/fhir/sid/icd-10/", "J45"); got != "icd" {
		t.Errorf("any code of a system, in other letters: %s", got)
	}
}
