package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// decidedRecord is the record of a decision, as the broker writes it.
func decidedRecord(d access.Decision) *audit.Record {
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: audit.NewID(), Broker: "b", TimeIn: policytest.Now, TimeOut: policytest.Now.Add(time.Millisecond),
		Outcome: audit.Refused, Status: 403, Effect: string(d.Effect), Rules: d.Rules, Revision: d.Revision, Digest: d.Digest, Alert: d.Alert,
		UserID: "555000000001", UserName: "KHAN, Amira", UserOrg: "RXA01", Source: "gp-riverside", SourceOrg: "A81001",
		Action: "view", Interaction: "search-type", ResourceType: "Observation", Query: "Observation?category=laboratory", PatientShown: "999 *** **18",
		Permission: d.Basis["permission"], Relationship: d.Basis["relationship"], OptOut: d.Basis["opt_out"], Input: d.Input,
	}
	for _, reason := range d.Reasons {
		r.Reasons = append(r.Reasons, reason.Code)
	}
	return r
}

// explainedTrail is a data folder with a trail of some records.
func explainedTrail(t *testing.T, records ...*audit.Record) (data string) {
	t.Helper()
	data = t.TempDir()
	if _, err := protect.CreateKeys(filepath.Join(data, "keys")); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "trail.db"))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		r.Sequence = uint64(i + 1)
	}
	if err := store.Deliver(t.Context(), trailtest.Batch(t, "b", trailtest.Chain(records...))); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestARecordIsExplainedByThePoliciesThatDecidedIt(t *testing.T) {
	t.Chdir(t.TempDir())
	engine := policytest.Engine(t)
	facts := policytest.Nothing()
	facts.Relationships = policytest.Permitted().Relationships
	refused := decidedRecord(engine.Decide(t.Context(), policytest.Consultant(), facts))
	permitted := decidedRecord(engine.Decide(t.Context(), policytest.Consultant(), policytest.Permitted()))
	altered := decidedRecord(engine.Decide(t.Context(), policytest.Consultant(), facts))
	altered.Effect, altered.Reasons, altered.Rules = "permit", []string{"permission-to-view"}, []string{"permission"}
	ended := decidedRecord(engine.Decide(t.Context(), policytest.Consultant(), policytest.Permitted()))
	ended.Outcome, ended.Reasons, ended.Alert = audit.Failed, append([]string{"source-unavailable"}, ended.Reasons...), true
	// Decided by a set that is kept, and by one that is not.
	other := policytest.Changed(t, "data/settings.json", policytest.Replace(`"longest_hours": 8784`, `"longest_hours": 48`))
	rev := policytest.Revision(t, other)
	kept := decidedRecord(decision.NewEngine(rev).Decide(t.Context(), policytest.Consultant(), facts))
	gone := decidedRecord(decision.NewEngine(rev).Decide(t.Context(), policytest.Consultant(), facts))
	gone.Digest = strings.Repeat("ab", 32)
	data := explainedTrail(t, refused, permitted, altered, ended, kept, gone)
	if err := os.CopyFS(filepath.Join(data, "revisions", "20260302T100000Z-"+rev.Digest()[:12]), other); err != nil {
		t.Fatal(err)
	}
	permission := "Had the patient given permission to this professional at RXA01, it would have been permitted."
	for _, c := range []struct {
		name  string
		r     *audit.Record
		args  []string
		holds []string
		fails string
	}{
		{name: "refused", r: refused, holds: []string{
			"Explained by the policies that decided it: shipped (digest " + refused.Digest[:12] + ")", "  Refused.\n",
			"The professional is told: Ask the patient for permission to view and record the answer, then try again.",
			"Permission to view (permission) was lacking. The decision rests on it.",
			"    yes  The patient has not been asked. There is no answer on record for this professional at this organisation.\n",
			"    no   The patient said yes. A permission that holds, together with a care relationship that is active.\n",
			"Directory (directory) said nothing.\n    no   Reading an entry of the directory.\n",
			"The decision made again is the one that was recorded.", "  1. " + permission,
		}},
		{name: "permitted", r: permitted, holds: []string{
			"  Permitted.\n", "laboratory: Laboratory tests and results, blood results included", "Withheld:\n    unclassified:", "Items with a sensitive label are withheld.",
			"It rests on the permission perm-1.\n  It rests on the care relationship rel-1.", "1. Had the patient not given this professional permission to view (perm-1), it would have been refused.",
		}},
		{name: "recorded otherwise", r: altered, fails: "the decision made again is not the one that was recorded", holds: []string{
			"WRONG: THE DECISION MADE AGAIN IS NOT THE ONE THAT WAS RECORDED.", "decision: recorded is permit, and now it is deny", permission,
		}},
		{name: "ended later by something else", r: ended, holds: []string{"The decision made again is the one that was recorded."}},
		{name: "by a kept set", r: kept, holds: []string{"that decided it: 20260302T100000Z-" + rev.Digest()[:12]}},
		{name: "by a set that is gone", r: gone, fails: "are not kept in"},
		{name: "by others, to the same effect", r: gone, args: []string{"--policies", "shipped"}, holds: []string{"NOT by the policies that decided it, but by shipped", "These policies decide it as the policies did that decided it then."}},
		{name: "by others, to another", r: altered, args: []string{"--policies", rev.Digest()[:12]}, fails: "these policies decide otherwise than was recorded", holds: []string{"OTHERWISE: THESE POLICIES DO NOT DECIDE IT"}},
		{name: "of another organisation", r: refused, args: []string{"--source-org", "RZ9"}, fails: "no such record"},
		{name: "of no organisation", r: refused, args: []string{"--source-org", "x"}, fails: "--source-org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := policy(t, append([]string{"explain", c.r.ID, "--trail", filepath.Join(data, "trail.db")}, c.args...)...)
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%v, want %q", err, c.fails)
			}
			for _, h := range c.holds {
				if !strings.Contains(out, h) {
					t.Errorf("%q is missing in\n%s", h, out)
				}
			}
			if regexp.MustCompile(`99900000|9990000018`).MatchString(out) {
				t.Errorf("a number in\n%s", out)
			}
		})
	}
}

