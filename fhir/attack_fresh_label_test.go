package fhir_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/fhir"
)

const inline = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"

// A label on an element holds however it is named, and in whatever form its value is.
func TestAttack316ALabelOnAnElementInAnotherForm(t *testing.T) {
	restricted := `"valueCoding":{"system":"` + confidentiality + `","code":"R"}`
	cases := map[string]string{}
	for name, extension := range map[string]string{
		"a version":         `{"url":"` + inline + `|1.0.0",` + restricted + `}`,
		"a slash":           `{"url":"` + inline + `/",` + restricted + `}`,
		"a fragment":        `{"url":"` + inline + `#x",` + restricted + `}`,
		"capitals":          `{"url":"` + strings.ToUpper(inline) + `",` + restricted + `}`,
		"escaped":           `{"url":"` + strings.ReplaceAll(inline, "-", `\u002d`) + `",` + restricted + `}`,
		"a blank":           `{"url":"` + inline + ` ",` + restricted + `}`,
		"a list":            `{"url":"` + inline + `","valueCoding":[{"system":"` + confidentiality + `","code":"R"}]}`,
		"a concept":         `{"url":"` + inline + `","valueCodeableConcept":{"coding":[{"system":"` + confidentiality + `","code":"R"}]}}`,
		"words":             `{"url":"` + inline + `","valueCodeableConcept":{"text":"restricted"}}`,
		"a bare code":       `{"url":"` + inline + `","valueCode":"R"}`,
		"a string":          `{"url":"` + inline + `","valueString":"R"}`,
		"an address":        `{"url":"` + inline + `","valueUri":"` + confidentiality + `|R"}`,
		"within":            `{"url":"` + inline + `","extension":[{"url":"label",` + restricted + `}]}`,
		"within, bare":      `{"url":"` + inline + `","extension":[{"url":"label","valueCode":"R"}]}`,
		"deep within":       `{"url":"` + inline + `","extension":[{"url":"a","extension":[{"url":"b",` + restricted + `}]}]}`,
		"nothing":           `{"url":"` + inline + `"}`,
		"a twin":            `{"url":"` + inline + `","valueCode":"N","_valueCode":{"extension":[{"url":"` + inline + `",` + restricted + `}]}}`,
		"its older name":    `{"url":"http://hl7.org/fhir/StructureDefinition/inline-sec-label",` + restricted + `}`,
		"one and the other": `{"url":"` + inline + `","valueCoding":{"system":"` + confidentiality + `","code":"N"}},{"url":"` + inline + `",` + restricted + `}`,
	} {
		for where, place := range map[string]string{
			"a note": `"note":[{"extension":[%s]}]`, "an extension of meta": `"meta":{"extension":[%s]}`, "a modifier of meta": `"meta":{"modifierExtension":[%s]}`,
			"a twin": `"recordedDate":"2026","_recordedDate":{"extension":[%s]}`, "the resource": `"extension":[%s]`, "a modifier": `"modifierExtension":[%s]`,
			"contained": `"contained":[{"resourceType":"Observation","id":"o","component":[{"extension":[%s]}]}],"evidence":[{"detail":[{"reference":"#o"}]}]`,
		} {
			cases[name+" in "+where] = condition(fmt.Sprintf(place, extension))
		}
	}
	held(t, permissionPlan(), cases, map[string]string{
		"normal": condition(`"note":[{"extension":[{"url":"` + inline + `","valueCoding":{"system":"` + confidentiality + `","code":"N"}}],"text":"x"}]`),
	})
}

// A code of confidentiality is a label wherever it stands: a source that keeps it in a tag, or
// in an extension of its own, means what it says.
func TestAttack317AConfidentialityThatIsNoLabel(t *testing.T) {
	cases := map[string]string{}
	for name, coding := range map[string]string{
		"restricted": `{"system":"` + confidentiality + `","code":"R"}`, "very": `{"system":"` + confidentiality + `","code":"V"}`, "STU3": `{"system":"http://hl7.org/fhir/v3/Confidentiality","code":"R"}`,
		"OID": `{"system":"urn:oid:2.16.840.1.113883.5.25","code":"R"}`, "a version": `{"system":"` + confidentiality + `|2.0.0","code":"R"}`, "capitals": `{"system":"` + strings.ToUpper(confidentiality) + `","code":"R"}`,
		"small": `{"system":"` + confidentiality + `","code":"r"}`, "no code": `{"system":"` + confidentiality + `","display":"restricted"}`, "a blank": `{"system":"` + confidentiality + ` ","code":"R"}`,
	} {
		for where, place := range map[string]string{
			"a tag": `"meta":{"tag":[%s]}`, "an extension": `"extension":[{"url":"http://x.example/c","valueCoding":%s}]`, "a concept": `"extension":[{"url":"http://x.example/c","valueCodeableConcept":{"coding":[%s]}}]`,
			"a category": `"category":[{"coding":[%s]}]`, "meta's extension": `"meta":{"extension":[{"url":"http://x.example/c","valueCoding":%s}]}`,
			"contained": `"contained":[{"resourceType":"Observation","id":"o","meta":{"tag":[%s]}}],"evidence":[{"detail":[{"reference":"#o"}]}]`,
		} {
			cases[name+" in "+where] = condition(fmt.Sprintf(place, coding))
		}
	}
	for _, code := range []string{"HIV", "MH", "PSY", "SDV", "SEX", "STD", "SUD", "ETH"} {
		cases[code+" in a tag"] = condition(`"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"` + code + `"}]}`)
	}
	held(t, permissionPlan(), cases, map[string]string{
		"normal in a tag": condition(`"meta":{"tag":[{"system":"` + confidentiality + `","code":"N"}]}`),
		"a class":         strings.Replace(condition(`"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}`), "Condition", "Encounter", 1),
		"another tag":     condition(`"meta":{"tag":[{"system":"http://x.example/tags","code":"R"}]}`),
	})
}

