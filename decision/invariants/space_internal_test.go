package invariants

import (
	"context"
	"encoding/json"
	"maps"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// enumerated goes through all states of the shipped rules, with emergencies in use.
func enumerated(t *testing.T) (*enumeration, *decision.Revision) {
	t.Helper()
	rev, err := decision.Load(t.Context(), policies.FS, patient)
	if err != nil {
		t.Fatal(err)
	}
	rev, err = cases.WithSettings(t.Context(), rev, map[string]any{"emergency": map[string]any{"enabled": true}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := enumerate(t.Context(), []*decision.Revision{rev}, newCompared(), mostEntries, Fast)
	if err != nil {
		t.Fatal(err)
	}
	return e, rev
}

// holds says that a state is in a set.
func (s *sets) holds(a set, st state) bool {
	for a > all {
		is := s.steps.at(a)
		a = is.to[st[is.field]]
	}
	return a == all
}

// anyState is a state picked at random, with more in it than by throwing dice alone.
func (e *enumeration) anyState(r *rand.Rand) state {
	st := make(state, len(e.fields))
	for i := range st {
		if r.IntN(3) > 0 {
			st[i] = r.IntN(len(e.fields[i].values))
		}
	}
	for i, f := range e.fields {
		if f.under >= 0 && !f.when[st[f.under]] {
			st[i] = 0
		}
	}
	return st
}

// What was proved without deciding must be what is decided: the states are picked at
// random, decided by the engine and some by OPA's evaluator, and compared with the
// outcome in whose states they are.
func TestEveryStateIsDecidedAsItsOutcomeSays(t *testing.T) {
	e, _ := enumerated(t)
	r := rand.New(rand.NewPCG(10, 1))
	d := &e.revisions[0]
	effects := map[access.Effect]int{}
	for i := range 30_000 {
		st := e.anyState(r)
		got := d.engine.Decide(t.Context(), e.question(st), e.known(st))
		var in []int
		for k := range d.outcomes {
			if e.sets.holds(d.outcomes[k].states, st) {
				in = append(in, k)
			}
		}
		if len(in) != 1 {
			t.Fatalf("the state is in %d outcomes: %s", len(in), got.Input)
		}
		if want := d.outcomes[in[0]].decision; !alike(got, want) {
			t.Fatalf("decided otherwise: %s, expected %s: %s", released(&got), released(&want), got.Input)
		}
		effects[got.Effect]++
		if i%100 == 0 {
			again, err := d.engine.Replay(t.Context(), got.Input)
			if err != nil || !same(got, again) {
				t.Fatalf("OPA decides otherwise: %s: %s", released(&again), got.Input)
			}
		}
	}
	if effects[access.Permit] < 100 || effects[access.Deny] < 100 || effects[access.Indeterminate] < 100 {
		t.Errorf("the states are of one sort: %v", effects)
	}
}

// The input that is walked has the shape that decision gives to a question.
func TestTheInputIsThatOfADecision(t *testing.T) {
	e, _ := enumerated(t)
	r := rand.New(rand.NewPCG(10, 2))
	for range 300 {
		st := e.anyState(r)
		var want, got any
		if err := json.Unmarshal(e.revisions[0].engine.Decide(t.Context(), e.question(st), e.known(st)).Input, &want); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("<", "[", ">", "]").Replace(e.input(st).String())
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("walked:\n%v\ndecided:\n%v", got, want)
		}
	}
}

// small are rules of which all states can be decided one by one.
const small = `# METADATA
# title: Small
# description: Few things are compared, in all ways in which the shipped rules compare.
package mcr.rules.small

import rego.v2

deny contains {"reason": "opted-out", "basis": {"opt_out": input.facts.opt_out.value.id}} if {
	input.facts.opt_out.state == "known"
	input.facts.opt_out.value.from <= input.time
	not over
}

over if {
	ended with input.facts.restriction as {"state": "absent"}
}

ended if {
	input.facts.opt_out.value.until <= input.time
	input.facts.restriction.state == "absent"
}

unknown contains "facts-unavailable" if input.facts.opt_out.state == "unavailable"

permit contains {"reason": "permission-to-view", "basis": {"permission": p.id}} if {
	input.request.action == "view"
	some p in yes
	every q in input.facts.permissions.value { q.given == true or q.recorded_ms < p.recorded_ms }
}

yes contains p if {
	some p in input.facts.permissions.value
	p.user_id == input.subject.user_id
	p.given == true
	p.until - p.from <= 60 * 60
}

plan contains {"categories": data.categories.understood, "labels": data.labels.normal} if permit != set()

lacking contains "permission-needed" if permit == set()
`

func smallFolder(t *testing.T) fstest.MapFS {
	t.Helper()
	rev, err := decision.Load(t.Context(), policies.FS, patient)
	if err != nil {
		t.Fatal(err)
	}
	f := rev.Files()
	out := fstest.MapFS{"schema/input.json": {Data: []byte(f.Schema)}, "rules/small/small.rego": {Data: []byte(small)}, "decision.rego": {Data: []byte(f.Rules["decision.rego"])}}
	for name, text := range f.Data {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// Brute force is the judge: every state of the small rules is decided one by one by
// the engine, and the numbers that come out must be those that were proved.
func TestCountsAreThoseOfBruteForce(t *testing.T) {
	if policytest.Race {
		t.Skip("three quarters of a million states are decided, without the race detector")
	}
	rev, err := decision.Load(t.Context(), smallFolder(t), patient)
	if err != nil {
		t.Fatal(err)
	}
	c := newCompared()
	whenever, faults := readFile("invariants/small.yaml", []byte(`
title: Small
promise: Small rules can be gone through one by one.
invariants:
  - {name: an opt-out wins, whenever: {opt_out: in force}, then never: {decision: permit}}
  - {name: a yes lasts an hour, whenever: {permissions: {no: {for: self, answer: "yes", lasts_at_most: 1 hour}}}, then never: {decision: permit}}
  - {name: not so, whenever: {permissions: {last: {answer: "no"}}}, then never: {decision: wait}}
`), vocabularyOf(rev), c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	e, err := enumerate(t.Context(), []*decision.Revision{rev}, c, mostEntries, Fast)
	if err != nil {
		t.Fatal(err)
	}
	var conditions []set
	for _, i := range whenever.rules {
		conditions = append(conditions, i.whenever(e.builder))
	}
	e.tellApart(conditions)

	// One by one: every field that has more than one value that counts.
	var fields []int
	for f := range e.fields {
		if len(e.counts[f]) > 1 {
			fields = append(fields, f)
		}
	}
	proved := map[string]*big.Int{}
	for k := range e.revisions[0].outcomes {
		o := &e.revisions[0].outcomes[k]
		add(proved, cases.Describe(o.decision), e.count(o.states))
		for i := range whenever.rules {
			add(proved, whenever.rules[i].name+": "+string(o.decision.Effect), e.count(e.sets.and(o.states, conditions[i])))
		}
	}
	decided, n := map[string]*big.Int{}, 0
	st := make(state, len(e.fields))
	var each func(at int)
	each = func(at int) {
		if at == len(fields) {
			n++
			d := e.revisions[0].engine.Decide(context.Background(), e.question(st), e.known(st))
			add(decided, cases.Describe(d), big.NewInt(1))
			for i, held := range byHand(e, st) {
				if held {
					add(decided, whenever.rules[i].name+": "+string(d.Effect), big.NewInt(1))
				}
			}
			return
		}
		f := fields[at]
		for _, v := range e.counts[f] {
			if field := e.fields[f]; v > 0 && field.under >= 0 && !field.when[st[field.under]] {
				continue
			}
			st[f] = v
			each(at + 1)
		}
		st[f] = 0
	}
	each(0)
	maps.DeleteFunc(proved, func(_ string, n *big.Int) bool { return n.Sign() == 0 })
	if n < 10_000 || e.count(all).Cmp(big.NewInt(int64(n))) != 0 {
		t.Errorf("%d states were decided one by one, %s proved", n, e.count(all))
	}
	for _, key := range slices.Sorted(maps.Keys(both2(proved, decided))) {
		if a, b := proved[key], decided[key]; a == nil || b == nil || a.Cmp(b) != 0 {
			t.Errorf("%s: %v states proved, %v decided one by one", key, a, b)
		}
	}
	t.Logf("%d states decided one by one, as proved with %d decisions: %v", n, e.decisions, decided)
}

// byHand are the three conditions, said again in Go.
func byHand(e *enumeration, st state) []bool {
	f := e.known(st)
	now := e.now
	in := func(v access.Validity) bool {
		return !v.From.After(now) && (v.Until.IsZero() || v.Until.After(now))
	}
	yes, last := false, false
	for _, p := range f.Permissions.Value {
		if p.UserID == self && p.Given && !p.From.IsZero() && !p.Until.IsZero() && p.Until.Sub(p.From).Hours() <= 1 {
			yes = true
		}
		latest := true
		for _, q := range f.Permissions.Value {
			latest = latest && !q.Recorded.After(p.Recorded)
		}
		last = last || latest && !p.Given
	}
	return []bool{f.OptOut.State == access.Known && in(f.OptOut.Value.Validity), !yes, last}
}

func add(to map[string]*big.Int, key string, n *big.Int) {
	if to[key] == nil {
		to[key] = new(big.Int)
	}
	to[key].Add(to[key], n)
}

func both2[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// The smallest case is the smallest: with any one thing in it as plain as it can be,
// it is no longer one.
func TestNothingCanBeDroppedFromTheSmallestState(t *testing.T) {
	e, _ := enumerated(t)
	d := &e.revisions[0]
	for k := range d.outcomes {
		o := &d.outcomes[k]
		for f, v := range o.smallest {
			if v == 0 {
				continue
			}
			st := slices.Clone(o.smallest)
			st[f] = 0
			if e.fields[f].under < 0 { // what is no longer there is plain too
				for g := range st {
					if e.fields[g].under == f && !e.fields[g].when[0] {
						st[g] = 0
					}
				}
			}
			if e.sets.holds(e.sets.and(o.states, e.possible), st) {
				t.Fatalf("%s can be left out of %s", e.fields[f].name, o.decision.Input)
			}
		}
	}
}
