package invariants

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// A function of the rules is explored by running it with everything open. Where it
// needs a field, it is run again with each value of the field; where it needs
// another function, with each value that the other can have, in the states in
// which it has it. What a run did not ask for cannot have mattered to it, so its
// result holds for all states that agree on what it did ask for.

// part is one value of a function and the states in which it has it.
type part struct {
	value  rego.Value
	fault  bool // the rules fail in these states
	states set
}

// explorer explores the functions of one revision over one space.
type explorer struct {
	*space
	sets  *sets
	walk  *rego.Walk
	parts map[int][]part
	runs  int
	// told says that the rules look at the basis of reasons, so that it counts.
	told bool
}

// mostRuns bounds an exploration: rules that compare everything with everything
// could need more than anybody waits for.
const mostRuns = 5_000_000

var errTooMany = errors.New("the rules compare too many things with each other for all states to be gone through")

// of gives the values of a function; whole is false where it must be computed anew
// wherever it is called.
func (e *explorer) of(ctx context.Context, function int) (parts []part, whole bool, err error) {
	if p, ok := e.parts[function]; ok {
		return p, p != nil, nil
	}
	x := exploration{explorer: e, function: function, choice: make([]int, len(e.fields)), values: values{index: map[string]int{}}}
	for i := range x.choice {
		x.choice[i] = -1
	}
	found, err := x.from(ctx, all)
	if errors.Is(err, errNotWhole) {
		e.parts[function] = nil
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for i, p := range x.values.parts {
		if p.states = found[i]; p.states != none {
			parts = append(parts, p)
		}
	}
	if name := e.walk.Name(function); !e.told && (strings.HasSuffix(name, ".permit") || strings.HasSuffix(name, ".deny")) {
		parts = e.untold(parts)
	}
	e.parts[function] = parts
	return parts, true, nil
}

// untold makes one of the values of a function that differ only in what is told.
func (e *explorer) untold(parts []part) []part {
	v := values{index: map[string]int{}}
	for _, p := range parts {
		i := v.add(p.value.Untold(), p.fault)
		v.parts[i].states = e.sets.or(v.parts[i].states, p.states)
	}
	return v.parts
}

var errNotWhole = errors.New("the result holds parts of the input")

// exploration is that of one function: what is chosen up to now.
type exploration struct {
	*explorer
	function int
	choice   []int // of each field, or -1
	known    []rego.Known
	chosen   []int // the fields, in order
	values   values
}

// from explores on from what is chosen. It gives for each value the states in which
// the function has it, as far as they agree with what is chosen: what it says of
// others means nothing. reach are the states that agree, as long as functions were
// chosen: what is in none is not gone into.
func (x *exploration) from(ctx context.Context, reach set) (map[int]set, error) {
	if x.runs++; x.runs > mostRuns {
		return nil, errTooMany
	}
	if x.runs%1024 == 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	value, whole, need, err := x.walk.Run(ctx, x.function, x.input(x.choice), x.known)
	fault := errors.Is(err, rego.ErrFault)
	switch {
	case err != nil && !fault:
		return nil, err
	case need != nil && need.Open >= 0:
		return x.oneField(ctx, need.Open, reach)
	case need != nil:
		return x.oneFunction(ctx, need.Function, reach)
	case !whole:
		return nil, errNotWhole
	}
	return map[int]set{x.values.add(value, fault): all}, nil
}

// oneField tries each value of a field.
func (x *exploration) oneField(ctx context.Context, field int, reach set) (map[int]set, error) {
	size := len(x.fields[field].values)
	below := map[int][]set{}
	x.chosen = append(x.chosen, field)
	defer func() { x.choice[field], x.chosen = -1, x.chosen[:len(x.chosen)-1] }()
	for v := range size {
		r := reach
		if len(x.known) > 0 {
			if r = x.sets.with(reach, field, v); r == none {
				continue
			}
		}
		x.choice[field] = v
		found, err := x.from(ctx, r)
		if err != nil {
			return nil, err
		}
		for i, states := range found {
			if below[i] == nil {
				below[i] = make([]set, size)
			}
			below[i][v] = states
		}
	}
	out := make(map[int]set, len(below))
	for i, to := range below {
		out[i] = x.sets.choose(field, to)
	}
	return out, nil
}

// oneFunction tries each value of a function.
func (x *exploration) oneFunction(ctx context.Context, function int, reach set) (map[int]set, error) {
	parts, whole, err := x.of(ctx, function)
	if err != nil {
		return nil, err
	}
	if !whole {
		x.walk.Inline(function)
		return x.from(ctx, reach)
	}
	if len(x.known) == 0 {
		for _, f := range x.chosen {
			reach = x.sets.with(reach, f, x.choice[f])
		}
	}
	out := map[int]set{}
	known := len(x.known)
	defer func() { x.known = x.known[:known] }()
	for _, p := range parts {
		r := x.sets.and(reach, p.states)
		if r == none {
			continue
		}
		found := map[int]set{}
		if p.fault {
			found[x.values.add(p.value, true)] = all
		} else {
			x.known = append(x.known[:known], rego.Known{Function: function, Value: p.value})
			if found, err = x.from(ctx, r); err != nil {
				return nil, err
			}
		}
		for i, states := range found {
			out[i] = x.sets.or(out[i], x.sets.and(states, p.states))
		}
	}
	return out, nil
}

// values are the values of a function, each once.
type values struct {
	parts []part
	index map[string]int
}

func (f *values) add(v rego.Value, fault bool) int {
	text := "fault"
	if !fault {
		text = v.String()
	}
	i, ok := f.index[text]
	if !ok {
		i = len(f.parts)
		f.index[text] = i
		f.parts = append(f.parts, part{value: v, fault: fault})
	}
	return i
}

// outcome explores the entry point.
func (e *explorer) outcome(ctx context.Context) ([]part, error) {
	parts, whole, err := e.of(ctx, e.walk.Entry())
	if err == nil && !whole {
		err = errors.New("the outcome holds parts of the facts themselves")
	}
	if err != nil {
		return nil, fmt.Errorf("going through all states: %w", err)
	}
	return parts, nil
}
