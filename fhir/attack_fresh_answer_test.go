package fhir_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

const (
	ofP1       = `"subject":{"reference":"Patient/p1"}`
	restricted = `"meta":{"versionId":"2","security":[{"system":"` + confidentiality + `","code":"R"}]},`
)

// One item twice in an answer, as it is and as it was: where one of them may not be shown, neither is.
func TestAttack323AnItemThatIsThereTwice(t *testing.T) {
	was := `{"resourceType":"Condition","id":"1","meta":{"versionId":"1"},` + ofP1 + `,"code":{"text":"` + secret + `"}}`
	is := `{"resourceType":"Condition","id":"1",` + restricted + ofP1 + `}`
	another := strings.Replace(was, "p1", "p2", 1)
	sensitive := `{"resourceType":"Condition","id":"1",` + ofP1 + `,"code":{"coding":[{"code":"86406008"}]}}`
	for name, bundle := range map[string][]byte{
		"first as it was":         bundleOf(was, is),
		"first as it is":          bundleOf(is, was),
		"as an include":           bundleOf(is, "include "+was),
		"far apart":               bundleOf(was, `{"resourceType":"Condition","id":"2",`+ofP1+`}`, is),
		"another's too":           bundleOf(was, another),
		"sensitive since":         bundleOf(sensitive, was),
		"twice, and then":         bundleOf(was, was, is),
		"named by something else": bundleOf(was, is, `{"resourceType":"Encounter","id":"e",`+ofP1+`,"diagnosis":[{"condition":{"reference":"Condition/1","display":"`+secret+`"}}]}`),
	} {
		got, err := fhir.Filter(bundle, searchFor("Condition"), owner, everyCategory(), sourceLinks())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got.Body), secret) {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
	other := `{"resourceType":"Observation","id":"1",` + restricted + ofP1 + `}`
	if got, _ := cut(t, "Condition", everyCategory(), bundleOf(was, "include "+other)); len(got.Released) != 1 {
		t.Errorf("another type of the same id holds it back: %s", got.Body)
	}
	if got, _ := cut(t, "Condition", everyCategory(), bundleOf(was, was)); len(got.Released) == 0 {
		t.Errorf("twice the same is not shown: %s", got.Body)
	}
}

