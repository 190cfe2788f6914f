package fhir

import (
	"math/bits"
	"slices"
	"strings"
)

// narrow says whether a search asks for so little that "something is not shown"
// would tell what it is: Observation?patient=A&code=<a test for HIV> with a note
// that something was withheld says that there was such a test.
//
// Such a search is always answered with the note that something may be withheld,
// whether it is or not, unless the plan releases every label and keeps no category
// back: then nothing that a search could find out is kept back. Where the plan keeps a
// category back, a search by category is narrow too, and so is one that could bring
// nothing else.
func (r Request) narrow(p Plan) bool {
	if slices.Contains(p.Labels, "*") && len(p.Withheld) == 0 {
		return false
	}
	if len(p.Withheld) > 0 && p.keepsBackAll(r.Type) {
		return true
	}
	return slices.ContainsFunc(r.Params, func(param Param) bool {
		switch param.Name {
		case "_count", "_sort", "_include", "_revinclude":
			return false // ask for no less than all of a type
		case "category", "class":
			return len(p.Withheld) > 0 || !p.Classes.covers(r.Type, param) // a whole part of the record, or one letter of it
		}
		return true
	})
}

// covers reports whether a search by category asks for all that some rules list, and for
// nothing less: for "laboratory", which is a rule by itself, or for every section of a
// laboratory. By one section alone, "virology", it could be told what a withheld report is of.
func (c *Classifier) covers(typ string, asked Param) bool {
	if c == nil || c.types[typ] == nil || strings.ContainsAny(asked.Value, `\$`) {
		return false
	}
	t := c.types[typ]
	var counted [maxRules]int
	values := strings.Split(asked.Value, ",")
	for i, one := range values {
		system, code, whole := strings.Cut(one, "|")
		if !whole {
			code = one
		}
		if c.bare[code] == nil || whole && c.use(system, code) == nil {
			return false // no rule lists it
		}
		if slices.ContainsFunc(values[:i], func(before string) bool { return bareCode(before) == code }) {
			continue
		}
		rules := (hit{use: c.bare[code], dim: byCategory}).lists(t)[byCategory]
		if rules == 0 {
			return false
		}
		for ; rules != 0; rules &= rules - 1 {
			counted[bits.TrailingZeros64(rules)]++
		}
	}
	for rule, n := range t.categories {
		if counted[rule] != 0 && counted[rule] != n {
			return false
		}
	}
	return true
}

// bareCode is a token's code without its system.
func bareCode(token string) string { return token[strings.LastIndexByte(token, '|')+1:] }
