package decision_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

func TestThePermittedPlanIsThatOfAnOrdinaryPermission(t *testing.T) {
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, holder := range []string{"RZ1", "ZZZ01"} { // the second is the made-up asker's own code
		organisation, err := nhs.ParseODSCode(holder)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := decision.NewEngine(rev).PermittedPlan(context.Background(),
			access.Source{ID: "acute", Organisation: organisation, Kind: "acute"}, time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		for _, category := range []string{"alerts", "conditions", "laboratory", "mental-health"} {
			if !slices.Contains(plan.Categories, category) {
				t.Errorf("%s: %s is not in the plan", holder, category)
			}
		}
		if slices.Contains(plan.Categories, "unclassified") || slices.Contains(plan.Labels, fhir.SensitiveLabel) || slices.Contains(plan.Labels, "*") {
			t.Errorf("%s: the plan goes further than a permission: %v %v", holder, plan.Categories, plan.Labels)
		}
		if plan.Classes == nil {
			t.Errorf("%s: the plan has no categories to hold an entry against", holder)
		}
	}
	if short := rev.CodeSystems()["https://loinc.org"]; short != "loinc" {
		t.Errorf("the short name of LOINC is %q", short)
	}
}
