package fhir_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// secret stands for what a withheld item is called.
const secret = "HIV 1 RNA"

// naming is a Reference that says all that one can of its target.
func naming(reference string) string {
	return `{"reference":"` + reference + `","_reference":{"extension":[{"url":"http://x.example/n","valueString":"` + secret + `"}]},"display":"` + secret +
		`","identifier":{"system":"http://x.example/order","value":"` + secret + `","type":{"text":"` + secret + `"}},` +
		`"extension":[{"url":"http://x.example/n","valueString":"` + secret + `"}]}`
}

// withheldResult is a result that bears a label outside the plan.
func withheldResult(typ, id string) string {
	return `include {"resourceType":"` + typ + `","id":"` + id + `","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]},"code":{"text":"` + secret +
		`"},"subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"}}`
}

const told = `"text":{"status":"generated","div":"<div>` + secret + `</div>"},`

// all is a plan that opens every category, and no label but the normal ones.
func everyCategory() fhir.Plan {
	return fhir.Plan{Categories: []string{
		"demographics", "laboratory", "observations", "appointments", "conditions", "encounters", "documents", "allergies", "medications", "administrative",
		"social-care", "sexual-health", "mental-health", "unclassified",
	}, Labels: []string{confidentiality + "|N"}, Classes: classes}
}

// Every element of every type that R4 lets lead to an entry of the record: what it says of
// its target, and the narrative around it, go whether the target is withheld in the same
// answer or was never there, and nothing tells which.
func TestAttack085NoElementNamesAnotherEntry(t *testing.T) {
	tried := 0
	for typ, links := range r4.Linking() {
		for _, link := range links {
			target := entryOf(link.Targets)
			if target == "" || link.Path == "subject" || link.Path == "patient" || link.Path == "for" || link.Path == "beneficiary" {
				continue
			}
			for name, value := range map[string]string{
				"by its address":          naming(target + "/w"),
				"by a version":            naming(target + "/w/_history/1"),
				"by the source's address": naming("http://source.internal/fhir/" + target + "/w"),
				"by no address":           `{"display":"` + secret + `"}`,
				"by its identifier":       `{"identifier":{"value":"` + secret + `"},"type":"` + target + `"}`,
				"by what leads nowhere":   naming("urn:uuid:1"),
				"elsewhere":               naming("https://elsewhere.example/fhir/" + target + "/w"),
				"by words":                naming(target + "/" + secret),
			} {
				host := hostOf(typ, link.Path, value)
				absent, err := fhir.Filter(bundleOf(host), searchFor(typ), owner, everyCategory(), sourceLinks())
				if err != nil {
					t.Fatal(err)
				}
				if len(absent.Released) == 0 {
					continue // a type that is not offered, or an element that says whose it is
				}
				tried++
				if strings.Contains(string(absent.Body), secret) {
					t.Errorf("%s.%s %s: %s", typ, link.Path, name, absent.Body)
				}
				withheld, err := fhir.Filter(bundleOf(host, withheldResult(target, "w")), searchFor(typ), owner, everyCategory(), sourceLinks())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(releasedOf(t, absent), releasedOf(t, withheld)); diff != "" {
					t.Errorf("%s.%s %s tells whether its target is withheld:\n%s", typ, link.Path, name, diff)
				}
				read, err := fhir.Filter([]byte(host), fhir.Request{Interaction: fhir.Read, Type: typ, ID: "1"}, owner, everyCategory(), sourceLinks())
				if err != nil || len(read.Released) != 1 || strings.Contains(string(read.Body), secret) {
					t.Errorf("%s.%s %s, read: %v %s", typ, link.Path, name, err, read.Body)
				}
			}
		}
	}
	t.Log(tried)
	if tried < 600 {
		t.Errorf("only %d were tried", tried)
	}
}

func sourceLinks() fhir.Links {
	return fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir"}
}

// entryOf is one of an element's targets that is an entry of the record, or "".
func entryOf(targets []string) string {
	found := ""
	for _, target := range targets {
		switch target {
		case "*":
			return "Observation"
		case "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Endpoint":
			return "" // who, or where: see the next test
		case "Patient", "Group":
		default:
			found = target
		}
	}
	return found
}

// hostOf is a resource of the patient with a value at a path, and a narrative.
func hostOf(typ, path, value string) string {
	names := strings.Split(path, ".")
	slices.Reverse(names)
	for _, name := range names[:len(names)-1] {
		value = `[{"` + name + `":` + value + `}]`
	}
	member := `"` + names[len(names)-1] + `":` + value
	whose := ""
	for _, place := range []string{"subject", "patient", "for", "beneficiary", "actor"} {
		if place != names[len(names)-1] {
			whose += `,"` + place + `":{"reference":"Patient/p1"}`
		}
	}
	if typ == "Appointment" && !strings.HasPrefix(path, "participant") {
		whose += `,"participant":[{"actor":{"reference":"Patient/p1"}}]`
	}
	return `{"resourceType":"` + typ + `","id":"1",` + told + member + whose + `}`
}