// A sensitive concept stands where no code belongs.
func TestAttack318ASensitiveConceptInAnAddressANameOrANumber(t *testing.T) {
	cases := map[string]string{}
	for name, part := range map[string]string{
		"an extension's name":   `"extension":[{"url":"http://snomed.info/id/86406008","valueBoolean":true}]`,
		"its fragment":          `"extension":[{"url":"http://snomed.info/sct#86406008","valueBoolean":true}]`,
		"a profile":             `"meta":{"profile":["http://snomed.info/sct/83821000000107/id/86406008"]}`,
		"a definition":          `"instantiatesUri":["http://snomed.info/id/86406008"]`,
		"a link":                `"note":[{"text":"http://snomed.info/id/86406008"}]`,
		"rules":                 `"implicitRules":"http://snomed.info/id/86406008"`,
		"a member's name":       `"86406008":true`,
		"a member below":        `"stage":[{"86406008":{"x":1}}]`,
		"a power":               `"extension":[{"url":"x","valueDecimal":8.6406008e7}]`,
		"a power in capitals":   `"extension":[{"url":"x","valueInteger":86406008E0}]`,
		"a fraction":            `"extension":[{"url":"x","valueDecimal":86406008.00}]`,
		"like a date":           `"extension":[{"url":"x","valueString":"2026-86406008"}]`,
		"like a date, in words": `"code":{"text":"1234-86406008"}`,
		"a value without":       `"identifier":[{"value":"86406008"}]`,
		"a long text":           `"code":{"text":"86406008 ` + strings.Repeat("and so on ", 40) + `"}`,
		"a title":               `"title":"86406008"`,
		"a code in words":       `"code":{"text":"B20"}`,
		"and its term":          `"code":{"text":"B20.9 HIV disease"}`,
		"a small code in words": `"code":{"text":"b20"}`,
		"a display":             `"code":{"coding":[{"display":"B20"}]}`,
		"a unit":                `"onsetAge":{"value":1,"unit":"86406008"}`,
	} {
		cases[name] = condition(part)
	}
	held(t, permissionPlan(), cases, map[string]string{
		"dates":         condition(`"onsetDateTime":"2026-01-02T03:04:05.123456+01:00","recordedDate":"2026-01-02"`),
		"a definition":  condition(`"instantiatesUri":["http://snomed.info/id/195967001"],"code":{"text":"Vitamin B12"}`),
		"another power": condition(`"extension":[{"url":"x","valueDecimal":1.5e7}]`),
	})
}

