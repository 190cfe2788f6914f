package check_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

func TestPoliciesAreInOrder(t *testing.T) {
	var out bytes.Buffer
	if err := check.Check(t.Context(), policies.FS, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if strings.Contains(out.String(), "take longer") {
		t.Error("the policies do not run on the machine")
	}
}

func TestPoliciesPassTheirTestsAndAreCovered(t *testing.T) {
	var out bytes.Buffer
	if err := check.Test(t.Context(), policies.FS, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"reach 100 % of the rules", "All is well", "Tests of single rules", "Opting out"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the account does not say %q", want)
		}
	}
}

func TestDecisionCases(t *testing.T) {
	all := policytest.Cases(t)
	if len(all) < 60 {
		t.Errorf("%d cases, fewer than 60", len(all))
	}
	for _, c := range all {
		t.Run(c.ShortFile()+"/"+c.Name, func(t *testing.T) {
			if _, wrong := c.Run(t.Context()); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "\n"))
			}
		})
	}
}

func TestDroppingAnyFactOpensNothing(t *testing.T) {
	for _, c := range policytest.Cases(t) {
		t.Run(c.ShortFile()+"/"+c.Name, func(t *testing.T) {
			d, _ := c.Run(t.Context())
			n, wider, err := c.DropEach(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			if n < 30 {
				t.Errorf("only %d things were dropped", n)
			}
			if len(wider) > 0 {
				t.Error(strings.Join(wider, "\n"))
			}
		})
	}
}

func TestTheAccountShowsWhatIsWrong(t *testing.T) {
	fsys := policytest.Changed(t, "testdata/decisions/opt_out.yaml", func(s string) string {
		return strings.Replace(s, "decision: refuse\n      because: [opted-out]", "decision: wait\n      because: [permission-needed]", 1)
	})
	policytest.OnlyCases(fsys, "opt_out")
	var out bytes.Buffer
	if err := check.Test(t.Context(), fsys, &out); err == nil {
		t.Fatal("a wrong case passes")
	}
	for _, want := range []string{"WRONG testdata/decisions/opt_out.yaml, line ", "an opt-out wins over a recorded permission", "expected wait, got refuse because opted-out (rules: opt_out)", "because: expected [permission-needed], got [opted-out]", "1 fault. Each is marked WRONG"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the account does not say %q", want)
		}
	}
}

func TestUncoveredRuleIsAFault(t *testing.T) {
	fsys := policytest.Changed(t, "rules/restricted/restricted.rego", func(s string) string {
		return s + "\n# METADATA\n# title: Never\n# description: Nobody tests this.\nnever if {\n\tinput.time == 1\n}\n"
	})
	policytest.OnlyCases(fsys, "restricted")
	var out bytes.Buffer
	if err := check.Test(t.Context(), fsys, &out); err == nil {
		t.Fatal("a rule that nothing reaches passes")
	}
	if !strings.Contains(out.String(), "rules/restricted/restricted.rego:") || !strings.Contains(out.String(), "no test or case reaches these lines") {
		t.Errorf("the account does not say where:\n%s", out.String())
	}
}
