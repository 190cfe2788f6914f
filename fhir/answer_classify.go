package fhir

import (
	"math/bits"
	"slices"
)

// clues are what a resource shows of what it is about.
type clues struct {
	hits  []hit              // its codings, where they classify, that some rule lists
	loose [dimensions]uint64 // rules that take any code of a system that was seen
	has   elements
	words bool // a category in words alone that no rule lists
}

// hit is a coding of a resource that the classifier knows.
type hit struct {
	use *codeUse
	dim dimension
	// beside: it is less than what the resource is about (a refinement, a system that
	// only sounds like one of the rules). It counts for what comes on top alone.
	beside bool
}

// placement is where a resource belongs.
type placement struct {
	set   uint64 // its categories
	first string // the first of them
	// weak: it was placed by its type or its code system alone, or not at all, so
	// what names it may know better.
	weak bool
}

// reset keeps the slice.
func (f *clues) reset() {
	f.hits, f.loose, f.has, f.words = f.hits[:0], [dimensions]uint64{}, 0, false
}

// lists gives the rules that this coding matches, by list.
func (h hit) lists(t *typeRules) (lists [dimensions]uint64) {
	for i := range h.use.rules {
		if h.use.rules[i].of == t {
			lists = h.use.rules[i].at(h.dim)
			if h.beside {
				for d := range lists {
					lists[d] &= t.onTop
				}
			}
			return lists
		}
	}
	return lists
}

// of says that some rule of a type lists this.
func (u *codeUse) of(t *typeRules) bool {
	return slices.ContainsFunc(u.rules, func(r ruleUse) bool { return r.of == t })
}

// at gives the rules that a code matches where it stands: in a category it may
// be a specialty as well.
func (u *ruleUse) at(d dimension) (lists [dimensions]uint64) {
	lists[d] = u.lists[d]
	if d == byCategory {
		lists[bySpecialty] = u.lists[bySpecialty]
	}
	return lists
}

// classify tells where a resource belongs. t nil: no rule for its type.
func (c *Classifier) classify(typ *resourceType, t *typeRules, f *clues) placement {
	if t == nil {
		return c.fallback(typ)
	}
	got := f.loose
	if f.words { // the source said what it is, and nobody has read it: no guess
		got = [dimensions]uint64{}
	}
	for _, h := range f.hits {
		for d, set := range h.lists(t) {
			got[d] |= set
		}
	}
	matched := t.all
	for d := range got {
		matched &= t.free[d] | got[d]
	}
	matched = t.strongest(t.having(matched, f.has))
	if matched&(matched-1) != 0 {
		matched = t.withoutGeneral(matched, f.hits)
	}
	if matched == 0 {
		return c.fallback(typ)
	}
	p := placement{
		first: c.classes[t.class[bits.TrailingZeros64(matched)]],
		weak:  matched&^(t.ranks[rankWide]|t.ranks[rankSystem]) == 0,
	}
	for ; matched != 0; matched &= matched - 1 {
		p.set |= 1 << t.class[bits.TrailingZeros64(matched)]
	}
	return p
}

// fallback is where what no rule matches belongs.
func (c *Classifier) fallback(typ *resourceType) placement {
	return placement{set: 1 << c.ids[typ.class], first: typ.class, weak: true}
}

// having takes out the rules that ask for elements that are not there.
func (t *typeRules) having(matched uint64, has elements) uint64 {
	for m := matched & t.asking; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); t.has[i]&^has != 0 {
			matched &^= 1 << i
		}
	}
	return matched
}

// strongest keeps the rules of the highest rank, and those on top, which are
// enough by themselves where the rest is a guess.
func (t *typeRules) strongest(matched uint64) uint64 {
	top := matched & t.onTop
	for r := ranks - 1; r > weakest || top == 0; r-- {
		if same := matched & t.ranks[r] &^ top; same != 0 || r == 0 {
			return same | top
		}
	}
	return top
}

// withoutGeneral takes out the rules that give way to a more special one.
func (t *typeRules) withoutGeneral(matched uint64, hits []hit) uint64 {
	kept := matched
	for a := matched &^ (t.loose | t.onTop); a != 0; a &= a - 1 {
		general := a & -a
		for b := matched &^ general; b != 0; b &= b - 1 {
			if t.givesWay(general, b&-b, hits) {
				kept &^= general
				break
			}
		}
	}
	return kept
}

// givesWay says that special asks for all that general asks for and more, and is
// matched by every coding that general is matched by.
func (t *typeRules) givesWay(general, special uint64, hits []hit) bool {
	one, other := t.has[bits.TrailingZeros64(general)], t.has[bits.TrailingZeros64(special)]
	if one&^other != 0 {
		return false
	}
	more := one != other
	for d := range t.free {
		switch {
		case t.free[d]&special != 0 && t.free[d]&general == 0:
			return false
		case t.free[d]&special == 0 && t.free[d]&general != 0:
			more = true
		}
	}
	if !more {
		return false
	}
	for _, h := range hits {
		for d, lists := range h.lists(t) {
			if t.free[d]&general == 0 && lists&general != 0 && lists&special == 0 {
				return false
			}
		}
	}
	return true
}