// What is contained and cut out is named by nothing else that is contained.
func TestAttack324WhatIsCutOutAtTheEndOfAChain(t *testing.T) {
	// b is a report of mental health, which the plan does not open.
	const b = `{"resourceType":"DiagnosticReport","id":"b","category":[{"coding":[{"system":"` + snomed + `","code":"394587001"}]}],"conclusion":"` + secret + `"}`
	plan := permissionPlan()
	for name, host := range map[string]string{
		"a narrative":        `"contained":[{"resourceType":"List","id":"a",` + told + `"entry":[{"item":{"reference":"#b","display":"` + secret + `"}}]},` + b + `]`,
		"the last first":     `"contained":[` + b + `,{"resourceType":"List","id":"a","entry":[{"item":{"reference":"#b","display":"` + secret + `"}}]}]`,
		"two steps":          `"contained":[{"resourceType":"List","id":"x","entry":[{"item":{"reference":"#a"}}]},{"resourceType":"List","id":"a",` + told + `"entry":[{"item":{"reference":"#b"}}]},` + b + `]`,
		"in a circle":        `"contained":[{"resourceType":"List","id":"a","entry":[{"item":{"reference":"#b","display":"` + secret + `"}},{"item":{"reference":"#a"}}]},` + b + `]`,
		"an extension":       `"contained":[` + b + `],"extension":[{"url":"x","valueReference":{"reference":"#b","display":"` + secret + `"}}]`,
		"an id's other case": `"contained":[` + b + `],"evidence":[{"detail":[{"reference":"#B","display":"` + secret + `"}]}]`,
		"an encoded id":      `"contained":[` + b + `],"evidence":[{"detail":[{"reference":"#%62","display":"` + secret + `"}]}]`,
		"the host's words":   told + `"contained":[` + b + `]`,
		"a twin":             `"contained":[` + b + `],"evidence":[{"detail":[{"reference":"#b","_reference":{"extension":[{"url":"x","valueString":"` + secret + `"}]}}]}]`,
	} {
		if got := read(t, plan, strings.Replace(condition(host), `"subject"`, `"asserter":{"reference":"#a"},"subject"`, 1)); strings.Contains(got, secret) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// No part that a client may ask for shows what the whole does not.
func TestAttack325APartDoesNotShowWhatTheWholeHides(t *testing.T) {
	plan := protectedPlan(t)
	hosts := map[string]string{
		"Observation": `{"resourceType":"Observation","id":"1",` + told + ofP1 + `,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1-8"}],"text":"` + secret + `"},"note":[{"text":"` + secret + `"}],"_status":{"extension":[{"url":"x","valueString":"` + secret + `"}]},"hasMember":[{"reference":"Observation/w","display":"` + secret + `"}]}`,
		"Encounter":   `{"resourceType":"Encounter","id":"1",` + told + ofP1 + `,"status":"finished","class":{"code":"AMB","display":"` + secret + `"},"location":[{"location":{"display":"` + secret + `"}}],"modifierExtension":[{"url":"x","valueString":"` + secret + `"}],"implicitRules":"` + secret + `"}`,
	}
	labelled := `{"resourceType":"Observation","id":"1",` + restricted + ofP1 + `,"status":"final","code":{"text":"` + secret + `"}}`
	for _, s := range []fhir.Shape{
		{}, {Summary: "true"}, {Summary: "text"}, {Summary: "data"}, {Elements: []string{"text"}}, {Elements: []string{"note"}}, {Elements: []string{"hasMember", "code"}}, {Elements: []string{"status", "location", "class"}},
		{Elements: []string{"meta"}}, {Elements: []string{}},
	} {
		for typ, host := range hosts {
			for _, ask := range []fhir.Request{{Interaction: fhir.Search, Type: typ, Shape: s}, {Interaction: fhir.Read, Type: typ, ID: "1", Shape: s}} {
				body := []byte(host)
				if ask.Interaction == fhir.Search {
					body = bundleOf(host)
				}
				got, err := fhir.Filter(body, ask, owner, plan, sourceLinks())
				if err != nil || len(got.Released) != 1 || strings.Contains(string(got.Body), secret) {
					t.Errorf("%s %+v: %v %s", typ, ask, err, got.Body)
				}
			}
		}
		got, err := fhir.Filter(bundleOf(labelled), fhir.Request{Interaction: fhir.Search, Type: "Observation", Shape: s}, owner, everyCategory(), sourceLinks())
		if err != nil || len(got.Released) != 0 {
			t.Errorf("%+v of what is labelled: %v %s", s, err, got.Body)
		}
	}
}

// An entry that is withheld brings nobody along, by however many steps.
func TestAttack326NobodyComesAlongWithWhatIsWithheld(t *testing.T) {
	withheld := `{"resourceType":"Encounter","id":"w",` + restricted + ofP1 + `,"serviceProvider":{"reference":"Organization/clinic"},"participant":[{"individual":{"reference":"PractitionerRole/r"}}]}`
	shown := `{"resourceType":"Encounter","id":"1",` + ofP1 + `}`
	chain := []string{
		`include {"resourceType":"PractitionerRole","id":"r","organization":{"reference":"Organization/clinic","display":"` + secret + `"},"practitioner":{"reference":"Practitioner/d"}}`,
		`include {"resourceType":"Practitioner","id":"d","name":[{"text":"` + secret + `"}]}`,
		`include {"resourceType":"Organization","id":"clinic","name":"` + secret + `","partOf":{"reference":"Organization/trust"}}`,
		`include {"resourceType":"Organization","id":"trust","name":"` + secret + `"}`,
		`include {"resourceType":"Location","id":"l","managingOrganization":{"reference":"Organization/clinic"},"name":"` + secret + `"}`,
		`include {"resourceType":"Provenance","id":"v","target":[{"reference":"Encounter/w"}],"agent":[{"who":{"display":"` + secret + `"}}]}`,
		`include {"resourceType":"Provenance","id":"v2","target":[{"reference":"Encounter/1"},{"reference":"Encounter/w"}],"agent":[{"who":{"display":"` + secret + `"}}]}`,
		`include {"resourceType":"Provenance","id":"v3","target":[{"reference":"Provenance/v"}],"agent":[{"who":{"display":"` + secret + `"}}]}`,
		`include {"resourceType":"Provenance","id":"v4","target":[{"reference":"Encounter/w/_history/1"},{"display":"x"}],"agent":[{"who":{"display":"` + secret + `"}}]}`,
	}
	got, err := fhir.Filter(bundleOf(append([]string{withheld, shown}, chain...)...), searchFor("Encounter"), owner, everyCategory(), sourceLinks())
	if err != nil || len(got.Released) != 1 || strings.Contains(string(got.Body), secret) {
		t.Errorf("%v %s", err, got.Body)
	}
}

// What one way of asking refuses, every other does.
func TestAttack327WhatIsRefusedInOneWayIsRefusedInEvery(t *testing.T) {
	for name, resource := range map[string]string{
		"a label":             `{"resourceType":"Observation","id":"1",` + restricted + ofP1 + `}`,
		"a sensitive code":    `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},` + ofP1 + `,"code":{"coding":[{"code":"86406008"}]}}`,
		"another patient":     `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},"subject":{"reference":"Patient/p2"}}`,
		"nobody":              `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"}}`,
		"another category":    `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},` + ofP1 + `,"category":[{"coding":[{"system":"` + localCategory + `","code":"social-care"}]}]}`,
		"contained, a label":  `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},` + ofP1 + `,"contained":[{"resourceType":"Device","id":"d",` + restricted + `"type":{"text":"x"}}]}`,
		"a name twice":        `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},` + ofP1 + `,"status":"final","status":"final"}`,
		"a name in two cases": `{"resourceType":"Observation","id":"1","meta":{"versionId":"2"},` + ofP1 + `,"Subject":{"reference":"Patient/p2"}}`,
	} {
		for how, ask := range map[string]fhir.Request{
			"a read": {Interaction: fhir.Read, Type: "Observation", ID: "1"}, "a version": {Interaction: fhir.VRead, Type: "Observation", ID: "1", Version: "2"},
			"versions": {Interaction: fhir.History, Type: "Observation", ID: "1"}, "a search": searchFor("Observation"), "an include": searchFor("Encounter"),
		} {
			body := []byte(resource)
			switch ask.Interaction {
			case fhir.Search:
				body = bundleOf(resource, "include "+resource)
			case fhir.History:
				body = []byte(`{"resourceType":"Bundle","type":"history","entry":[{"resource":` + resource + `,"request":{"method":"PUT","url":"Observation/1"}},{"resource":` + resource + `}]}`)
			}
			got, err := fhir.Filter(body, ask, owner, permissionPlan(), sourceLinks())
			if err == nil && (len(got.Released) > 0 || strings.Contains(string(got.Body), `"Observation"`)) {
				t.Errorf("%s by %s: %s", name, how, got.Body)
			}
		}
	}
}

// What stands behind a reference to a patient does not make it another's, nor the owner's.
func TestAttack328SomethingBehindAReference(t *testing.T) {
	cases := map[string]string{}
	for _, reference := range []string{
		"Patient/p1|2", "Patient/p1#x", "Patient/p1?x", "Patient/p1/", "Patient/p1/../p2", "Patient/p1/_history/../../p2", "Patient//p1", "/Patient/p1", "./Patient/p1", "Patient/p1 ", " Patient/p1", "Patient/p1%00", "Patient/p%31",
		"Patient/p1,Patient/p2", "Patient/p1\\u0000", "Patient\\\\p1", "patient/p1", "Patient/P1", "Patient/p1/_history/1/_history/2", "Patient/p1/_history/", "Patient/p1/Observation/1", "http://source.internal/fhir//Patient/p1",
		"http://source.internal/fhir/../other/Patient/p1", "http://source.internal/fhir/Patient/p1/../p2", "http://other.internal/fhir/Patient/p1", "http://source.internal.evil.example/fhir/Patient/p1", "http://source.internal@evil.example/fhir/Patient/p1",
		"urn:uuid:p1", "Patient/p1\\n", "", "#", "Patient", "Patient/",
	} {
		cases[reference] = `{"resourceType":"Condition","id":"1","subject":{"reference":"` + reference + `"}}`
	}
	held(t, permissionPlan(), cases, nil)
}

// Nothing around the entries leaves: what the source says of the whole is the source's.
func TestAttack329NothingAroundAnEntryLeaves(t *testing.T) {
	resource := `{"resourceType":"Condition","id":"1",` + ofP1 + `}`
	canary := `"CANARY Patient/p2"`
	body := `{"resourceType":"Bundle","id":` + canary + `,"type":"searchset","total":7,"timestamp":` + canary + `,"meta":{"lastUpdated":` + canary + `,"tag":[{"code":` + canary + `}],"security":[{"system":"` + confidentiality + `","code":"R"}]},` +
		`"identifier":{"value":` + canary + `},"signature":{"data":` + canary + `},"extension":[{"url":"x","valueString":` + canary + `}],"_type":{"extension":[{"url":"x","valueString":` + canary + `}]},` +
		`"link":[{"relation":"self","url":` + canary + `},{"relation":"first","url":` + canary + `},{"relation":` + canary + `,"url":` + canary + `}],"issues":{"resourceType":"OperationOutcome","issue":[{"diagnostics":` + canary + `}]},` +
		`"entry":[{"fullUrl":` + canary + `,"id":` + canary + `,"link":[{"relation":"x","url":` + canary + `}],"extension":[{"url":"x","valueString":` + canary + `}],"resource":` + resource +
		`,"search":{"mode":"match","score":0.5,"extension":[{"url":"x","valueString":` + canary + `}]},"request":{"method":"GET","url":` + canary + `},"response":{"etag":` + canary + `,"outcome":{"resourceType":"OperationOutcome"}}}]}`
	got, err := fhir.Filter([]byte(body), searchFor("Condition"), owner, permissionPlan(), sourceLinks())
	if err != nil || len(got.Released) != 1 || strings.Contains(string(got.Body), "CANARY") || strings.Contains(string(got.Body), "0.5") || strings.Contains(string(got.Body), "security") {
		t.Errorf("%v %s", err, got.Body)
	}
}

// A report lends its category to nothing that it should not.
func TestAttack330AReportThatLendsWhatIsNotItsOwn(t *testing.T) {
	routine := permissionPlan()
	routine.Categories = []string{"laboratory"}
	report := func(more string) string {
		return `{"resourceType":"DiagnosticReport","id":"r","status":"final",` + more + `,"category":[{"coding":[{"system":"` + diagnosticService + `","code":"LAB"}]}],"result":[{"reference":"Observation/o"}]}`
	}
	plain := `{"resourceType":"Observation","id":"o",` + ofP1 + `,"valueString":"` + secret + `"}`
	if got, _ := cut(t, "DiagnosticReport", routine, bundleOf(report(ofP1), "include "+plain)); !strings.Contains(string(got.Body), secret) {
		t.Fatalf("an honest report lends nothing: %s", got.Body)
	}
	for name, bundle := range map[string][]byte{
		"of another patient":      bundleOf(report(`"subject":{"reference":"Patient/p2"}`), "include "+plain),
		"of nobody":               bundleOf(report(`"x":1`), "include "+plain),
		"labelled":                bundleOf(report(restricted+ofP1), "include "+plain),
		"entered in error":        bundleOf(strings.Replace(report(ofP1), "final", "entered-in-error", 1), "include "+plain),
		"in error, escaped":       bundleOf(strings.Replace(report(ofP1), "final", `entered\u002din-error`, 1), "include "+plain),
		"with a modifier":         bundleOf(report(ofP1+`,"modifierExtension":[{"url":"http://x.example/not-a-result","valueBoolean":true}]`), "include "+plain),
		"a name twice":            bundleOf(report(ofP1+`,"status":"final"`), "include "+plain),
		"another's result":        bundleOf(report(ofP1), "include "+strings.Replace(plain, "p1", "p2", 1)),
		"a result of its own":     bundleOf(report(ofP1), "include "+strings.Replace(plain, `"valueString"`, `"category":[{"coding":[{"system":"`+localCategory+`","code":"social-care"}]}],"valueString"`, 1)),
		"a result in words":       bundleOf(report(ofP1), "include "+strings.Replace(plain, `"valueString"`, `"category":[{"text":"Social care"}],"valueString"`, 1)),
		"a version of it":         bundleOf(strings.Replace(report(ofP1), "Observation/o", "Observation/o|2", 1), "include "+plain),
		"another server's":        bundleOf(strings.Replace(report(ofP1), "Observation/o", "https://x.example/fhir/Observation/o", 1), "include "+plain),
		"another type of that id": bundleOf(strings.Replace(report(ofP1), "Observation/o", "Condition/o", 1), "include "+plain),
		"in an extension":         bundleOf(strings.Replace(report(ofP1), `"result":`, `"extension":[{"url":"x","valueReference":{"reference":"Observation/o"}}],"media":`, 1), "include "+plain),
		"a report within":         bundleOf(`{"resourceType":"Condition","id":"c",`+ofP1+`,"contained":[`+report(ofP1)+`]}`, "include "+plain),
	} {
		got, err := fhir.Filter(bundle, searchFor("DiagnosticReport"), owner, routine, sourceLinks())
		if err != nil || strings.Contains(string(got.Body), secret) {
			t.Errorf("%s: %v %s", name, err, got.Body)
		}
	}
}

// Two sources that differ in what is withheld alone, asked as narrowly as one can.
func TestAttack331APairThatDiffersInWhatIsWithheld(t *testing.T) {
	shown := `{"resourceType":"Observation","id":"1",` + ofP1 + `,"effectiveDateTime":"2026-01-01","performer":[{"reference":"Organization/clinic","display":"x"}],"hasMember":[{"reference":"Observation/w","display":"x"}]}`
	clinic := `include {"resourceType":"Organization","id":"clinic"}`
	pairs := map[string][]string{
		"a label":       {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `,"performer":[{"reference":"Organization/other"}]}`},
		"and who":       {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `,"performer":[{"reference":"Organization/other"}]}`, `include {"resourceType":"Organization","id":"other"}`},
		"another's":     {`{"resourceType":"Observation","id":"w","subject":{"reference":"Patient/p2"}}`},
		"two of them":   {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `}`, `{"resourceType":"Observation","id":"v",` + restricted + ofP1 + `}`},
		"odd":           {`{"resourceType":"Observation","id":"w","id":"v",` + ofP1 + `}`},
		"an outcome":    {`{"resourceType":"OperationOutcome","id":"w","issue":[]}`},
		"no resource":   {`entry {}`},
		"a provenance":  {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `}`, `include {"resourceType":"Provenance","id":"p","target":[{"reference":"Observation/w"}]}`},
		"an item twice": {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `}`, `include {"resourceType":"Observation","id":"w",` + restricted + ofP1 + `}`},
		"a panel of it": {`{"resourceType":"Observation","id":"w",` + restricted + ofP1 + `,"hasMember":[{"reference":"Observation/1"}]}`},
		"a report":      {`include {"resourceType":"DiagnosticReport","id":"w",` + restricted + ofP1 + `,"result":[{"reference":"Observation/1"}]}`},
	}
	for _, params := range [][]fhir.Param{
		{{Name: "code", Value: "http://loinc.org|1-8"}}, {{Name: "status", Value: "final"}, {Name: "_count", Value: "1"}, {Name: "_sort", Value: "-date"}}, {{Name: "_id", Value: "1,w"}}, {{Name: "date", Value: "ge2026"}, {Name: "_include", Value: "Observation:performer"}},
	} {
		for _, shape := range []fhir.Shape{{}, {Summary: "true"}, {Elements: []string{"code"}}} {
			ask := fhir.Request{Interaction: fhir.Search, Type: "Observation", Patient: fhir.PatientRef{LocalID: "p1"}, Params: params, Shape: shape}
			without, err := fhir.Filter(bundleOf(shown, clinic), ask, owner, everyCategory(), sourceLinks())
			if err != nil {
				t.Fatal(err)
			}
			for name, withheld := range pairs {
				for where := range 3 {
					all := [][]string{append(append([]string{}, withheld...), shown, clinic), append([]string{shown, clinic}, withheld...), append(append([]string{shown}, withheld...), clinic)}[where]
					with, err := fhir.Filter(bundleOf(all...), ask, owner, everyCategory(), sourceLinks())
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(string(without.Body), string(with.Body)); diff != "" {
						t.Errorf("%v, %s: %s", params, name, diff)
					}
				}
			}
		}
	}
}

// What JSON leaves open is no way in.
func TestAttack332TextsThatTwoReadersReadDifferently(t *testing.T) {
	cases := map[string]string{}
	for name, part := range map[string]string{
		"half a pair":              `"note":[{"text":"\ud800"}]`,
		"the other half":           `"note":[{"text":"\udc00\ud800"}]`,
		"half a pair in a system":  `"code":{"coding":[{"system":"http://snomed.info/sct\ud800","code":"86406008"}]}`,
		"half a pair in a label":   `"meta":{"security":[{"system":"` + confidentiality + `","code":"N\udfff"}]}`,
		"an escaped name":          `"su\u0062ject":{"reference":"Patient/p2"}`,
		"an escaped name below":    `"code":{"c\u006fding":[{"code":"86406008"}]}`,
		"a name twice below":       `"code":{"coding":[{"code":"1"}],"coding":[{"code":"86406008"}]}`,
		"a name in two cases":      `"code":{"Coding":[{"code":"86406008"}]}`,
		"a long s in a name":       `"\u017fubject":{"reference":"Patient/p2"}`,
		"a Kelvin":                 `"lin\u212a":[{"reference":"Patient/p2"}]`,
		"NUL in an id":             `"asserter":{"reference":"Practitioner/1\u0000"},"encounter":{"reference":"Patient/p2\u0000"}`,
		"a twin of a twin":         `"__subject":{"reference":"Patient/p2"}`,
		"a twin that refers":       `"_subject":{"reference":"Patient/p2"}`,
		"a comment":                `"fhir_comments":["x"],"encounter":{"fhir_comments":["y"],"reference":"Patient/p2"}`,
		"a member called resource": `"resource":{"resourceType":"Condition","id":"2","subject":{"reference":"Patient/p2"}}`,
		"a Bundle inside":          `"entry":[{"resource":{"resourceType":"Condition","id":"2"}}]`,
		"deep":                     `"extension":` + strings.Repeat(`[{"url":"x","extension":`, 28) + `[{"url":"y","valueReference":{"reference":"Patient/p2"}}]` + strings.Repeat(`}]`, 28),
		"an array in an array":     `"evidence":[[[[{"detail":[[{"reference":"Patient/p2"}]]}]]]]`,
	} {
		cases[name] = condition(part)
	}
	held(t, permissionPlan(), cases, map[string]string{
		"a whole pair": condition(`"note":[{"text":"\ud83d\ude00"}]`), "a large number": condition(`"extension":[{"url":"x","valueDecimal":1e999},{"url":"y","valueInteger":123456789012345678901234567890}]`),
	})
}

// An entry's place in a sorted answer tells nothing of what a mask takes, or of what is not there.
func TestAttack333TheOrderOfWhatIsShown(t *testing.T) {
	entry := func(id, status, words string) string {
		return fmt.Sprintf(`{"resourceType":"Condition","id":%q,%s,"recordedDate":"2026-01-01","code":{"text":%q},"clinicalStatus":{"text":%q}}`, id, ofP1, words, status)
	}
	ask := fhir.Request{Interaction: fhir.Search, Type: "Condition", Params: []fhir.Param{{Name: "_sort", Value: "recorded-date"}}, Shape: fhir.Shape{Within: []string{"code"}}}
	plan := everyCategory()
	plan.Masks = []string{"Condition.code"}
	orders := map[string]bool{}
	for _, words := range [][2]string{{"a", "z"}, {"z", "a"}} {
		got, err := fhir.Filter(bundleOf(entry("1", "x", words[0]), `{"resourceType":"Condition","id":"w",`+restricted+ofP1+`,"recordedDate":"2026-01-01","code":{"text":"m"}}`, entry("2", "x", words[1])), ask, owner, plan, sourceLinks())
		if err != nil || len(got.Released) != 2 {
			t.Fatalf("%v %s", err, got.Body)
		}
		orders[got.Released[0].ID+got.Released[1].ID] = true
	}
	if len(orders) != 1 {
		t.Error("the order tells what the mask hides")
	}
}
