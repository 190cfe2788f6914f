package fhir

// valueKind is the form that the value of a search parameter must have.
type valueKind uint8

const (
	ofToken valueKind = iota // code or system|code, a comma between choices
	ofDate                   // optional prefix and a date; twice for a period
	ofID                     // one FHIR id
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
	// subject says that R4 has "subject" for the type besides "patient".
	subject bool
	// params narrow a search within the patient's record. The values of dates
	// may be probed, so only dates that say when care took place are here.
	params []parameter
	// sort is the date parameter that _sort may name.
	sort string
	// includes are the values of _include. What one leads to is judged by the
	// filter like any other entry: a performer may be another patient (attack 47).
	includes []string
}

// offersByType finds an offer; the keys are the only resource types asked of a source.
var offersByType = func() map[string]*offer {
	m := make(map[string]*offer, len(offers))
	for i := range offers {
		m[offers[i].typ] = &offers[i]
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
	return 0, false
}

// include says that an _include is offered; it gives the table's own text.
func (o *offer) include(value string) (string, bool) {
	for _, in := range o.includes {
		if in == value {
			return in, true
		}
	}
	return "", false
}
