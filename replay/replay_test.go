package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

var begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// recorded are the documents of decisions of the shipped cases, as a broker records them, and the
// policies that decided them.
func recorded(t testing.TB) (documents [][]byte, by map[string]*decision.Revision) {
	t.Helper()
	by = map[string]*decision.Revision{}
	for i, c := range policytest.Cases(t) {
		d, _ := c.Run(t.Context())
		documents = append(documents, audit.AppendJSON(nil, record(i, d)))
		by[d.Digest] = c.Engine.Revision()
	}
	return documents, by
}

// record is the record of a decision.
func record(i int, d access.Decision) *audit.Record {
	var input struct{ Request struct{ Action, Type string } }
	if err := json.Unmarshal(d.Input, &input); err != nil {
		panic(err)
	}
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-0000-7000-8000-%012d", i), Broker: "b", TimeIn: begin.Add(time.Duration(i) * time.Second),
		Effect: string(d.Effect), Reasons: []string{}, Rules: d.Rules, Revision: d.Revision, Digest: d.Digest, Alert: d.Alert, Input: d.Input,
		UserID: "555000000001", UserOrg: "RXA01", UserOrgName: "St Elsewhere's", RoleCode: "R0050", Source: "gp-riverside", SourceOrg: "A81001",
		PatientHMAC: fmt.Sprintf("%064d", i%7), Action: input.Request.Action, ResourceType: input.Request.Type,
	}
	for _, reason := range d.Reasons {
		r.Reasons = append(r.Reasons, reason.Code)
	}
	return r
}

// source gives documents in batches of a few.
func source(documents [][]byte) replay.Source {
	return func(_ context.Context, yield func([][]byte) error) error {
		for some := range slices.Chunk(documents, 9) {
			if err := yield(some); err != nil {
				return err
			}
		}
		return nil
	}
}

func kept(all map[string]*decision.Revision) func(context.Context, decision.DecidedBy) *decision.Revision {
	return func(_ context.Context, by decision.DecidedBy) *decision.Revision { return all[by.Digest+by.Own] }
}

