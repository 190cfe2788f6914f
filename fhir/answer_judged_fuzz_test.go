package fhir_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/valyala/fastjson"
)

// FuzzFilterJudged reads whatever leaves, of a search, a read and a history, with two
// parsers that nobody here wrote and that share no code with encoding/json: jsontext,
// which is strict, must take it, and fastjson, which keeps equal names apart and is
// lenient, gives the tree that is judged by the rule, written anew and plainly: of no
// other patient, with no label that is withheld, of a category that is in the plan.
func FuzzFilterJudged(f *testing.F) {
	for i, seed := range filterSeeds() {
		f.Add([]byte(seed), uint8(i))
	}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		f.Add([]byte(made(r)), uint8(seed))
		f.Add([]byte(madeResource(r, 0)), uint8(6+seed%3))
		f.Add([]byte(strings.Replace(made(r), "searchset", "history", 1)), uint8(9+seed%3))
	}
	f.Fuzz(func(t *testing.T, body []byte, how uint8) { judgeReleased(t, body, how, false) })
}

// TestWhatIsMadeByChanceIsJudged does it many times without a fuzzer, and looks for every
// word of the other patient besides.
func TestWhatIsMadeByChanceIsJudged(t *testing.T) {
	released := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 4))
		body := made(r)
		switch seed % 4 {
		case 2:
			body = madeResource(r, 0)
		case 3:
			body = strings.Replace(body, "searchset", "history", 1)
		}
		if judgeReleased(t, []byte(body), uint8(seed%4*3+seed%3), true) {
			released++
		}
	}
	if released < 150 {
		t.Errorf("of 6000 answers %d released something: the judge had nothing to judge", released)
	}
}

// judgeReleased cuts an answer and judges what leaves. how chooses what was asked and the
// plan. words: everything said of the other patient is known, and none of it may leave.
func judgeReleased(t *testing.T, body []byte, how uint8, words bool) (released bool) {
	t.Helper()
	plan, categories := permissionPlan(), []string(nil)
	switch how % 3 {
	case 1:
		plan.Masks = []string{"*.address", "Patient.telecom", "Reference.display"}
	case 2:
		plan.Categories = []string{"laboratory", "appointments"}
	}
	categories = plan.Categories
	ask := searchFor("Observation")
	switch how / 3 % 4 {
	case 1:
		ask = searchFor("Condition")
	case 2, 3:
		parsed, err := fastjson.ParseBytes(body)
		if err != nil {
			break
		}
		ask = fhir.Request{Interaction: fhir.Read, Type: string(parsed.GetStringBytes("resourceType")), ID: string(parsed.GetStringBytes("id"))}
		if how/3%4 == 3 {
			ask = fhir.Request{Interaction: fhir.History, Type: "Observation", ID: "1"}
		}
	}
	links := fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir", Document: sealingAll}
	got, err := fhir.Filter(body, ask, owner, plan, links)
	if err != nil || got.Body == nil {
		return false
	}
	if !jsontext.Value(got.Body).IsValid() {
		t.Fatalf("what leaves is no JSON to jsontext: %q of %q", got.Body, body)
	}
	read, err := fastjson.ParseBytes(got.Body)
	if err != nil {
		t.Fatalf("what leaves is no JSON to fastjson: %v: %q", err, got.Body)
	}
	resources := []*fastjson.Value{read}
	if ask.Interaction != fhir.Read {
		resources = nil
		for _, e := range read.GetArray("entry") {
			if string(e.GetStringBytes("search", "mode")) != "outcome" {
				resources = append(resources, e.Get("resource"))
			}
		}
	}
	if len(resources) != len(got.Released) {
		t.Fatalf("%d resources leave, and %d are reported: %s", len(resources), len(got.Released), got.Body)
	}
	for i, r := range resources {
		if ask.Interaction == fhir.Read && (string(r.GetStringBytes("resourceType")) != ask.Type || string(r.GetStringBytes("id")) != ask.ID) {
			t.Fatalf("%s/%s was asked for: %s", ask.Type, ask.ID, got.Body)
		}
		if fault := rule(r, got.Released[i].Category, categories); fault != "" {
			t.Fatalf("%s: %s\nof %s", fault, r, body)
		}
		text := bare.ReplaceAllString(r.String(), "")
		if words && (strings.Contains(text, "p2") || strings.Contains(text, strangerNumber.Digits()) || strings.Contains(text, `"B"`)) {
			t.Fatalf("speaks of the other patient: %s\nof %s", r, body)
		}
	}
	return len(resources) > 0
}

