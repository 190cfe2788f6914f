package invariants

import "slices"

// step is one step of a diagram: for each value of a field, where it leads.
type step struct {
	field int
	to    []set
}

// steps are all steps of some diagrams, by their number: a million take some 30 MB.
type steps struct {
	sizes  []int
	places []place
	pages  [][]set
}

type place struct{ field, page, from uint16 }

// onePage is how many sets a page holds; no field has as many values.
const onePage = 1 << 15

func newSteps(sizes []int) steps {
	end := place{field: uint16(len(sizes))}
	return steps{sizes: append(slices.Clip(sizes), 0), places: []place{end, end}, pages: [][]set{make([]set, 0, onePage)}}
}

func (s *steps) len() int { return len(s.places) }

func (s *steps) at(n set) step {
	p := s.places[n]
	return step{int(p.field), s.pages[p.page][p.from : int(p.from)+s.sizes[p.field]]}
}

func (s *steps) add(field int, to []set) set {
	last := len(s.pages) - 1
	if len(s.pages[last])+len(to) > onePage {
		s.pages = append(s.pages, make([]set, 0, onePage))
		last++
	}
	s.places = append(s.places, place{uint16(field), uint16(last), uint16(len(s.pages[last]))})
	s.pages[last] = append(s.pages[last], to...)
	return set(len(s.places) - 1)
}

// index finds a step by what it is. It holds numbers of steps, none where nothing stands,
// each at the first free place from its hash on; its length is a power of two.
type index []set

// find gives the place of a step, or the place where it is to stand.
func (x index) find(s *steps, field int, to []set) (place *set, found bool) {
	mask := len(x) - 1
	for at := int(hash(field, to)) & mask; ; at = (at + 1) & mask {
		if x[at] == none {
			return &x[at], false
		}
		if is := s.at(x[at]); is.field == field && slices.Equal(is.to, to) {
			return &x[at], true
		}
	}
}

// grown is an index of the same steps with twice the room.
func (x index) grown(s *steps) index {
	out := make(index, 2*len(x))
	for n := all + 1; int(n) < s.len(); n++ {
		is := s.at(n)
		place, _ := out.find(s, is.field, is.to)
		*place = n
	}
	return out
}

func hash(field int, to []set) uint32 {
	h := uint64(field) + 1
	for _, t := range to {
		h = (h ^ uint64(uint32(t))) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return uint32(h >> 16)
}

// operation is what was computed of two sets.
type operation int32

const (
	conjunction operation = 1 + iota
	disjunction
	difference // those of the one that are not of the other
)

// computed remembers what came of operations, each in the one place that its hash gives:
// a later one of the same place takes it. So it never holds more than it has places, and
// what it forgot is computed again. Its length is a power of two.
type computed []answer

// mostComputed is how long one becomes: 8 MB.
const mostComputed = 1 << 19

type answer struct {
	op      operation // zero: nothing is remembered
	a, b, n set
}

func (c computed) place(op operation, a, b set) *answer {
	h := (uint64(uint32(a))<<32 | uint64(uint32(b))) + uint64(op)
	h *= 0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0x9e3779b97f4a7c15
	return &c[int(h>>32)&(len(c)-1)]
}

func (c computed) look(op operation, a, b set) (set, bool) {
	is := c.place(op, a, b)
	return is.n, is.op == op && is.a == a && is.b == b
}

func (c computed) keep(op operation, a, b, n set) {
	*c.place(op, a, b) = answer{op, a, b, n}
}
