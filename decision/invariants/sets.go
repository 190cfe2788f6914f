package invariants

import (
	"encoding/binary"
	"math/big"
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

// step is one step of a diagram: for each value of a field, where it leads.
type step struct {
	field int
	to    []set
}

// sets makes sets over fields with so many values each.
type sets struct {
	sizes        []int
	steps        []step
	index        map[string]set
	both, either map[[2]set]set
	first        map[[2]set]set // those of the one that are not of the other
	most         int            // steps there may be
}

func newSets(sizes []int, most int) *sets {
	end := step{field: len(sizes)}
	return &sets{sizes: sizes, steps: []step{end, end}, index: map[string]set{}, both: map[[2]set]set{}, either: map[[2]set]set{}, first: map[[2]set]set{}, most: most}
}

// step gives the set that goes on from a field; a step that leads to one place is left out.
func (s *sets) step(field int, to []set) set {
	same := true
	for _, t := range to[1:] {
		same = same && t == to[0]
	}
	if same {
		return to[0]
	}
	key := binary.AppendVarint(make([]byte, 0, 4+3*len(to)), int64(field))
	for _, t := range to {
		key = binary.AppendVarint(key, int64(t))
	}
	if n, ok := s.index[string(key)]; ok {
		return n
	}
	n := set(len(s.steps))
	if len(s.steps) >= s.most {
		panic(errTooMany) // whoever goes through states is guarded
	}
	s.steps = append(s.steps, step{field, to})
	s.index[string(key)] = n
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
	key := [2]set{a, b}
	if n, ok := s.both[key]; ok {
		return n
	}
	n := s.each(a, b, s.and)
	s.both[key] = n
	return n
}

// minus are the states of a that are not of b.
func (s *sets) minus(a, b set) set {
	switch {
	case a == none || b == all || a == b:
		return none
	case b == none:
		return a
	}
	key := [2]set{a, b}
	if n, ok := s.first[key]; ok {
		return n
	}
	n := s.each(a, b, s.minus)
	s.first[key] = n
	return n
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
	key := [2]set{a, b}
	if n, ok := s.either[key]; ok {
		return n
	}
	n := s.each(a, b, s.or)
	s.either[key] = n
	return n
}

// union adds up many sets, two by two.
func (s *sets) union(list []set) set {
	for len(list) > 1 {
		half := list[:0:0]
		for i := 0; i < len(list); i += 2 {
			half = append(half, s.or(list[i], list[min(i+1, len(list)-1)]))
		}
		list = half
	}
	if len(list) == 0 {
		return none
	}
	return list[0]
}

// choose is the set that is to[v] where a field has the value v.
func (s *sets) choose(field int, to []set) set {
	memo := map[string]set{}
	var below func(to []set) set
	below = func(to []set) set {
		least, same := len(s.sizes), true
		for _, t := range to {
			least, same = min(least, s.steps[t].field), same && t == to[0]
		}
		switch {
		case same && least > field:
			return to[0]
		case least > field:
			return s.step(field, to)
		case least == field:
			own := make([]set, len(to))
			for v, t := range to {
				if own[v] = t; s.steps[t].field == field {
					own[v] = s.steps[t].to[v]
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
				if at[v] = t; s.steps[t].field == least {
					at[v] = s.steps[t].to[w]
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
		st := s.steps[n]
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

// each goes one step down both sets.
func (s *sets) each(a, b set, op func(a, b set) set) set {
	x, y := s.steps[a], s.steps[b]
	field := min(x.field, y.field)
	to := make([]set, s.sizes[field])
	for v := range to {
		c, d := a, b
		if x.field == field {
			c = x.to[v]
		}
		if y.field == field {
			d = y.to[v]
		}
		to[v] = op(c, d)
	}
	return s.step(field, to)
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
		show(s.steps[n])
		for _, t := range s.steps[n].to {
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
		st := s.steps[n]
		for _, v := range counts[st.field] {
			sum.Add(sum, new(big.Int).Mul(s.between(st.field+1, s.steps[st.to[v]].field, counts), below(st.to[v])))
		}
		memo[n] = sum
		return sum
	}
	return new(big.Int).Mul(s.between(0, s.steps[a].field, counts), below(a))
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
		st := s.steps[n]
		found := way{cost: -1}
		for v, t := range st.to {
			if t == none {
				continue
			}
			c := cost(st.field, v) + skipped(st.field+1, s.steps[t].field) + best(t)
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
		st := s.steps[n]
		out[st.field] = memo[n].value
		n = st.to[out[st.field]]
	}
	return out
}
