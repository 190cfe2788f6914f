package gate_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// hospital copies own rules of RXA01 to disk.
func hospital(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "own")
	if err := os.CopyFS(dir, os.DirFS("../check/testdata/own")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func withOwn(data, dir string, lastGood bool) *gate.Gate {
	return gate.New(gate.Options{Data: data, Key: []byte(key), Own: map[string]fs.FS{"RXA01": os.DirFS(dir)}, OwnByLastGood: lastGood})
}

func TestOwnRulesAreInForceBesideASet(t *testing.T) {
	data, dir := passed(t), hospital(t)
	set, err := withOwn(data, dir, false).Admit(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	own := set.Own["RXA01"]
	if own == nil || own.Tests != 8 || own.Cases != 5 || own.Kept != "" || set.Revision.Own()["RXA01"] != own.Revision {
		t.Fatalf("%+v", own.Faults)
	}
	if err := withOwn(data, dir, false).Keep(set); err != nil {
		t.Fatal(err)
	}

	// What was let through once is not judged again, and what decided is found again by its digest.
	again, err := withOwn(data, dir, false).Admit(t.Context(), policies.FS)
	if err != nil || again.Own["RXA01"].Revision.Digest() != own.Revision.Digest() || again.Own["RXA01"].Tests != 8 {
		t.Error(err)
	}
	q := policytest.Consultant()
	q.Subject.Organisation, q.Source.Organisation = q.Source.Organisation, policytest.ODS("RXA01")
	f := policytest.Permitted()
	f.Permissions.Value[0].Organisation, f.Relationships.Value[0].Organisation = q.Subject.Organisation, q.Subject.Organisation
	d := decision.NewEngine(set.Revision).Decide(t.Context(), q, f)
	if d.Effect != access.Permit || d.Own != own.Revision.Digest() || len(d.Plan.Masks) == 0 {
		t.Fatalf("%+v", d)
	}
	for name, by := range map[string]decision.DecidedBy{
		"both":        {Digest: d.Digest, Own: d.Own, Organisation: "RXA01"},
		"the region":  {Digest: d.Digest},
		"not kept":    {Digest: d.Digest, Own: strings.Repeat("0", 64), Organisation: "RXA01"},
		"another's":   {Digest: d.Digest, Own: d.Own, Organisation: "RXB01"},
		"out of here": {Digest: d.Digest, Own: d.Own, Organisation: "../own/RXA01"},
	} {
		rev, _, err := of(data).Decided(t.Context(), by, decision.Options{})
		if err != nil || (rev != nil) != (name == "both" || name == "the region") {
			t.Fatalf("%s: found %v, %v", name, rev != nil, err)
		}
		if rev == nil {
			continue
		}
		if then, err := rev.DecideInput(t.Context(), d.Input); err != nil || (then.Own == d.Own) != (name == "both") {
			t.Errorf("%s: %+v, %v", name, then, err)
		}
	}
}

func TestOwnRulesThatAreNotFit(t *testing.T) {
	for name, c := range map[string]struct{ file, from, to, told string }{
		"a permit": {"rules/agreements/agreements.rego", "deny contains", "permit contains", "may only restrict, and permit is never heard"},
		"a release": {"rules/therapy_notes/therapy_notes.rego", `{"masks": ["Encounter.participant"]}`, `{"categories": ["laboratory"], "labels": ["*"]}`,
			"may only restrict, and a plan that releases categories is never heard"},
		"a test that fails": {"rules/agreements/agreements_test.rego", `as ["707"]`, `as ["708"]`, "test_refused_where_it_ended"},
		"a case that fails": {"testdata/decisions/hospital.yaml", "withholds: {mental-health: therapy-notes-kept}", "withholds: {}", "a GP with the patient's permission"},
		"a slip":            {"rules/agreements/agreements.rego", "input.subject.organisation", "input.subject.organization", "organization"},
		"a reason of the region's": {"data/reasons.json", `"agreement-ended"`, `"opted-out"`,
			`the reason "opted-out" is there already`},
	} {
		t.Run(name, func(t *testing.T) {
			data, dir := passed(t), hospital(t)
			alter(t, filepath.Join(dir, c.file), c.from, c.to)
			_, err := withOwn(data, dir, true).Admit(t.Context(), policies.FS) // and no earlier ones are kept
			if refused := (*gate.Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "the own rules of RXA01: ") || !strings.Contains(err.Error(), c.told) {
				t.Error(err)
			}
		})
	}
	for name, spoil := range map[string]func(dir string) error{
		"nothing there": os.RemoveAll,
		"a decision of its own": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "decision.rego"), []byte("package mcr.decision\n"), 0o600)
		},
		"a rule of the region's name": func(dir string) error {
			return os.Rename(filepath.Join(dir, "rules", "agreements"), filepath.Join(dir, "rules", "opt_out"))
		},
		"a list of the region's": func(dir string) error {
			return os.Rename(filepath.Join(dir, "data", "agreements.json"), filepath.Join(dir, "data", "settings.json"))
		},
		"no rules": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "rules")) },
	} {
		t.Run(name, func(t *testing.T) {
			data, dir := passed(t), hospital(t)
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := withOwn(data, dir, false).Admit(t.Context(), policies.FS); err == nil {
				t.Error("it is let in")
			}
		})
	}
}