// releasedOf are the entries of an answer, notes aside.
func releasedOf(t *testing.T, got fhir.Filtered) (all []string) {
	t.Helper()
	for _, e := range readBack(t, got).Entry {
		if e.Search.Mode != "outcome" {
			all = append(all, e.FullURL+" "+string(e.Resource))
		}
	}
	return all
}

// Who did something, and where, is told: clinicians need authors.
func TestAttack085WhoAndWhereStay(t *testing.T) {
	for _, c := range []string{
		`"performer":[{"reference":"Practitioner/1","display":"Dr Ada"}]`,
		`"performer":[{"display":"Dr Ada"}]`,
		`"performer":[{"type":"Practitioner","identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"1"},"display":"Dr Ada"}]`,
		`"performer":[{"reference":"https://directory.example/PractitionerRole/7","display":"Dr Ada"}]`,
		`"performer":[{"reference":"#o","display":"Dr Ada"}],"contained":[{"resourceType":"Organization","id":"o","name":"Dr Ada"}]`,
		`"identifier":[{"system":"http://x.example/i","value":"1","assigner":{"display":"Dr Ada"}}]`,
		`"note":[{"text":"x","authorReference":{"display":"Dr Ada"}}]`,
		`"code":{"coding":[{"display":"Dr Ada"}]}`,
		`"conclusion":"Dr Ada","note":[{"text":"Dr Ada"}]`,
		`"text":{"status":"generated","div":"<div>Dr Ada</div>"},"performer":[{"reference":"Organization/1"}]`,
	} {
		host := `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},` + c + `}`
		if got := read(t, everyCategory(), host); got != host {
			t.Errorf("%s\nbecame %s", host, got)
		}
	}
}

// What is shown in the same answer may be named there; a plan that opens everything leaves
// everything as it is.
func TestAttack085WhatIsShownIsNamed(t *testing.T) {
	panel := `{"resourceType":"Observation","id":"1",` + told + `"subject":{"reference":"Patient/p1"},"hasMember":[{"reference":"Observation/2","display":"` + secret + `"}]}`
	member := `{"resourceType":"Observation","id":"2","subject":{"reference":"Patient/p1"}}`
	got, _ := cut(t, "Observation", everyCategory(), bundleOf(panel, "include "+member))
	if len(got.Released) != 2 || !strings.Contains(string(got.Body), panel) {
		t.Errorf("%s", got.Body)
	}
	// Whether two matches stand on one page depends on what is withheld between them.
	got, _ = cut(t, "Observation", everyCategory(), bundleOf(panel, member))
	if len(got.Released) != 2 || strings.Contains(string(got.Body), secret) {
		t.Errorf("%s", got.Body)
	}
	got, _ = cut(t, "Observation", everyCategory(), bundleOf(panel))
	if strings.Contains(string(got.Body), secret) || got.Released[0].InPart || strings.Contains(string(got.Body), "SUBSETTED") || len(got.Causes) > 0 {
		t.Errorf("%s", got.Body)
	}
	report := `{"resourceType":"DiagnosticReport","id":"1",` + told + `"subject":{"reference":"Patient/p1"},"result":[{"reference":"Observation/2","display":"` + secret + `"}]}`
	every := everyCategory()
	every.Labels = []string{"*"}
	if got := read(t, every, report); got != report {
		t.Errorf("with every label: %s", got)
	}
	every.Categories = slices.DeleteFunc(every.Categories, func(c string) bool { return c == "sexual-health" })
	if got := read(t, every, report); strings.Contains(got, secret) {
		t.Errorf("without a category that the result may have: %s", got)
	}
	every.Categories = []string{"encounters", "conditions"}
	condition := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/2","display":"` + secret + `"}}`
	if got := read(t, every, condition); got != condition {
		t.Errorf("with every category of the target: %s", got)
	}
}

// Masks hold for what is shown beside its target too.
func TestAttack085WhatIsShownIsNotNamedPastAMask(t *testing.T) {
	plan := everyCategory()
	plan.Masks = []string{"Reference.display"}
	got, _ := cut(t, "Observation", plan, bundleOf(
		`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"hasMember":[{"reference":"Observation/2","display":"`+secret+`"}]}`,
		`{"resourceType":"Observation","id":"2","subject":{"reference":"Patient/p1"}}`))
	if strings.Contains(string(got.Body), secret) || len(got.Released) != 2 {
		t.Errorf("%s", got.Body)
	}
}

