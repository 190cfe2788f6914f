package suite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// outcome imports lines into a registry of their own and says in words what they
// make of patient 1, for u1 of RXA01 at noon: what is refused and how, or what
// stands, and what the import says to be without effect.
func outcome(t *testing.T, lines ...string) string {
	t.Helper()
	r := fresh(t)
	return after(t, r, lines...)
}

// after is outcome for a registry that has something in it already.
func after(t *testing.T, r *registry.Registry, lines ...string) string {
	t.Helper()
	done, err := intake.Import(context.Background(), r, strings.NewReader(strings.Join(lines, "\n")), as("tester"))
	var fault *intake.ImportError
	if asFault(err, &fault) {
		problems := make([]string, len(fault.Faults))
		for i, f := range fault.Faults {
			problems[i] = f.Problem
		}
		return "refused: " + strings.Join(problems, " | ")
	} else if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(standing(r), ", ")
	if said == "" {
		said = "nothing"
	}
	for _, w := range done.WithoutEffect {
		said += fmt.Sprintf(" (%d %s: %s)", w.Resources, w.Type, w.Why)
	}
	return said
}

// standing says what holds about patient 1 now.
func standing(r *registry.Registry) (said []string) {
	holds := func(v access.Validity) bool {
		return !v.From.After(noon) && (v.Until.IsZero() || v.Until.After(noon))
	}
	f := gather(r, asks(number(1)))
	if others := len(f.Identity.Value.Others); others > 0 {
		said = append(said, fmt.Sprint(others, " other number"))
	}
	if f.OptOut.State == access.Known && holds(f.OptOut.Value.Validity) {
		said = append(said, "opted out")
	}
	if f.NationalOptOut.State == access.Known {
		said = append(said, "national opt-out")
	}
	if f.Restriction.State == access.Known {
		said = append(said, "restricted")
	}
	if f.SubjectIsPatient.State == access.Known {
		said = append(said, "is the patient")
	}
	for _, p := range f.Permissions.Value {
		if !p.Withdrawn && holds(p.Validity) {
			said = append(said, map[bool]string{true: "said yes", false: "said no"}[p.Given])
		}
	}
	for _, x := range f.Relationships.Value {
		if !x.Ended && holds(x.Validity) {
			said = append(said, x.Kind)
		}
	}
	for _, o := range f.TestOrders.Value {
		// As rules/specialist reads an order: the status of FHIR, and some days of
		// grace for what was completed.
		if holds(o.Validity) && (o.Status == "active" || o.Status == "completed") {
			said = append(said, o.Category+" order "+o.Status)
		}
	}
	if tel := f.Registration.Value.Telephone; tel != "" {
		said = append(said, "ring "+tel)
	}
	return said
}

// definitions are what FHIR R4 itself says of the elements that an import meets.
type definitions struct {
	Elements []struct{ Path, Max, Codes, Reason string }
	Codes    map[string][]string
}

func publishedDefinitions(t *testing.T) definitions {
	t.Helper()
	file, err := os.ReadFile("testdata/modifiers.json")
	if err != nil {
		t.Fatal(err)
	}
	var d definitions
	if err := json.Unmarshal(file, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Elements) < 50 || len(d.Codes) < 10 {
		t.Fatalf("only %d elements and %d value sets", len(d.Elements), len(d.Codes))
	}
	return d
}