// bare is a string in a member that the type does not have, such as Appointment.subject:
// no Reference, and text like any other.
var bare = regexp.MustCompile(`"(subject|patient|performer|asserter|serviceProvider)":"Patient/p2"`)

// kinds are the types that may leave, with the category that each is of.
var kinds = map[string]string{
	"Observation": "observations", "Condition": "conditions", "Patient": "demographics", "Encounter": "encounters", "Appointment": "appointments",
	"DocumentReference": "documents", "AllergyIntolerance": "allergies", "RelatedPerson": "demographics", "DiagnosticReport": "laboratory",
	"MedicationRequest": "medications", "Organization": "administrative", "Location": "administrative", "Practitioner": "administrative",
	"PractitionerRole": "administrative", "HealthcareService": "administrative", "Medication": "medications",
}

// rule judges one resource: what is wrong with it, or "".
func rule(r *fastjson.Value, reported string, plan []string) string {
	typ := string(r.GetStringBytes("resourceType"))
	category := kinds[typ]
	if typ == "Observation" {
		for _, c := range r.GetArray("category") {
			for _, coding := range c.GetArray("coding") {
				switch string(coding.GetStringBytes("system")) + "|" + string(coding.GetStringBytes("code")) {
				case observationCategory + "|laboratory":
					category = "laboratory"
				case localCategory + "|social-care":
					return "is social care"
				}
			}
		}
	}
	switch {
	case category == "":
		return "is of the type " + typ
	case category != "administrative" && typ != "Medication" && !slices.Contains(plan, category) && !slices.Contains(plan, reported):
		return "is of the category " + category
	case !slices.Contains(plan, reported):
		return "is reported as " + reported
	}
	for _, label := range r.GetArray("meta", "security") {
		if code := string(label.GetStringBytes("code")); string(label.GetStringBytes("system")) != confidentiality || code != "N" && code != "L" {
			return "has a label"
		}
	}
	return everyObject(r, nil)
}

// everyObject judges every object below.
func everyObject(v *fastjson.Value, path []string) (fault string) {
	switch v.Type() {
	case fastjson.TypeArray:
		for _, member := range v.GetArray() {
			if fault = everyObject(member, path); fault != "" {
				return fault
			}
		}
	case fastjson.TypeObject:
		names := map[string]bool{}
		v.GetObject().Visit(func(name []byte, member *fastjson.Value) {
			if folded := strings.ToLower(string(name)); names[folded] {
				fault = "two members are called " + folded
			} else {
				names[folded] = true
			}
			if inner := everyObject(member, append(path, string(name))); inner != "" {
				fault = inner
			}
		})
		if fault != "" {
			return fault
		}
		return judgedObject(v, path)
	}
	return ""
}

func judgedObject(v *fastjson.Value, path []string) string {
	reference := string(v.GetStringBytes("reference"))
	own := reference == "Patient/p1" || strings.HasPrefix(reference, "Patient/p1/_history/") || strings.HasPrefix(reference, "#")
	system, value, code := string(v.GetStringBytes("system")), string(v.GetStringBytes("value")), string(v.GetStringBytes("code"))
	switch {
	case strings.Contains(strings.ToLower(reference), "patient") && !own, strings.Contains(reference, "://"), strings.HasPrefix(reference, "urn:"):
		return strings.Join(path, ".") + " refers to " + reference
	case v.Get("reference") != nil && v.Get("reference").Type() != fastjson.TypeString && len(path) > 0 && path[len(path)-1] == "subject":
		return "has a subject that nobody can read"
	case strings.HasSuffix(strings.ToLower(system), "nhs-number") && v.Get("value") != nil && value != ownNumber.Digits() && value != oldNumber.Digits():
		return strings.Join(path, ".") + " has another's number"
	case code == "86406008" && (system == snomed || system == ""), code == "B20" && strings.HasSuffix(system, "icd-10"):
		return strings.Join(path, ".") + " is sensitive"
	case len(path) > 0 && kinds[string(v.GetStringBytes("resourceType"))] == "":
		if v.Get("resourceType") != nil {
			return "contains a " + string(v.GetStringBytes("resourceType"))
		}
	}
	return ""
}