// The data folder alone says where all is, as it does for other commands.
func TestARecordIsExplainedFromADataFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	r := decidedRecord(policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted()))
	data := explainedTrail(t, r)
	if out, err := policy(t, "explain", strings.ToUpper(r.ID), "--data", data); err != nil || !strings.Contains(out, "Permitted.") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := policy(t, "explain", r.ID, "--data", t.TempDir()); err == nil {
		t.Error("a trail that is not there was asked")
	}
}

func TestARecordWithoutADecisionIsToldAsWhatItIs(t *testing.T) {
	t.Chdir(t.TempDir())
	whole := decidedRecord(policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted()))
	bare := func(change func(r *audit.Record)) *audit.Record {
		r := decidedRecord(access.Decision{})
		r.Effect, r.Reasons, r.Rules, r.Input = "", nil, nil, nil
		change(r)
		return r
	}
	kinds := map[string]*audit.Record{
		"a look at the trail":                         bare(func(r *audit.Record) { r.Action = audit.LookAtRecord }),
		"erased details out of records":               audit.Act{Action: audit.EraseAction, Reason: "details-erased", By: "A. Officer"}.Record(policytest.Now),
		"(parameter-not-supported)":                   bare(func(r *audit.Record) { r.Interaction, r.Reasons = "", []string{"parameter-not-supported"} }),
		"before the rules were asked (source-unavail": bare(func(r *audit.Record) { r.Reasons = []string{"source-unavailable"} }),
		"does not hold what was asked":                bare(func(r *audit.Record) { r.Effect, r.Digest, r.Reasons = whole.Effect, whole.Digest, whole.Reasons }),
	}
	var all []*audit.Record
	for _, r := range kinds {
		all = append(all, r)
	}
	data := explainedTrail(t, all...)
	for says, r := range kinds {
		out, err := policy(t, "explain", r.ID, "--data", data)
		if err != nil || !strings.Contains(out, says) || strings.Contains(out, "otherwise") {
			t.Errorf("%s: %v\n%s", says, err, out)
		}
		if out, err = policy(t, "explain", r.ID, "--data", data, "--json"); err != nil || !strings.Contains(out, `"undecided":"`) {
			t.Errorf("%s: %v\n%s", says, err, out)
		}
	}
}

