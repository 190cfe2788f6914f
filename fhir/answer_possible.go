package fhir

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// Possible gives the categories, sorted, that the resources a request asks for
// could be in. The type narrows them, and so do the parameters category, class,
// code and their like when they are exact: system|code, or a code that means the
// same in every system of the rules. Modifiers, and codes that no rule lists,
// narrow nothing.
//
// What is asked for rules out what is weaker, never what is stronger: a search by
// category is sure to bring that category; a search by code brings as well what
// has that code and was given another category.
//
// Categories that a resource could have on top of what was asked for (a
// laboratory report of a mental-health service) are not among them: the filter
// judges each entry by itself. Nor are those of what comes along by _include.
func (c *Classifier) Possible(req Request) []string {
	typ := resourceTypes[req.Type]
	if typ == nil {
		return nil
	}
	t := c.types[req.Type]
	if t == nil {
		return []string{typ.class}
	}
	sure, asked := rankWide, t.all
	for _, p := range req.Params {
		d, ok := narrowing(typ, p.Name)
		if !ok {
			continue
		}
		switch rules, r := c.listing(t, d, p.Value); {
		case r > sure:
			sure, asked = r, rules
		case r == sure && r > rankWide:
			asked |= rules
		}
	}
	var out []string
	if sure == rankWide && t.ranks[rankWide] == 0 {
		out = append(out, typ.class) // what no rule matches
	}
	for r := sure + 1; sure > rankWide && r < ranks; r++ {
		asked |= t.ranks[r] &^ t.onTop
	}
	for ; asked != 0; asked &= asked - 1 {
		out = append(out, c.classes[t.class[bits.TrailingZeros64(asked)]])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// narrowing says which list of the rules a search parameter speaks of.
func narrowing(typ *resourceType, name string) (dimension, bool) {
	switch name {
	case "category", "class":
		return byCategory, true
	case "specialty":
		return bySpecialty, true
	case "code":
		return byCode, typ.code == tree.KeyCode || typ.code == tree.KeyMedicationCodeableConcept
	case "type":
		return byCode, typ.code == tree.KeyType
	case "vaccine-code":
		return byCode, typ.code == tree.KeyVaccineCode
	}
	return 0, false
}

// listing gives the rules that list any of the codes in a parameter's value, and
// the rank that each of the codes is sure to bring by itself: rankWide when one
// of them is not enough for any rule.
func (c *Classifier) listing(t *typeRules, d dimension, value string) (rules uint64, sure rank) {
	if strings.ContainsAny(value, `\$`) {
		return 0, rankWide
	}
	alone := t.all &^ (t.free[d] | t.loose | t.asking) // the rules that have this list only
	for other := range t.free {
		if dimension(other) != d {
			alone &= t.free[other]
		}
	}
	for one := range strings.SplitSeq(value, ",") {
		system, code, whole := strings.Cut(one, "|")
		use := c.use(system, code)
		if !whole {
			use = c.bare[one]
			if !c.unambiguous(t, d, one) {
				return 0, rankWide
			}
		}
		if use == nil {
			return 0, rankWide
		}
		listed := hit{use: use, dim: d}.lists(t)[d]
		if listed&alone == 0 {
			return 0, rankWide
		}
		rules |= listed
	}
	if d == byCode {
		return rules, rankCode
	}
	return rules, rankCategory
}

// unambiguous says that a bare code is in the same rules whatever its system.
func (c *Classifier) unambiguous(t *typeRules, d dimension, code string) bool {
	bare := c.bare[code]
	if bare == nil || t.loose&^t.free[d] != 0 {
		return false
	}
	all := hit{use: bare, dim: d}.lists(t)[d]
	for _, s := range c.spelled {
		if use := s.codes[code]; use != nil {
			if one := (hit{use: use, dim: d}).lists(t)[d]; one != 0 && one != all {
				return false
			}
		}
	}
	return true
}
