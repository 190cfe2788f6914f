package invariants

import (
	"encoding/binary"
	"math/big"
	"slices"
)

// set is a set of states, by its number in sets. A state gives each field of the
// space one of its values; a set is kept as a decision diagram (Bryant 1986, with
// as many ways at each step as the field has values): the same set has the same
// number, whatever made it.
type set int32

const (
	none set = iota
	all
)

// sets makes sets over fields with so many values each.
type sets struct {
	sizes    []int
	steps    steps
	index    index
	computed computed
	most     int // steps there may be
}

func newSets(sizes []int, most int) *sets {
	return &sets{sizes: sizes, steps: newSteps(sizes), index: make(index, 1<<10), computed: make(computed, 1<<10), most: most}
}

// step gives the set that goes on from a field; a step that leads to one place is left
// out. It keeps no hold of to.
func (s *sets) step(field int, to []set) set {
	same := true
	for _, t := range to[1:] {
		same = same && t == to[0]
	}
	if same {
		return to[0]
	}
	place, found := s.index.find(&s.steps, field, to)
	if found {
		return *place
	}
	if s.steps.len() >= s.most {
		panic(errTooMany) // whoever goes through states is guarded
	}
	n := s.steps.add(field, to)
	if *place = n; 2*s.steps.len() > len(s.index) {
		s.index = s.index.grown(&s.steps)
		if len(s.computed) < mostComputed {
			s.computed = make(computed, len(s.index)) // it may forget
		}
	}
	return n
}

// where is the set of all states in which a field has one of some values.
func (s *sets) where(field int, holds func(value int) bool) set {
	to := make([]set, s.sizes[field])
	for v := range to {
		if holds(v) {
			to[v] = all
		}
	}
	return s.step(field, to)
}

// with are the states of a set in which a field has a value.
func (s *sets) with(a set, field, value int) set {
	return s.and(a, s.where(field, func(v int) bool { return v == value }))
}

func (s *sets) and(a, b set) set {
	switch {
	case a == none || b == none:
		return none
	case a == all || a == b:
		return b
	case b == all:
		return a
	case a > b:
		a, b = b, a
	}
	return s.each(conjunction, a, b, s.and)
}

// minus are the states of a that are not of b.
func (s *sets) minus(a, b set) set {
	switch {
	case a == none || b == all || a == b:
		return none
	case b == none:
		return a
	}
	return s.each(difference, a, b, s.minus)
}

func (s *sets) not(a set) set { return s.minus(all, a) }

func (s *sets) or(a, b set) set {
	switch {
	case a == all || b == all:
		return all
	case a == none || a == b:
		return b
	case b == none:
		return a
	case a > b:
		a, b = b, a
	}
	return s.each(disjunction, a, b, s.or)
}

// choose is the set that is to[v] where a field has the value v.
func (s *sets) choose(field int, to []set) set {
	memo := map[string]set{}
	var below func(to []set) set
	below = func(to []set) set {
		least, same := len(s.sizes), true
		for _, t := range to {
			least, same = min(least, s.steps.at(t).field), same && t == to[0]
		}
		switch {
		case same && least > field:
			return to[0]
		case least > field:
			return s.step(field, to)
		case least == field:
			own := make([]set, len(to))
			for v, t := range to {
				if own[v] = t; s.steps.at(t).field == field {
					own[v] = s.steps.at(t).to[v]
				}
			}
			return s.step(field, own)
		}
		key := make([]byte, 0, 4*len(to))
		for _, t := range to {
			key = binary.LittleEndian.AppendUint32(key, uint32(t))
		}
		if n, ok := memo[string(key)]; ok {
			return n
		}
		next := make([]set, s.sizes[least])
		for w := range next {
			at := make([]set, len(to))
			for v, t := range to {
				if at[v] = t; s.steps.at(t).field == least {
					at[v] = s.steps.at(t).to[w]
				}
			}
			next[w] = below(at)
		}
		n := s.step(least, next)
		memo[string(key)] = n
		return n
	}
	return below(to)
}