// At a start the last good own rules are gone by where those of the folder are not fit, and that is said;
// a reload takes nothing over.
func TestLastGoodOwnRules(t *testing.T) {
	data, dir := passed(t), hospital(t)
	set, err := withOwn(data, dir, true).Admit(t.Context(), policies.FS)
	if err == nil {
		err = of(data).Keep(set)
	}
	if err != nil {
		t.Fatal(err)
	}
	alter(t, filepath.Join(dir, "rules/agreements/agreements.rego"), "deny contains", "permit contains")
	if _, err := withOwn(data, dir, false).Admit(t.Context(), policies.FS); err == nil {
		t.Error("a reload takes broken own rules over")
	}
	last, err := withOwn(data, dir, true).Admit(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	if own := last.Own["RXA01"]; own.Kept == "" || len(own.Faults) == 0 || own.Revision.Digest() != set.Own["RXA01"].Revision.Digest() {
		t.Errorf("%q %q", own.Kept, own.Faults)
	}
}

// Once they are in force own rules stay what they are: a set that comes later is joined with these, and not
// with what stands in their folder by then, nor with earlier ones that would fit it.
func TestOwnRulesInForceStayWhatTheyAre(t *testing.T) {
	data, dir := passed(t), hospital(t)
	first := filepath.Join(t.TempDir(), "first")
	if err := os.CopyFS(first, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"rules/agreements", "data/agreements.json", "testdata"} { // earlier ones restrict less
		if err := os.RemoveAll(filepath.Join(first, gone)); err != nil {
			t.Fatal(err)
		}
	}
	alter(t, filepath.Join(first, "data/reasons.json"), "The hospital's information governance team.", "The hospital's own team, as of January.")
	earlier, err := withOwn(data, first, false).Admit(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := of(data).Keep(earlier); err != nil {
		t.Fatal(err)
	}
	g := withOwn(data, dir, true) // at a start
	set, err := g.Admit(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Keep(set); err != nil {
		t.Fatal(err)
	}
	g.Settle(set)

	alter(t, filepath.Join(dir, "rules/agreements/agreements.rego"), "deny contains", "permit contains")
	next := policytest.Changed(t, "data/settings.json", policytest.Replace(`"default_hours": 24`, `"default_hours": 12`))
	later, err := g.Admit(t.Context(), next)
	if err != nil || later.Own["RXA01"].Fingerprint != set.Own["RXA01"].Fingerprint || len(later.Own["RXA01"].Faults) > 0 {
		t.Errorf("a set beside which they fit, while somebody writes in their folder: %v", err)
	}
	// One that has a list of the name of theirs: the earlier own rules, which have none, would fit.
	next["data/agreements.json"] = &fstest.MapFile{Data: []byte(`{"source": "The region's register of agreements.", "ended": []}`)}
	next["rules/withheld/withheld.rego"] = &fstest.MapFile{Data: append(next["rules/withheld/withheld.rego"].Data, []byte("\n# METADATA\n# title: Agreements that ended\n# description: By the region's register.\n# custom:\n#   reasons: [withheld-from-role]\nwithhold contains {\"categories\": data.categories.every, \"reason\": \"withheld-from-role\"} if {\n\tinput.subject.organisation in data.agreements.ended\n}\n")...)}
	if taken, err := g.Admit(t.Context(), next); err == nil || !strings.Contains(err.Error(), "the region has a list of this name") {
		t.Errorf("taken: %v, %v", taken != nil, err)
	}

	// And what was taken of the last good ones stays said.
	g = withOwn(data, dir, true)
	last, err := g.Admit(t.Context(), policies.FS)
	if err != nil || len(last.Own["RXA01"].Faults) == 0 {
		t.Fatalf("by the last good ones: %v", err)
	}
	g.Settle(last)
	delete(next, "data/agreements.json")
	again, err := g.Admit(t.Context(), policytest.Changed(t, "data/settings.json", policytest.Replace(`"default_hours": 24`, `"default_hours": 36`)))
	if err != nil || len(again.Own["RXA01"].Faults) == 0 || again.Own["RXA01"].Kept != last.Own["RXA01"].Kept {
		t.Errorf("that they are the last good ones is forgotten: %v", err)
	}
}