func run(t testing.TB, documents [][]byte, opt replay.Options) *replay.Report {
	t.Helper()
	report, err := replay.Run(t.Context(), source(documents), opt)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// changed is the shipped policies with one file changed.
func changed(t testing.TB, file, old, next string) *decision.Revision {
	t.Helper()
	return policytest.Revision(t, policytest.Changed(t, file, policytest.Replace(old, next)))
}

func TestThePoliciesThatDecidedDecideAlike(t *testing.T) {
	documents, by := recorded(t)
	shipped := policytest.Engine(t).Revision()
	ours := slices.DeleteFunc(slices.Clone(documents), func(document []byte) bool { return !bytes.Contains(document, []byte(shipped.Digest())) })
	report := run(t, ours, replay.Options{Draft: shipped, Before: kept(by)})
	if len(ours) < 100 || report.Decisions != len(ours) || len(report.Kinds) != 0 || report.Otherwise() != 0 {
		t.Errorf("%d records, %d decided again, otherwise %v; apart: %+v", len(ours), report.Decisions, report.Kinds, report.Apart)
	}
}

// Whatever a draft would decide otherwise, OPA's own evaluator says the same of it, and of what
// is left out that it is the same.
func TestEveryChangeIsAsOPASaysIt(t *testing.T) {
	documents, by := recorded(t)
	for name, draft := range map[string]*decision.Revision{
		"no grace":               changed(t, "data/settings.json", `"grace_days": 14`, `"grace_days": 1`),
		"emergencies":            changed(t, "data/settings.json", `"enabled": false`, `"enabled": true`),
		"a category is withheld": changed(t, "rules/specialist/specialist.rego", `[category, "medications", "conditions", "administrative"], "labels"`, `[category, "medications", "administrative"], "labels"`),
	} {
		t.Run(name, func(t *testing.T) {
			opa := decision.NewEngine(draft)
			changes := map[string]replay.Change{}
			report := run(t, documents, replay.Options{Draft: draft, Before: kept(by), Each: func(c *replay.Change) error {
				changes[c.Was.ID] = *c
				return nil
			}})
			n := 0
			for _, document := range documents {
				was, err := audit.ReadDecided(document)
				if err != nil {
					t.Fatal(err)
				}
				then, err := decision.NewEngine(by[was.Digest]).Replay(t.Context(), was.Input)
				if err != nil {
					t.Fatal(err)
				}
				now, err := opa.Replay(t.Context(), was.Input)
				if err != nil {
					t.Fatal(err)
				}
				then.Revision, then.Digest, then.Input = now.Revision, now.Digest, now.Input
				c, other := changes[was.ID]
				if alike := same(then, now); alike == other {
					t.Errorf("%s: told as a change: %v; OPA: %s %v, then %s %v", was.ID, other, then.Effect, then.Rules, now.Effect, now.Rules)
				}
				if other {
					n++
					if c.Now.Effect != now.Effect || !slices.Equal(c.Now.Rules, now.Rules) {
						t.Errorf("%s: %+v, and OPA says %s %v", was.ID, c.Now, now.Effect, now.Rules)
					}
				}
			}
			sum := 0
			for _, of := range report.Kinds {
				sum += of
			}
			if n == 0 || sum != n || len(report.Changes) != n {
				t.Errorf("%d changes, counted %v, kept %d", n, report.Kinds, len(report.Changes))
			}
		})
	}
}

// same compares what a report tells of decisions: codes and not words.
func same(a, b access.Decision) bool {
	for _, d := range []*access.Decision{&a, &b} {
		d.Basis = nil
		d.Plan.Classes = nil
		d.Reasons = slices.Clone(d.Reasons)
		for i := range d.Reasons {
			d.Reasons[i].Text, d.Reasons[i].Remedy = "", ""
		}
	}
	return decision.Same(a, b)
}

func TestChangesAreCountedByWhomTheyAreAbout(t *testing.T) {
	documents, by := recorded(t)
	report := run(t, documents, replay.Options{Draft: without(t, "routine_gp"), Before: kept(by)})
	if report.Kinds[replay.Refused] == 0 {
		t.Fatalf("%v", report.Kinds)
	}
	for _, d := range replay.Dimensions() {
		rows := report.By[d].Rows
		sum := 0
		for _, row := range rows {
			sum += row.Kinds[replay.Refused]
		}
		if least := report.Kinds[replay.Refused]; len(rows) == 0 || sum < least || d != replay.ByRule && sum != least {
			t.Errorf("by %s: %d of %d", d, sum, least)
		}
	}
	lost := slices.IndexFunc(report.By[replay.ByRule].Rows, func(row *replay.Row) bool { return row.Key == "routine_gp" })
	let := 0 // in by it, and now refused
	for _, c := range report.Changes {
		if c.Kind == replay.Refused && slices.Contains(c.Was.Rules, "routine_gp") {
			let++
		}
	}
	if lost < 0 || let == 0 || report.By[replay.ByRule].Rows[lost].Kinds[replay.Refused] != let {
		t.Errorf("by the rule that is gone, of which %d: row %d of %v", let, lost, report.By[replay.ByRule].Rows)
	}
	if row := report.By[replay.ByOrganisation].Rows[0]; row.Name != "St Elsewhere's" {
		t.Errorf("%+v", row)
	}
}

// without is the shipped policies without a rule.
func without(t testing.TB, rule string) *decision.Revision {
	t.Helper()
	fsys := policytest.Copied(t)
	for name := range fsys {
		if strings.HasPrefix(name, "rules/"+rule+"/") {
			delete(fsys, name)
		}
	}
	return policytest.Revision(t, fs.FS(fsys))
}

func TestWhatCannotBeDecidedAgainIsCountedApart(t *testing.T) {
	shipped := policytest.Engine(t).Revision()
	d := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	document := func(change func(*audit.Record)) []byte {
		r := record(1, d)
		change(r)
		return audit.AppendJSON(nil, r)
	}
	documents := [][]byte{
		document(func(*audit.Record) {}),
		document(func(r *audit.Record) { r.Effect, r.Input = "", nil }),
		document(func(r *audit.Record) { r.Erased = &audit.Erased{} }),
		document(func(r *audit.Record) { r.Erased, r.Input = &audit.Erased{}, nil }), // as an erasure leaves it
		[]byte(`{"a":1}`),
		document(func(r *audit.Record) { r.Input = json.RawMessage(`"cut"`) }),
		document(func(r *audit.Record) {
			r.Input = bytes.Replace(r.Input, []byte(`"known":true`), []byte(`"wished":true`), 1)
		}),
		document(func(r *audit.Record) { r.Input = json.RawMessage(`{"` + strings.Repeat("é", 1<<10) + `":1}`) }), // a long name is not told whole
		document(func(r *audit.Record) { r.Input = json.RawMessage(`{"` + strings.Repeat("é", 1<<19) + `":1}`) }), // it was too large to be recorded
		document(func(r *audit.Record) { r.Effect, r.ID = "deny", "altered" }),
		document(func(r *audit.Record) { r.Digest = strings.Repeat("0", 64) }),
		document(func(r *audit.Record) {
			r.Reasons = append([]string{"source-unreachable"}, r.Reasons...)
			r.Alert = true
		}),
	}
	report := run(t, documents, replay.Options{Draft: shipped, Before: kept(map[string]*decision.Revision{shipped.Digest(): shipped})})
	want := replay.Apart{
		NoDecision: 1, Erased: 2, Unreadable: 3, Unlike: 1, UnlikeIDs: []string{"altered"},
		OtherSchema: map[string]int{"patient.wished is not in the schema": 1, strings.Repeat("é", 100) + " ...": 1}, ShownUnknown: map[string]int{strings.Repeat("0", 64): 1},
	}
	if diff := cmp.Diff(want, report.Apart); diff != "" || report.Records != len(documents) || report.Otherwise() != 0 {
		t.Errorf("%d of %d, otherwise %v (-want +got):\n%s", report.Records, len(documents), report.Kinds, diff)
	}
}

func TestASampleIsTheSameEachTime(t *testing.T) {
	documents, by := recorded(t)
	draft := without(t, "permission")
	var ids [2][]string
	for i := range ids {
		report := run(t, documents, replay.Options{Draft: draft, Before: kept(by), OneIn: 3})
		if report.Records != len(documents) || report.Decisions == 0 || report.Decisions > len(documents)/2 {
			t.Errorf("%d of %d decided again", report.Decisions, report.Records)
		}
		for _, c := range report.Changes {
			ids[i] = append(ids[i], c.Was.ID)
		}
		slices.Reverse(documents) // in whatever order they come
	}
	slices.Reverse(ids[1])
	if len(ids[0]) == 0 || !slices.Equal(ids[0], ids[1]) {
		t.Errorf("%v, then %v", ids[0], ids[1])
	}
}

// Of a part of a trail nothing is said.
func TestAReplayThatDoesNotEndGivesNoReport(t *testing.T) {
	documents, by := recorded(t)
	draft := without(t, "permission")
	broken := errors.New("broken")
	after := func(_ context.Context, yield func([][]byte) error) error {
		return errors.Join(yield(documents[:50]), broken)
	}
	if report, err := replay.Run(t.Context(), after, replay.Options{Draft: draft}); report != nil || !errors.Is(err, broken) {
		t.Errorf("the source ended early: %v, %v", report, err)
	}
	full := func(*replay.Change) error { return broken }
	if report, err := replay.Run(t.Context(), source(documents), replay.Options{Draft: draft, Before: kept(by), Each: full}); report != nil || !errors.Is(err, broken) {
		t.Errorf("the file was full: %v, %v", report, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	forever := func(ctx context.Context, yield func([][]byte) error) error {
		for {
			if err := yield(slices.Clone(documents)); err != nil {
				return err
			}
		}
	}
	silent, stillOpen := io.Pipe() // somebody ends what waits for standard input
	defer stillOpen.Close()
	ended, end := context.WithCancel(t.Context())
	end()
	if report, err := replay.Run(ended, replay.Lines(silent, audit.Scope{}), replay.Options{Draft: draft}); report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("nothing came: %v, %v", report, err)
	}
	report, err := replay.Run(ctx, forever, replay.Options{Draft: draft, Progress: func(n int) {
		if n > 3*len(documents) {
			cancel()
		}
	}})
	if report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("it was ended: %v, %v", report, err)
	}
}

// The console decides again within the program that answers clinicians: a fault ends the replay,
// and nothing else.
func TestAFaultEndsTheReplayAlone(t *testing.T) {
	documents, _ := recorded(t)
	draft := policytest.Engine(t).Revision()
	fault := func(context.Context, decision.DecidedBy) *decision.Revision { panic("a fault") }
	if report, err := replay.Run(t.Context(), source(documents), replay.Options{Draft: draft, Before: fault}); report != nil || err == nil || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("in deciding: %v, %v", report, err)
	}
	broken := func(context.Context, func([][]byte) error) error { panic("a broken store") }
	if report, err := replay.Run(t.Context(), broken, replay.Options{Draft: draft}); report != nil || err == nil || !strings.Contains(err.Error(), "a broken store") {
		t.Errorf("in reading: %v, %v", report, err)
	}
}