// given is what a set says of the other fields where a field has a value.
func (s *sets) given(a set, field, value int) set {
	memo := map[set]set{}
	var below func(n set) set
	below = func(n set) set {
		st := s.steps.at(n)
		switch {
		case st.field > field:
			return n
		case st.field == field:
			return st.to[value]
		}
		if out, ok := memo[n]; ok {
			return out
		}
		to := make([]set, len(st.to))
		for v, t := range st.to {
			to[v] = below(t)
		}
		out := s.step(st.field, to)
		memo[n] = out
		return out
	}
	return below(a)
}

// each goes one step down both sets, unless the answer is remembered.
func (s *sets) each(op operation, a, b set, below func(a, b set) set) set {
	if n, ok := s.computed.look(op, a, b); ok {
		return n
	}
	x, y := s.steps.at(a), s.steps.at(b)
	field := min(x.field, y.field)
	var few [16]set
	to := slices.Grow(few[:0], s.sizes[field])[:s.sizes[field]]
	for v := range to {
		c, d := a, b
		if x.field == field {
			c = x.to[v]
		}
		if y.field == field {
			d = y.to[v]
		}
		to[v] = below(c, d)
	}
	n := s.step(field, to)
	s.computed.keep(op, a, b, n)
	return n
}

// visit shows every step of some sets once.
func (s *sets) visit(roots []set, show func(step)) {
	seen := map[set]bool{none: true, all: true}
	var walk func(set)
	walk = func(n set) {
		if seen[n] {
			return
		}
		seen[n] = true
		show(s.steps.at(n))
		for _, t := range s.steps.at(n).to {
			walk(t)
		}
	}
	for _, r := range roots {
		walk(r)
	}
}

// count is how many states of a set have only values that count. counts says for
// each field which do.
func (s *sets) count(a set, counts [][]int) *big.Int {
	memo := map[set]*big.Int{none: new(big.Int)}
	var below func(n set) *big.Int // over the fields from that of n on
	below = func(n set) *big.Int {
		if n == all {
			return big.NewInt(1)
		}
		if c, ok := memo[n]; ok {
			return c
		}
		sum := new(big.Int)
		st := s.steps.at(n)
		for _, v := range counts[st.field] {
			sum.Add(sum, new(big.Int).Mul(s.between(st.field+1, s.steps.at(st.to[v]).field, counts), below(st.to[v])))
		}
		memo[n] = sum
		return sum
	}
	return new(big.Int).Mul(s.between(0, s.steps.at(a).field, counts), below(a))
}

// between is in how many ways the fields from one up to another can be chosen.
func (s *sets) between(from, to int, counts [][]int) *big.Int {
	n := big.NewInt(1)
	for f := from; f < to; f++ {
		n.Mul(n, big.NewInt(int64(len(counts[f]))))
	}
	return n
}

// least is the state of a set that costs least; nil of the empty set. Of states
// that cost the same it is always the same one.
func (s *sets) least(a set, cost func(field, value int) int) []int {
	if a == none {
		return nil
	}
	type way struct{ cost, value int }
	memo := map[set]way{}
	cheapest := make([]way, len(s.sizes)) // of a field that is not asked for
	for f := range cheapest {
		cheapest[f] = way{cost: cost(f, 0)}
		for v := 1; v < s.sizes[f]; v++ {
			if c := cost(f, v); c < cheapest[f].cost {
				cheapest[f] = way{c, v}
			}
		}
	}
	skipped := func(from, to int) int {
		sum := 0
		for f := from; f < to; f++ {
			sum += cheapest[f].cost
		}
		return sum
	}
	var best func(n set) int
	best = func(n set) int {
		if n == all {
			return 0
		}
		if w, ok := memo[n]; ok {
			return w.cost
		}
		st := s.steps.at(n)
		found := way{cost: -1}
		for v, t := range st.to {
			if t == none {
				continue
			}
			c := cost(st.field, v) + skipped(st.field+1, s.steps.at(t).field) + best(t)
			if found.cost < 0 || c < found.cost {
				found = way{c, v}
			}
		}
		memo[n] = found
		return found.cost
	}
	best(a)
	out := make([]int, len(s.sizes))
	for f := range out {
		out[f] = cheapest[f].value
	}
	for n := a; n != all; {
		st := s.steps.at(n)
		out[st.field] = memo[n].value
		n = st.to[out[st.field]]
	}
	return out
}
