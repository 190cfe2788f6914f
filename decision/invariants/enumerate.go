package invariants

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
)

// theTime is when everything is asked; all other times are told from it.
var theTime = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// outcome is one way in which the rules decide, with the states in which they do.
type outcome struct {
	states   set
	smallest state // one of them
	decision access.Decision
}

// decided is everything that one revision decides.
type decided struct {
	engine   *decision.Engine
	outcomes []outcome
}

// enumeration is the space of some policies with what each of them decides.
type enumeration struct {
	*builder
	revisions []decided
	possible  set     // fields that there is no room for have their first value
	counts    [][]int // for each field, one value of those that nothing tells apart
	decisions int     // made by Decide
	replayed  int     // made again by OPA's evaluator
}

// enumerate goes through all states of what the rules of some revisions, and the
// conditions that c knows of, compare. It begins with little and adds whatever the
// rules are seen to compare a field with, until there is nothing more: the last
// round has seen all.
func enumerate(ctx context.Context, revisions []*decision.Revision, c *compared, most int, pace Pace) (*enumeration, error) {
	c.create = revisions[0].Classes().Possible(fhir.Request{Interaction: fhir.Create, Type: "Consent"})
	for entries := 1; ; {
		s := newSpace(theTime, entries, asksOf(revisions, c.types), c)
		e := &enumeration{builder: &builder{space: s, sets: newSets(s.sizes(), pace.steps())}}
		grew := false
		var found [][]part
		for _, rev := range revisions {
			w, err := rev.Walk()
			if err != nil {
				return nil, err
			}
			x := &explorer{space: s, sets: e.sets, walk: w, parts: map[int][]part{}, told: c.told}
			parts, err := x.outcome(ctx)
			if err != nil {
				return nil, err
			}
			found = append(found, parts)
			grew = c.learn(s, w.Compared()) || grew
		}
		switch {
		case grew:
		case entries < most:
			entries = most
		default:
			s.bounds = c.bounds
			return e, e.decide(ctx, revisions, found)
		}
	}
}

// decide makes a decision for each outcome, in the smallest of its states and in
// the largest: they must be the same.
func (e *enumeration) decide(ctx context.Context, revisions []*decision.Revision, found [][]part) error {
	e.possible = all
	for i := len(e.fields) - 1; i >= 0; i-- {
		f := &e.fields[i]
		if f.under >= 0 {
			there := e.sets.where(f.under, func(v int) bool { return f.when[v] })
			e.possible = e.sets.and(e.possible, e.sets.or(there, e.sets.where(i, func(v int) bool { return v == 0 })))
		}
	}
	for r, rev := range revisions {
		d := decided{engine: decision.NewEngine(rev)}
		covered := none
		for _, p := range found[r] {
			possible := e.sets.and(p.states, e.possible)
			covered = e.sets.or(covered, p.states)
			if possible == none {
				continue
			}
			o := outcome{states: p.states, smallest: e.least(possible)}
			o.decision = e.ask(ctx, d.engine, o.smallest)
			largest := e.sets.least(possible, func(f, v int) int { return 100 - e.fields[f].values[v].cost })
			if other := e.ask(ctx, d.engine, largest); !alike(o.decision, other) {
				return fmt.Errorf("going through all states: two states that the rules cannot tell apart are decided differently: %s and %s", o.decision.Input, other.Input)
			}
			d.outcomes = append(d.outcomes, o)
		}
		if covered != all {
			return errors.New("going through all states: some states are in no outcome")
		}
		e.revisions = append(e.revisions, d)
	}
	return nil
}

func (e *enumeration) ask(ctx context.Context, engine *decision.Engine, st state) access.Decision {
	e.decisions++
	return engine.Decide(ctx, e.question(st), e.known(st))
}

// least is the smallest state of a set.
func (e *enumeration) least(a set) state {
	return e.sets.least(a, func(f, v int) int { return e.fields[f].values[v].cost })
}

// again decides a state again by OPA's own evaluator.
func (e *enumeration) again(ctx context.Context, d *decided, o *outcome) error {
	e.replayed++
	other, err := d.engine.Replay(ctx, o.decision.Input)
	if err != nil {
		return err
	}
	if !same(o.decision, other) {
		return fmt.Errorf("OPA's evaluator decides a state otherwise: %s", o.decision.Input)
	}
	return nil
}

// alike compares what two decisions do and not on which entries they rest.
func alike(a, b access.Decision) bool {
	for _, d := range []*access.Decision{&a, &b} {
		d.Basis, d.Reasons = nil, slices.Clone(d.Reasons)
		for i := range d.Reasons {
			d.Reasons[i].Remedy = ""
		}
	}
	return same(a, b)
}

// same compares all that a decision says.
func same(a, b access.Decision) bool {
	text := func(d access.Decision) string {
		d.Input, d.Plan.Classes = nil, nil
		return fmt.Sprintf("%+v", d)
	}
	return text(a) == text(b)
}

// tellApart counts values that neither the outcomes nor some conditions tell apart
// as one: states are what can be told apart.
func (e *enumeration) tellApart(conditions []set) {
	roots := conditions
	for _, d := range e.revisions {
		for _, o := range d.outcomes {
			roots = append(roots, o.states)
		}
	}
	e.counts = make([][]int, len(e.fields))
	for f, classes := range e.classes(roots) {
		seen := map[int]bool{}
		for v, class := range classes {
			if !seen[class] {
				seen[class] = true
				e.counts[f] = append(e.counts[f], v)
			}
		}
	}
}

// classes gives for each field the class of each value: values of one class lead to
// the same place at every step of some sets.
func (e *enumeration) classes(roots []set) [][]int {
	out := make([][]int, len(e.fields))
	many := make([]int, len(e.fields)) // how many classes
	for f := range out {
		out[f] = make([]int, len(e.fields[f].values))
		many[f] = 1
	}
	e.sets.visit(roots, func(st step) {
		classes := out[st.field]
		if many[st.field] == len(classes) {
			return
		}
		index := map[[2]int]int{}
		for v, t := range st.to {
			key := [2]int{classes[v], int(t)}
			class, ok := index[key]
			if !ok {
				class = len(index)
				index[key] = class
			}
			classes[v] = class
		}
		many[st.field] = len(index)
	})
	return out
}

// count is how many states of a set there are.
func (e *enumeration) count(a set) *big.Int {
	return e.sets.count(e.sets.and(a, e.possible), e.counts)
}
