package fhir_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/strictjson"
)

// FuzzFilter: nothing outside the plan, and nothing of another patient, ever
// comes out. What comes out is read by encoding/json and judged by an oracle
// that shares no code with the filter, and must be part of what went in.
func FuzzFilter(f *testing.F) {
	for _, seed := range filterSeeds() {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(checkFilter)
}

// FuzzFilterMade does the same with searchsets made of parts that are near the
// line, put together by chance: almost all of them are JSON.
func FuzzFilterMade(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, masked bool) {
		checkFilter(t, []byte(made(rand.New(rand.NewPCG(seed, 1)))), masked)
	})
}

// TestNothingOutsideThePlanComesOut does it many times without a fuzzer.
func TestNothingOutsideThePlanComesOut(t *testing.T) {
	for seed := range uint64(5000) { // FuzzFilterMade tries more
		checkFilter(t, []byte(made(rand.New(rand.NewPCG(seed, 2)))), seed%3 == 0)
	}
}

func checkFilter(t *testing.T, body []byte, masked bool) {
	plan := permissionPlan()
	if masked {
		plan.Masks = []string{"*.address", "Patient.telecom", "*.extension(http://x.example/home)", "Reference.display"}
	}
	links := fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir", Document: sealingAll}
	got, err := fhir.Filter(body, searchFor("Observation"), owner, plan, links)
	if err != nil {
		if got.Body != nil {
			t.Fatalf("an error with a body: %s", got.Body)
		}
		return
	}
	if !json.Valid(body) || !utf8.Valid(body) {
		t.Fatalf("an answer that is no JSON is released: %q", body)
	}
	shown := map[string]bool{}
	for _, item := range got.Released {
		shown[item.Type+"/"+item.ID] = true
	}
	var in struct{ Entry []struct{ Resource any } }
	_ = json.Unmarshal(body, &in) // what Go makes of odd entries is withheld anyhow
	b := readBack(t, got)
	for i, e := range b.Entry {
		if e.Search.Mode == "outcome" {
			if i < len(got.Released) || len(got.Causes) == 0 {
				t.Fatalf("an outcome that is not the broker's: %s", got.Body)
			}
			continue
		}
		var resource map[string]any
		if err := json.Unmarshal(e.Resource, &resource); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		if err := strictjson.Check(e.Resource, strictjson.Answers); err != nil {
			t.Fatalf("entry %d: %v: %s", i, err, e.Resource)
		}
		if fault := oracle(resource, e.Search.Mode, masked); fault != "" {
			t.Fatalf("entry %d: %s: %s", i, fault, e.Resource)
		}
		if names(t, []byte(strings.ReplaceAll(string(e.Resource), sealedAs+"http://source.internal/fhir/", ""))) {
			t.Fatalf("entry %d names the source: %s", i, e.Resource)
		}
		if name := namesHidden(resource, shown); name != "" {
			t.Fatalf("entry %d names what is not shown (%s): %s", i, name, e.Resource)
		}
		if e.FullURL != brokerBase+"/"+resource["resourceType"].(string)+"/"+resource["id"].(string) {
			t.Fatalf("entry %d: address %q", i, e.FullURL)
		}
		if got.Released[i].InPart && !unmark(resource) {
			t.Fatalf("entry %d is shown in part and does not say so: %s", i, e.Resource)
		}
		if !slices.ContainsFunc(in.Entry, func(was struct{ Resource any }) bool { return part(resource, was.Resource) }) {
			t.Fatalf("entry %d is not in what the source answered: %s", i, e.Resource)
		}
	}
	shapesAreParts(t, body, plan, links, b)
}

// namesHidden gives a Reference of an item with words of an Observation or a Condition
// that is not shown, or "".
func namesHidden(v any, shown map[string]bool) string {
	switch v := v.(type) {
	case map[string]any:
		reference, _ := v["reference"].(string)
		typ, _, _ := strings.Cut(reference, "/")
		if (typ == "Observation" || typ == "Condition") && !shown[reference] && len(v) > 1 {
			return reference
		}
		for _, m := range v {
			if name := namesHidden(m, shown); name != "" {
				return name
			}
		}
	case []any:
		for _, m := range v {
			if name := namesHidden(m, shown); name != "" {
				return name
			}
		}
	}
	return ""
}

