package main

import (
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/policies"
)

// Most of the demo's past was decided by rules with emergency access: they are kept, so that its
// records can be decided again.
func TestThePoliciesOfThePastAreKept(t *testing.T) {
	rules, err := decision.Load(t.Context(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trial, err := past.Trial(t.Context(), rules)
	if err != nil {
		t.Fatal(err)
	}
	s := settings{data: t.TempDir()}
	for range 2 { // a first start may be killed
		if err := past.KeepTrial(t.Context(), filepath.Join(s.data, keptSets), policies.FS, rules); err != nil {
			t.Fatal(err)
		}
	}
	rev, name, err := s.decidedBy(t.Context(), decision.DecidedBy{Digest: trial.Digest()}, decision.Options{})
	if err != nil || rev == nil || !rev.Settings().Emergency.Enabled || name != "past-"+trial.Digest()[:12] {
		t.Errorf("%v, %q, %v", rev, name, err)
	}
	if rev, _, err := s.decidedBy(t.Context(), decision.DecidedBy{Digest: "0123456789abcdef"}, decision.Options{}); rev != nil || err != nil {
		t.Errorf("policies that are kept nowhere: %v, %v", rev, err)
	}
}
