package fhir_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

const (
	labReport = `{"resourceType":"DiagnosticReport","id":"r","subject":{"reference":"Patient/p1"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"result":[{"reference":"Observation/panel"},{"reference":"Observation/na"}]}`
	panel     = `include {"resourceType":"Observation","id":"panel","subject":{"reference":"Patient/p1"},"hasMember":[{"reference":"Observation/k"}]}`
	sodium    = `include {"resourceType":"Observation","id":"na","subject":{"reference":"Patient/p1"},"code":{"text":"sodium"}}`
	potassium = `include {"resourceType":"Observation","id":"k","subject":{"reference":"Patient/p1"},"code":{"text":"potassium"}}`
	stranger  = `include {"resourceType":"Observation","id":"x","subject":{"reference":"Patient/p1"},"code":{"text":"?"}}`
)

func routinePlan() fhir.Plan {
	p := permissionPlan()
	p.Categories = []string{"laboratory", "appointments"}
	return p
}

// A result without a category is what the report that names it is, whatever the
// order of the entries; and so are the members of a panel.
func TestAReportLendsItsCategoryToItsResults(t *testing.T) {
	for name, order := range map[string][]string{
		"the report first": {labReport, panel, sodium, potassium, stranger},
		"the report last":  {potassium, sodium, panel, stranger, labReport},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := cut(t, "DiagnosticReport", routinePlan(), bundleOf(order...))
			shown := map[string]string{}
			for _, item := range got.Released {
				shown[item.ID] = item.Category
			}
			want := map[string]string{"r": "laboratory", "panel": "laboratory", "na": "laboratory", "k": "laboratory"}
			if !maps.Equal(shown, want) {
				t.Errorf("released %v, withheld %v", shown, got.Withheld)
			}
		})
	}
}

// What says of itself what it is borrows nothing, and what may not be read of a
// report is not lent.
func TestWhatIsNotLent(t *testing.T) {
	social := `include {"resourceType":"Observation","id":"na","subject":{"reference":"Patient/p1"},"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/category","code":"social-care"}]}]}`
	others := `{"resourceType":"DiagnosticReport","id":"r","subject":{"reference":"Patient/p2"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"result":[{"reference":"Observation/na"}]}`
	for name, entries := range map[string][]string{
		"a result of another category":    {labReport, social},
		"a report that was an error":      {strings.Replace(labReport, `"id":"r"`, `"id":"r","status":"entered-in-error"`, 1), sodium},
		"a result with words of its own":  {labReport, strings.Replace(sodium, `"id":"na"`, `"id":"na","category":[{"text":"Mental health assessment"}]`, 1)},
		"a result of an unknown category": {labReport, strings.Replace(sodium, `"id":"na"`, `"id":"na","category":[{"coding":[{"system":"http://trust.example/cat","code":"psychiatry"}]}]`, 1)},
		"a report of another patient":     {others, sodium},
		"a result that nothing refers to": {labReport, stranger},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := cut(t, "DiagnosticReport", routinePlan(), bundleOf(entries...))
			if slices.ContainsFunc(got.Released, func(i fhir.ReleasedItem) bool { return i.Type == "Observation" }) {
				t.Errorf("released %v", got.Released)
			}
		})
	}
}

// A result that is read alone says that a report may place it; with what the
// report lends it is shown.
func TestAResultReadAloneTakesWhatItsReportLends(t *testing.T) {
	ask := fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "na"}
	body := []byte(sodium[len("include "):])
	got, err := fhir.Filter(body, ask, owner, routinePlan(), fhir.Links{Base: brokerBase})
	if err != nil || len(got.Released) != 0 || !got.Unplaced {
		t.Fatalf("%+v, %v", got, err)
	}
	lent, err := fhir.Lend(bundleOf(labReport), owner, routinePlan(), fhir.Links{})
	if err != nil {
		t.Fatal(err)
	}
	with := owner
	with.Lent = lent
	got, err = fhir.Filter(body, ask, with, routinePlan(), fhir.Links{Base: brokerBase})
	if err != nil || len(got.Released) != 1 || got.Released[0].Category != "laboratory" {
		t.Fatalf("%+v, %v", got, err)
	}
}

// A chain of panels, the last first, costs a source's answer no more than a few looks
// at each of its entries; what stands deeper keeps what it says of itself.
func TestPanelsWithinPanelsAreBounded(t *testing.T) {
	const chain = 5000
	entries := []string{`{"resourceType":"DiagnosticReport","id":"r","subject":{"reference":"Patient/p1"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"result":[{"reference":"Observation/0"}]}`}
	for i := chain; i >= 0; i-- {
		entries = append(entries, fmt.Sprintf(`include {"resourceType":"Observation","id":"%d","subject":{"reference":"Patient/p1"},"hasMember":[{"reference":"Observation/%d"}]}`, i, i+1))
	}
	got, _ := cut(t, "DiagnosticReport", routinePlan(), bundleOf(entries...))
	if n := len(got.Released); n < 3 || n > 20 {
		t.Errorf("%d entries are released of a chain of %d", n, chain)
	}
}

// A Provenance is shown beside what it is about, when all of that is shown.
func TestAProvenanceIsShownBesideWhatItIsAbout(t *testing.T) {
	const own = `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"}}`
	provenance := func(targets string) string {
		return `include {"resourceType":"Provenance","id":"v","target":[` + targets + `],"recorded":"2026-01-01T00:00:00Z"}`
	}
	for name, c := range map[string]struct {
		targets string
		shown   bool
	}{
		"of what is shown":           {`{"reference":"Condition/1"}`, true},
		"of what is not here":        {`{"reference":"Condition/2"}`, false},
		"of something more":          {`{"reference":"Condition/1"},{"reference":"Condition/2"}`, false},
		"of what is withheld":        {`{"reference":"Condition/3"}`, false},
		"of nothing":                 {``, false},
		"of another patient":         {`{"reference":"Patient/p2"}`, false},
		"of something one elsewhere": {`{"reference":"https://x.example/fhir/Condition/1"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			plan := permissionPlan()
			plan.Categories = append(slices.Clone(plan.Categories), "administrative")
			got, _ := cut(t, "Condition", plan, bundleOf(own, `{"resourceType":"Condition","id":"3","subject":{"reference":"Patient/p2"}}`, provenance(c.targets)))
			shown := slices.ContainsFunc(got.Released, func(i fhir.ReleasedItem) bool { return i.Type == "Provenance" })
			if shown != c.shown {
				t.Errorf("released %v, withheld %v", got.Released, got.Withheld)
			}
		})
	}
}