// The entries that are about others, and the places where one can stand.
func TestAttack085NamedByWhatTellsOfOthers(t *testing.T) {
	const own = `"subject":{"reference":"Patient/p1"}`
	told := told[:len(told)-1]
	for name, c := range map[string]struct{ typ, host string }{
		"a report without results":   {"DiagnosticReport", `{"resourceType":"DiagnosticReport","id":"1",` + told + `,` + own + `}`},
		"an encounter":               {"Encounter", `{"resourceType":"Encounter","id":"1",` + told + `,` + own + `}`},
		"a list of words":            {"List", `{"resourceType":"List","id":"1",` + told + `,` + own + `,"entry":[{"item":{"display":"` + secret + `"}}]}`},
		"a section":                  {"Composition", `{"resourceType":"Composition","id":"1",` + own + `,"section":[{"section":[{` + told + `,"entry":[{"reference":"Observation/w"}]}]}]}`},
		"a section around":           {"Composition", `{"resourceType":"Composition","id":"1",` + own + `,"section":[{` + told + `,"section":[{"entry":[{"reference":"Observation/w"}]}]}]}`},
		"a contained panel":          {"Condition", `{"resourceType":"Condition","id":"1",` + own + `,"contained":[{"resourceType":"Specimen","id":"c",` + told + `,"parent":[` + naming("Specimen/w") + `]}]}`},
		"narrative around contained": {"Condition", `{"resourceType":"Condition","id":"1",` + told + `,` + own + `,"contained":[{"resourceType":"Specimen","id":"c","parent":[{"reference":"Specimen/w"}]}]}`},
		"what is not contained":      {"Condition", `{"resourceType":"Condition","id":"1",` + told + `,` + own + `,"evidence":[{"detail":[{"reference":"#w","display":"` + secret + `"}]}]}`},
		"a finance type":             {"Encounter", `{"resourceType":"Encounter","id":"1",` + own + `,"account":[{"reference":"Account/1","display":"` + secret + `"}]}`},
		"a type that there is not":   {"Condition", `{"resourceType":"Condition","id":"1",` + own + `,"evidence":[{"detail":[{"reference":"Secret/1","display":"` + secret + `"}]}]}`},
		"an extension":               {"Condition", `{"resourceType":"Condition","id":"1",` + own + `,"extension":[{"url":"http://x.example/r","valueReference":` + naming("Observation/w") + `}]}`},
		"an extension without":       {"Condition", `{"resourceType":"Condition","id":"1",` + own + `,"extension":[{"url":"http://x.example/r","valueReference":{"display":"` + secret + `"}}]}`},
		"a type of words":            {"Condition", `{"resourceType":"Condition","id":"1",` + own + `,"encounter":{"reference":"Encounter/1","type":"` + secret + `"}}`},
		"a medicine":                 {"MedicationRequest", `{"resourceType":"MedicationRequest","id":"1",` + told + `,` + own + `,"medicationReference":{"reference":"Medication/w","display":"` + secret + `"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, more := range [][]string{nil, {withheldResult("Observation", "w")}, {withheldResult("Specimen", "w")}, {withheldResult("Medication", "w")}} {
				got, _ := cut(t, c.typ, everyCategory(), bundleOf(append([]string{c.host}, more...)...))
				if len(got.Released) != 1 || strings.Contains(string(got.Body), secret) {
					t.Errorf("%v: %s", got.Withheld, got.Body)
				}
			}
		})
	}
	t.Run("a provenance", func(t *testing.T) {
		got, _ := cut(t, "Observation", everyCategory(), bundleOf(`{"resourceType":"Observation","id":"1",`+own+`}`,
			`include {"resourceType":"Provenance","id":"v",`+told+`,"target":[{"reference":"Observation/1","display":"`+secret+`"}],"agent":[{"who":{"display":"Dr Ada"}}],"entity":[{"role":"source","what":`+naming("Observation/w")+`}]}`,
			withheldResult("Observation", "w")))
		if body := string(got.Body); len(got.Released) != 2 || strings.Contains(body, secret) || !strings.Contains(body, "Dr Ada") {
			t.Errorf("%s", got.Body)
		}
	})
	t.Run("an earlier version", func(t *testing.T) {
		version := func(v, label string) string {
			return fmt.Sprintf(`{"resource":{"resourceType":"CarePlan","id":"1","meta":{"versionId":"%s","security":[{"system":"%s","code":"%s"}]},%s,%s,"replaces":[%s]},"request":{"method":"PUT","url":"CarePlan/1"}}`,
				v, confidentiality, label, told, own, naming("CarePlan/1"))
		}
		body := `{"resourceType":"Bundle","type":"history","entry":[` + version("2", "N") + `,` + version("1", "R") + `]}`
		got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.History, Type: "CarePlan", ID: "1"}, owner, everyCategory(), sourceLinks())
		if err != nil || len(got.Released) != 1 || strings.Contains(string(got.Body), secret) {
			t.Errorf("%v %s", err, got.Body)
		}
	})
}

// A section of its own words keeps them, as a note does.
func TestAttack085ASectionOfItsOwnStays(t *testing.T) {
	host := `{"resourceType":"Composition","id":"1","subject":{"reference":"Patient/p1"},"section":[{"title":"Plan","text":{"status":"generated","div":"<div>Rest</div>"}}]}`
	if got := read(t, everyCategory(), host); got != host {
		t.Errorf("%s", got)
	}
	inside := `{"resourceType":"Composition","id":"1","contained":[{"resourceType":"Observation","id":"o"}],"subject":{"reference":"Patient/p1"},` +
		`"section":[{"text":{"status":"generated","div":"<div>Rest</div>"},"entry":[{"reference":"#o","display":"Rest"}]}]}`
	if got := read(t, everyCategory(), inside); !json.Valid([]byte(got)) || strings.Count(got, "Rest") != 2 {
		t.Errorf("%s", got)
	}
}