func TestACaseIsExplained(t *testing.T) {
	t.Chdir(t.TempDir())
	const name = "opt_out:an opt-out wins over a recorded permission"
	for _, by := range []string{name, "an opt-out wins over a recorded permission", "wins over a RECORDED"} {
		out, err := policy(t, "explain", by)
		for _, h := range []string{
			"Case " + name + "\n  The patient opted out of sharing, from 3 days ago", "Explained by the policies shipped", "  Refused.\n", "Telephone Riverside Surgery on 01632 960001",
			"Opted out (opt_out) denied. The decision rests on it.", "Permission to view (permission) permitted.", "It is decided as the case expects.",
			"1. Had the patient not opted out of sharing, it would have been permitted.",
		} {
			if err != nil || !strings.Contains(out, h) {
				t.Errorf("%s: %v: %q is missing in\n%s", by, err, h, out)
			}
		}
	}
	if out, err := policy(t, "explain", "emergency_on:a paramedic declares an emergency"); err != nil || !strings.Contains(out, "with settings of the case") || !strings.Contains(out, "marked for the privacy officer") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := policy(t, "explain", "opt-out wins"); err == nil || !strings.Contains(err.Error(), "opt_out:an opt-out wins over routine GP access") {
		t.Errorf("several: %v", err)
	}
	if _, err := policy(t, "explain", "nothing of the kind"); err == nil || !strings.Contains(err.Error(), "there is no such case") {
		t.Errorf("none: %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, policies.FS); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "testdata/decisions/permission.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("decision: refuse\n      because: [permission-needed]"), []byte("decision: refuse\n      because: [opted-out]"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := policy(t, "explain", "permission:nobody has asked", "--policies", dir); err == nil || !strings.Contains(out, "WRONG: THE CASE IS DECIDED OTHERWISE THAN IT EXPECTS.") {
		t.Errorf("%v\n%s", err, out)
	}
}

// One document for programs, in which each change can be decided again from its input.
func TestAnInputDocumentIsExplainedForPrograms(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	engine := policytest.Engine(t)
	d := engine.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if err := os.WriteFile("in.json", d.Input, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := policy(t, "explain", "--input", "in.json", "--json")
	if err != nil {
		t.Fatal(err, out)
	}
	var told explained
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&told); err != nil || dec.More() {
		t.Fatalf("%v\n%s", err, out)
	}
	if told.Document != "in.json" || told.Decision.Effect != "permit" || len(told.Decision.Releases) < 20 || told.Again != nil || len(told.Rules) < 8 || told.Rules[0].Name != "permission" || len(told.Otherwise.Found) != 5 {
		t.Errorf("%+v", told)
	}
	for _, o := range told.Otherwise.Found {
		again, err := engine.Replay(t.Context(), o.Input)
		if err != nil || string(again.Effect) != o.Effect || o.Effect == told.Decision.Effect || len(o.Changes) == 0 || !slices.ContainsFunc(o.Reasons, func(r reasonTold) bool { return r.Code == again.Reasons[0].Code }) {
			t.Errorf("%s: %v, %s", o.Told, err, again.Effect)
		}
	}
	if err := os.WriteFile("large.json", bytes.Repeat([]byte(" "), mostInput+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("odd.json", []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"a", "--input", "in.json"}, {"--input", "nosuch.json"}, {"--input", "large.json"}, {"--input", "odd.json"}} {
		if _, err := policy(t, append([]string{"explain"}, args...)...); err == nil {
			t.Errorf("%v is explained", args)
		}
	}
}