// unmark takes out the tag that says that a resource is shown in part, and reports
// whether it was there.
func unmark(resource map[string]any) bool {
	meta, _ := resource["meta"].(map[string]any)
	tags, _ := meta["tag"].([]any)
	if len(tags) == 0 {
		return false
	}
	last, _ := tags[len(tags)-1].(map[string]any)
	if last["code"] != "SUBSETTED" {
		return false
	}
	if tags = tags[:len(tags)-1]; len(tags) > 0 {
		meta["tag"] = tags
	} else if delete(meta, "tag"); len(meta) == 0 {
		delete(resource, "meta")
	}
	return true
}

// oracle judges a released resource, slowly and plainly. It returns what is
// wrong with it, or "".
func oracle(r map[string]any, mode string, masked bool) string {
	typ, _ := r["resourceType"].(string)
	patient := map[string]string{
		"Observation": "subject", "Condition": "subject", "Encounter": "subject", "DocumentReference": "subject",
		"DiagnosticReport": "subject", "MedicationRequest": "subject", "AllergyIntolerance": "patient", "RelatedPerson": "patient",
	}
	alone := []string{"Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "Medication"}
	switch {
	case slices.Contains(alone, typ):
		if mode != "include" {
			return "came of itself"
		}
	case typ == "Patient", typ == "Appointment":
	case patient[typ] == "":
		return "type " + typ
	}
	if mode == "match" && typ != "Observation" {
		return "was not asked for"
	}
	if place := patient[typ]; place != "" {
		text, _ := json.Marshal(r[place])
		if !strings.Contains(string(text), "Patient/p1") && !strings.Contains(string(text), "99900000") && !strings.Contains(string(text), `"#`) {
			return "has no patient"
		}
	}
	if typ == "Observation" {
		text, _ := json.Marshal(r["category"])
		if strings.Contains(string(text), `"social-care"`) && strings.Contains(string(text), localCategory) {
			// Only a coding counts: the words may be anywhere.
			for _, c := range codings(r["category"]) {
				if c == localCategory+"|social-care" {
					return "is social care"
				}
			}
		}
	}
	return walk(r, "", masked)
}

// codings gives the codings of an element that is one CodeableConcept or many.
func codings(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			out = append(out, codings(c)...)
		}
	case map[string]any:
		list, _ := v["coding"].([]any)
		for _, c := range list {
			if c, ok := c.(map[string]any); ok {
				system, _ := c["system"].(string)
				code, _ := c["code"].(string)
				out = append(out, system+"|"+code)
			}
		}
	}
	return out
}

