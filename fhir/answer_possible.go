package fhir

import (
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
	candidates, narrowed, certain := t.all, false, false
	for _, p := range req.Params {
		d, ok := narrowing(typ, p.Name)
		if !ok {
			continue
		}
		rules, sure, ok := c.listing(t, d, p.Value)
		if !ok {
			continue
		}
		if certain = certain || sure; narrowed {
			rules |= t.free[d]
		}
		narrowed = true
		candidates &= rules
	}
	if candidates == 0 {
		candidates, certain = t.all, false // a contradiction: expect anything
	}
	var out []string
	if !certain { // what none of these rules matches
		candidates |= t.wide
		if t.wide == 0 {
			out = append(out, typ.class)
		}
	}
	for i, class := range t.class {
		if candidates&(1<<i) != 0 {
			out = append(out, c.classes[class])
		}
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

// listing gives the rules that list any of the codes in a parameter's value. It
// reports false unless every one of them is listed. sure: each code is enough by
// itself for some rule.
func (c *Classifier) listing(t *typeRules, d dimension, value string) (rules uint64, sure, ok bool) {
	if strings.ContainsAny(value, `\$`) {
		return 0, false, false
	}
	alone := t.all &^ t.free[d] // the rules that have this list only
	for other := range t.free {
		if dimension(other) != d {
			alone &= t.free[other]
		}
	}
	sure = true
	for one := range strings.SplitSeq(value, ",") {
		use := c.codes[one]
		if !strings.Contains(one, "|") {
			use = c.bare[one]
			if !c.unambiguous(t, d, one) {
				return 0, false, false
			}
		}
		if use == nil {
			return 0, false, false
		}
		listed := hit{use: use, dim: d}.lists(t)[d]
		if listed == 0 {
			return 0, false, false
		}
		sure = sure && listed&alone != 0
		rules |= listed
	}
	return rules, sure, true
}

// unambiguous says that a bare code is in the same rules whatever its system.
func (c *Classifier) unambiguous(t *typeRules, d dimension, code string) bool {
	bare := c.bare[code]
	if bare == nil {
		return false
	}
	all := hit{use: bare, dim: d}.lists(t)[d]
	for key, use := range c.codes {
		if system, same := strings.CutSuffix(key, "|"+code); same && !strings.Contains(system, "|") {
			if one := (hit{use: use, dim: d}).lists(t)[d]; one != 0 && one != all {
				return false
			}
		}
	}
	return true
}
