package decision_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/fhir"
)

// withholding are the shipped policies with a rule of a region's own that withholds.
func withholding(t *testing.T, body string) fstest.MapFS {
	t.Helper()
	fsys := policytest.Copied(t)
	fsys["rules/kept/kept.rego"] = &fstest.MapFile{Data: []byte("package mcr.rules.kept\n\nimport rego.v2\n\n" + body + "\n")}
	return fsys
}

func TestWhatARuleWithholdsIsWithheldWhicheverRuleReleasesIt(t *testing.T) {
	e := decision.NewEngine(policytest.Revision(t, withholding(t, `withhold contains {"categories": ["mental-health", "documents"], "reason": "label-withheld"}

withhold contains {"categories": {"documents"}, "reason": "other-patient"}`)))
	want := []fhir.Withheld{{Category: "documents", Reason: "other-patient"}, {Category: "mental-health", Reason: "label-withheld"}}
	own := policytest.Consultant()
	own.Subject.Organisation = own.Source.Organisation
	for name, q := range map[string]access.Question{"by a permission": policytest.Consultant(), "by own record": own} {
		d := e.Decide(t.Context(), q, policytest.Permitted())
		if d.Effect != access.Permit || slices.Contains(d.Plan.Categories, "mental-health") || slices.Contains(d.Plan.Categories, "documents") || !slices.Contains(d.Plan.Categories, "laboratory") {
			t.Errorf("%s: %s %v, released %v", name, d.Effect, d.Reasons, d.Plan.Categories)
		}
		if diff := cmp.Diff(want, d.Plan.Withheld); diff != "" { // in the order of reasons.json, each category once
			t.Errorf("%s: %s", name, diff)
		}
		again, err := e.Replay(t.Context(), d.Input)
		if err != nil || !decision.Same(d, again) {
			t.Errorf("%s: OPA's evaluator decides otherwise: %+v, %v", name, again, err)
		}
	}
	// The lists that plans are made of are remembered: one decision must not shorten another's.
	plain := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if !slices.Contains(plain.Plan.Categories, "mental-health") || plain.Plan.Withheld != nil {
		t.Errorf("without the rule: %+v", plain.Plan)
	}
}

func TestNothingLeftIsARefusalForTheReasonsOfWhatIsWithheld(t *testing.T) {
	e := decision.NewEngine(policytest.Revision(t, withholding(t, `withhold contains {"categories": data.categories.every, "reason": "label-withheld"}`)))
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Deny || len(d.Reasons) != 1 || d.Reasons[0].Code != "label-withheld" || strings.Join(d.Rules, " ") != "kept" || len(d.Plan.Withheld)+len(d.Basis) > 0 {
		t.Errorf("%+v", d)
	}
	if again, err := e.Replay(t.Context(), d.Input); err != nil || !decision.Same(d, again) {
		t.Errorf("OPA's evaluator decides otherwise: %+v, %v", again, err)
	}
}

func TestARuleThatWithholdsIsExplained(t *testing.T) {
	rev := policytest.Revision(t, withholding(t, `withhold contains {"categories": ["documents"], "reason": "label-withheld"}`))
	d := decision.NewEngine(rev).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	e, err := decision.Explain(t.Context(), rev, d.Input)
	if err != nil || e.Fault != "" {
		t.Fatal(err, e.Fault)
	}
	at := slices.IndexFunc(e.Rules, func(s decision.Share) bool { return s.Name == "kept" })
	if s := e.Rules[at]; s.Verb() != "limited" || s.Decided || len(s.Withholds) != 1 || s.Withholds[0].Categories[0] != "documents" || s.Withholds[0].Reason.Code != "label-withheld" {
		t.Errorf("%+v", s)
	}
}

// A folder from before there was any withholding decides as it did.
func TestADecisionOfAnOlderFolderIsRead(t *testing.T) {
	fsys := policytest.Changed(t, "decision.rego", policytest.Replace(`, "withheld": withheld}`, `}`))
	d := decision.NewEngine(policytest.Revision(t, fsys)).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit || d.Plan.Withheld != nil {
		t.Errorf("%+v", d)
	}
}

// Nor is such a folder at fault: its settings have nothing that none of its rules reads.
func TestAFolderFromBeforeIsInOrder(t *testing.T) {
	fsys := policytest.Changed(t, "decision.rego", func(s string) string {
		from, to := strings.Index(s, "# METADATA\n# title: What each rule withholds"), strings.Index(s, "# METADATA\n# title: What kept each rule")
		return strings.Replace(s[:from]+s[to:], `, "withheld": withheld}`, `}`, 1)
	})
	settings := string(fsys["data/settings.json"].Data)
	fsys["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(settings, "  \"withheld\": {\n    \"from_roles\": {}\n  },\n", "", 1))}
	for file := range fsys {
		if strings.Contains(file, "withheld") || file == "decision_test.rego" {
			delete(fsys, file)
		}
	}
	var out strings.Builder
	if err := check.Check(t.Context(), fsys, &out); err != nil {
		t.Error(out.String())
	}
}