// A category that is told by a display, or in words beside a coding that says nothing, is not
// no category.
func TestAttack319ACategoryThatOnlyADisplayTells(t *testing.T) {
	plan := permissionPlan()
	plan.Categories = []string{"laboratory"}
	lab := `{"coding":[{"system":"` + diagnosticService + `","code":"LAB"}]}`
	report := func(category string) string {
		return `{"resourceType":"DiagnosticReport","id":"1","subject":{"reference":"Patient/p1"},"category":` + category + `,"code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]}}`
	}
	held(t, plan, map[string]string{
		"none":            report(`[]`),
		"a display":       report(`[{"coding":[{"display":"Laboratory"}]}]`),
		"a bare text":     report(`"LABX"`),
		"another system":  report(`[{"coding":[{"system":"http://x.example","code":"LAB"}]}]`),
		"a twin":          strings.Replace(report(`[]`), `"category"`, `"_category"`, 1),
		"a nested one":    report(`[{"category":` + lab + `}]`),
		"in an extension": report(`[{"extension":[{"url":"x","valueCodeableConcept":` + lab + `}]}]`),
	}, map[string]string{"a laboratory's": report(`[` + lab + `]`)})

	// Of a rule that guesses by the system of a code, words that nobody has read take the guess
	// away, in whatever member they stand.
	guessing, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Code: []fhir.Code{{System: "http://loinc.org", Code: fhir.AnyCode}}, Class: "laboratory"},
		{Type: "Observation", CategoryText: []string{"Blood tests"}, Class: "laboratory"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan.Classes = guessing
	observation := func(category string) string {
		return `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"category":` + category + `,"code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]}}`
	}
	held(t, plan, map[string]string{
		"words":                     observation(`[{"text":"Sexual health"}]`),
		"a display":                 observation(`[{"coding":[{"display":"Sexual health"}]}]`),
		"a display in a system":     observation(`[{"coding":[{"system":"http://x.example","display":"Sexual health"}]}]`),
		"words beside no code":      observation(`[{"coding":[{"system":"http://x.example"}],"text":"Sexual health"}]`),
		"words beside an empty one": observation(`[{"coding":[{"code":""}],"text":"Sexual health"}]`),
		"words beside none":         observation(`[{"coding":[],"text":"Sexual health"}]`),
		"a coding that is no list":  observation(`{"display":"Sexual health"}`),
	}, map[string]string{
		"none":          observation(`[]`),
		"known words":   observation(`[{"text":"Blood tests"}]`),
		"known display": observation(`[{"coding":[{"display":"blood tests"}]}]`),
	})
}

// The policies' plan for a protected patient, and what tells where somebody is without an address.
func TestAttack320APlaceInNumbers(t *testing.T) {
	plan := protectedPlan(t)
	plan.Classes = classes
	for name, part := range map[string]string{
		"another geolocation":      `"extension":[{"url":"http://x.example/home","extension":[{"url":"latitude","valueDecimal":53.8013},{"url":"longitude","valueDecimal":-1.5491}]}]`,
		"a version":                `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation|4.0.1","extension":[{"url":"x","valueDecimal":53.8013}]}]`,
		"a slash":                  `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation/","extension":[{"url":"x","valueDecimal":53.8013}]}]`,
		"https":                    `"extension":[{"url":"https://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"x","valueDecimal":53.8013}]}]`,
		"latitude alone":           `"extension":[{"url":"http://x.example/latitude","valueDecimal":53.8013}]`,
		"short names":              `"extension":[{"url":"http://x.example/place","extension":[{"url":"lat","valueDecimal":53.8013},{"url":"long","valueDecimal":-1.5491}]}]`,
		"easting and northing":     `"extension":[{"url":"http://x.example/osgb","extension":[{"url":"easting","valueInteger":538013},{"url":"northing","valueInteger":433000}]}]`,
		"a range":                  `"extension":[{"url":"http://x.example/position","valueRange":{"low":{"value":53.8013},"high":{"value":-1.5491}}}]`,
		"a twin's":                 `"recordedDate":"2026","_recordedDate":{"extension":[{"url":"http://x.example/home","extension":[{"url":"latitude","valueDecimal":53.8013}]}]}`,
		"a modifier's":             `"modifierExtension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":53.8013}]}]`,
		"position":                 `"position":{"latitude":53.8013,"longitude":-1.5491}`,
		"a contained place":        `"contained":[{"resourceType":"Location","id":"l","position":{"latitude":53.8013}}],"evidence":[{"detail":[{"reference":"#l"}]}]`,
		"the name of an extension": `"extension":[{"url":"http://x.example/home/53.8013,-1.5491","valueBoolean":true}]`,
		"another scheme's":         `"extension":[{"url":"geo:53.8013,-1.5491","valueBoolean":true}]`,
	} {
		if got := read(t, plan, condition(part)); strings.Contains(got, "53.8013") || strings.Contains(got, "538013") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Labels on labels are read once each: a source must not make of 17 labels 2¹⁷ readings.
func TestAttack316LabelsOnLabelsAreReadOnce(t *testing.T) {
	label := `{"system":"` + confidentiality + `","code":"N"}`
	for range 16 {
		label = `{"system":"` + confidentiality + `","code":"N","extension":[{"url":"` + inline + `","valueCoding":` + label + `}]}`
	}
	resources := make([]string, 500)
	for i := range resources {
		resources[i] = strings.Replace(condition(`"note":[{"extension":[{"url":"`+inline+`","valueCoding":`+label+`}]}]`), `"c"`, fmt.Sprintf(`"c%d"`, i), 1)
	}
	done := make(chan fhir.Filtered)
	go func() {
		got, _ := fhir.Filter(bundleOf(resources...), searchFor("Condition"), owner, permissionPlan(), sourceLinks())
		done <- got
	}()
	select {
	case got := <-done:
		if len(got.Released) != len(resources) {
			t.Errorf("%d of %d are released: %v", len(got.Released), len(resources), got.Withheld)
		}
	case <-t.Context().Done():
	case <-time.After(5 * time.Second):
		t.Fatal("500 resources are not read in five seconds")
	}
}
