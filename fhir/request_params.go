package fhir

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// valueKind is the form that the value of a search parameter must have.
type valueKind uint8

const (
	ofToken     valueKind = iota // code, system|code or system|, a comma between choices
	ofDate                       // optional prefix and a date; twice for a period
	ofIDs                        // FHIR ids, a comma between choices
	ofReference                  // the id of an Encounter, or Encounter/ and the id
)

// parameter is a search parameter that is offered for a type.
type parameter struct {
	name string
	kind valueKind
}

// offer is what the broker offers for one resource type: how its patient is
// asked for, what else may narrow a search, and what may come with it. The
// names are those of FHIR R4's search parameter registry; a parameter that is
// not here is refused, whether FHIR knows it or not.
//
// Where the patient stands inside a resource of the type is another question,
// answered by the filter's own table.
type offer struct {
	typ string
	// directory: the type has no patient, and is read by its id alone.
	directory bool
	// subject says that R4 has "subject" for the type besides "patient".
	subject bool
	// params narrow a search within the patient's record. The values of dates
	// may be probed, so only dates that say when care took place are here.
	params []parameter
	// includes are what _include may name, without the type before it. What one
	// leads to is judged by the filter like any other entry: a performer may be
	// another patient (attack 47).
	includes []string
}

// everyType are the parameters of every type that is searched. Both ask about the
// named patient's own record: when it changed is no more than when it was written
// (attack 58 is about another's).
var everyType = []parameter{{"_id", ofIDs}, {"_lastUpdated", ofDate}}

// revinclude is the one value of _revinclude: who made what is shown.
const revinclude = "Provenance:target"

// negatable are the parameters that take ":not". They say how far along an item is,
// and what they leave out is no more telling than what they ask for.
var negatable = []string{"clinical-status", "lifecycle-status", "status", "verification-status"}

// offersByType finds an offer; the keys are the only resource types asked of a source.
var offersByType = func() map[string]*offer {
	m := make(map[string]*offer, len(offers))
	for i := range offers {
		m[offers[i].typ] = &offers[i]
	}
	return m
}()

// Searched are the types, sorted, that can be searched in one patient's record.
func Searched() []string {
	var out []string
	for i := range offers {
		if !offers[i].directory {
			out = append(out, offers[i].typ)
		}
	}
	return out
}

// IsOffered reports whether entries of a type can reach a client: asked for by a
// search or by id, or beside what they tell of.
func IsOffered(name string) bool {
	t := resourceTypes[name]
	return offersByType[name] != nil || t != nil && t.beside
}

// includeValues are the values of _include by type, as they are asked of a source.
var includeValues = func() map[string][]string {
	m := make(map[string][]string, len(offers))
	for i := range offers {
		for _, name := range offers[i].includes {
			m[offers[i].typ] = append(m[offers[i].typ], offers[i].typ+":"+name)
		}
	}
	return m
}()

// kindOf tells the form of the values of a parameter that is offered.
func (o *offer) kindOf(name string) (valueKind, bool) {
	for i := range o.params {
		if o.params[i].name == name {
			return o.params[i].kind, true
		}
	}
	if o.typ == "Patient" && name == "_id" {
		return 0, false // it names the patient
	}
	for _, p := range everyType {
		if p.name == name {
			return p.kind, true
		}
	}
	return 0, false
}

// negated tells the parameter of "status:not", when it is offered.
func (o *offer) negated(name string) bool {
	base, modifier, _ := strings.Cut(name, ":")
	if modifier != "not" || !slices.Contains(negatable, base) {
		return false
	}
	_, ok := o.kindOf(base)
	return ok
}

// include says that an _include is offered; it gives the table's own text.
func (o *offer) include(value string) (string, bool) {
	for _, in := range includeValues[o.typ] {
		if in == value {
			return in, true
		}
	}
	return "", false
}

// dates are the parameters that _sort may begin with.
func (o *offer) dates() (all []string) {
	for _, p := range o.params {
		if p.kind == ofDate {
			all = append(all, p.name)
		}
	}
	return all
}

// within are the parameters by which _sort may put items of one date in order. That
// is done by the broker: a source that sorts by them would tell, page by page,
// between which codes something stands that is not shown (attack 147).
func (o *offer) within() (all []string) {
	for _, p := range o.params {
		if known, ok := r4.Of(o.typ).Param(p.name); ok && p.kind == ofToken && known.Element != "" {
			all = append(all, p.name)
		}
	}
	return all
}
