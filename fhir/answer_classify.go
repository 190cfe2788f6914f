package fhir

import "math/bits"

// hit is a coding of a resource that the classifier knows.
type hit struct {
	use *codeUse
	dim dimension
}

// lists gives the rules that this coding matches, by list.
func (h hit) lists(t *typeRules) (lists [dimensions]uint64) {
	for i := range h.use.rules {
		if h.use.rules[i].of != t {
			continue
		}
		lists[h.dim] = h.use.rules[i].lists[h.dim]
		if h.dim == byCategory {
			lists[bySpecialty] = h.use.rules[i].lists[bySpecialty]
		}
	}
	return lists
}

// classify gives the set of a resource's categories and the first of them. weak:
// nothing in it says for certain what it is.
// t nil: no rule for its type.
func (c *Classifier) classify(typ *resourceType, t *typeRules, hits []hit) (set uint64, first string, weak bool) {
	if t == nil {
		return 1 << c.ids[typ.class], typ.class, true
	}
	var got [dimensions]uint64
	for _, h := range hits {
		for d, set := range h.lists(t) {
			got[d] |= set
		}
	}
	matched := t.all
	for d := range got {
		matched &= t.free[d] | got[d]
	}
	if narrow := matched &^ t.wide; narrow != 0 {
		matched = narrow
	} else {
		weak = true
	}
	if matched&(matched-1) != 0 {
		matched = t.withoutGeneral(matched, hits)
	}
	if matched == 0 {
		return 1 << c.ids[typ.class], typ.class, true
	}
	first = c.classes[t.class[bits.TrailingZeros64(matched)]]
	for ; matched != 0; matched &= matched - 1 {
		set |= 1 << t.class[bits.TrailingZeros64(matched)]
	}
	return set, first, weak
}

// withoutGeneral takes out the rules that give way to a more special one.
func (t *typeRules) withoutGeneral(matched uint64, hits []hit) uint64 {
	kept := matched
	for a := matched; a != 0; a &= a - 1 {
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

// givesWay says that special has every list that general has and more, and is
// matched by every coding that general is matched by.
func (t *typeRules) givesWay(general, special uint64, hits []hit) bool {
	more := false
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