// walk looks at every object of a resource.
func walk(v any, key string, masked bool) string {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 && masked {
			return ""
		}
		for _, c := range v {
			if fault := walk(c, key, masked); fault != "" {
				return fault
			}
		}
	case map[string]any:
		if fault := object(v, key, masked); fault != "" {
			return fault
		}
		for k, c := range v {
			if fault := walk(c, k, masked); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func object(o map[string]any, key string, masked bool) string {
	reference, _ := o["reference"].(string)
	system, _ := o["system"].(string)
	value, _ := o["value"].(string)
	code, _ := o["code"].(string)
	url, _ := o["url"].(string)
	_, resource := o["resourceType"]
	text, _ := json.Marshal(o)
	switch {
	case o["type"] == "Patient" && reference == "" && o["display"] != nil && !strings.Contains(string(text), "99900000"):
		return "names somebody"
	case key == "contained" && o["resourceType"] == "Patient" && !strings.Contains(string(text), "99900000"):
		return "contains somebody"
	case strings.Contains(strings.ToLower(reference), "patient") && reference != "Patient/p1" && !strings.HasPrefix(reference, "Patient/p1/_history/") && !strings.HasPrefix(reference, "#"):
		return "refers to " + reference
	case strings.HasPrefix(reference, "urn:"):
		return "refers to anybody"
	case strings.HasSuffix(strings.ToLower(system), "nhs-number") && o["value"] != nil && value != ownNumber.Digits() && value != oldNumber.Digits():
		return "has another number"
	case key == "security" && o["coding"] == nil && system+"|"+code != confidentiality+"|N" && system+"|"+code != confidentiality+"|L":
		return "has a label"
	case code == "86406008" && (system == snomed || system == ""), code == "B20" && strings.HasSuffix(system, "icd-10"):
		return "is sensitive"
	case url != "" && key != "extension" && key != "modifierExtension" && strings.Contains(url, ":") && !strings.HasPrefix(url, sealedAs):
		return "leads to " + url
	case resource && o["resourceType"] == "Patient" && o["link"] != nil:
		return "leads to other records"
	case masked && resource && (o["address"] != nil || o["text"] != nil && isObject(o["text"])):
		return "has what is masked"
	case masked && resource && o["resourceType"] == "Patient" && o["telecom"] != nil:
		return "has what is masked"
	case masked && (key == "extension" || key == "modifierExtension") && (url == "http://x.example/home" || o["valueAddress"] != nil):
		return "has what is masked in an extension"
	}
	return ""
}

func isObject(v any) bool { _, ok := v.(map[string]any); return ok }

// sealedAs stands before the address of a document.
const sealedAs = brokerBase + "/Binary?_link="

// sealingAll seals what is at the source.
func sealingAll(a fhir.Attachment) string {
	if strings.Contains(strings.TrimPrefix(a.Address, "http://source.internal/fhir/"), "//") {
		return ""
	}
	return sealedAs + a.Address
}

// part says that a is what is left of b.
func part(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range a {
			if !part(v, b[k]) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) > len(b) {
			return false
		}
		at := 0
		for _, v := range a {
			for at < len(b) && v != nil && !part(v, b[at]) {
				at++
			}
			if at == len(b) {
				return false
			}
			at++
		}
		return true
	case string:
		b, ok := b.(string)
		return ok && (a == strings.ReplaceAll(b, "HTTP://Source.internal:8080/x", "(address removed)") || a == sealedAs+b || strings.HasSuffix(b, "http://source.internal/fhir/"+a))
	}
	return a == b
}

// filterSeeds are searchsets with one of everything.
func filterSeeds() []string {
	seeds := []string{
		string(searchset(2, true, func(i int) string { return []string{"p1", "p2"}[i%2] })),
		string(bundleOf(ownCondition)),
	}
	resources := []string{
		`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1","display":"x"},"performer":[{"reference":"Organization/o"}]}`,
		`{"resourceType":"Observation","id":"1","subject":{"reference":"http://source.internal/fhir/Patient/p1"},"performer":[{"reference":"Patient/p2"}]}`,
		`{"resourceType":"Observation","id":"1","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}`,
		`{"resourceType":"Observation","id":"1","meta":{"versionId":"1","source":"#a","security":[{"system":"` + confidentiality + `","code":"N"}]},"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Observation","id":"1","category":[{"coding":[{"system":"` + localCategory + `","code":"social-care"}]}],"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Observation","id":"1","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]},"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Observation","id":"1","text":{"div":"x"},"extension":[{"url":"http://x.example/home","valueAddress":{"text":"x"}}],"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Observation","id":"1","contained":[{"resourceType":"Patient","id":"p","address":[{}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}],"subject":{"reference":"#p"}}`,
		`include {"resourceType":"Patient","id":"p1","address":[{"text":"x"}],"telecom":[{}],"link":[{"other":{"reference":"Patient/p2"}}],"photo":[{"url":"https://x.example/p"}]}`,
		`include {"resourceType":"Organization","id":"o","address":[{"text":"x"}]}`,
		`include {"resourceType":"DocumentReference","id":"d","subject":{"reference":"Patient/p1"},"content":[{"attachment":{"url":"http://source.internal/fhir/Binary/1"}}]}`,
		`include {"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"Location/l"}}]}`,
		`entry {"resource":{"resourceType":"OperationOutcome","issue":[]},"search":{"mode":"outcome"}}`,
	}
	for _, r := range resources {
		seeds = append(seeds, string(bundleOf(r)))
	}
	return append(seeds, string(bundleOf(resources...)))
}
