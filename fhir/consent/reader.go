package consent

import (
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/legible"
)

// reader keeps the first thing that is wrong with a Consent.
type reader struct {
	now time.Time
	err *Error
}

// element is an object of a Consent. What is read from it is taken out; what is
// left at the end is not of the profile. Its path is made of the profile's own
// names.
type element struct {
	r       *reader
	path    string
	members map[string]any
}

func (e element) wrong(problem string) {
	if e.r.err == nil {
		e.r.err = &Error{Element: e.path, Problem: problem}
	}
}

// end sees that nothing is left.
func (e element) end() {
	if len(e.members) > 0 {
		e.wrong("has an element that the profile does not have")
	}
}

func (e element) at(name string) element { return element{r: e.r, path: e.path + "." + name} }

func (e element) has(name string) bool {
	_, ok := e.members[name]
	return ok
}

// text takes a string of at most so many bytes; "" when there is none.
func (e element) text(name string, most int) string {
	v, ok := e.members[name]
	if !ok {
		return ""
	}
	delete(e.members, name)
	s, ok := v.(string)
	if !ok || len(s) > most || strings.TrimSpace(s) != s {
		e.at(name).wrong("must be a string of at most " + strconv.Itoa(most) + " bytes, without space around it")
		return ""
	}
	return s
}

// words takes what a person wrote: words that another person can read.
func (e element) words(name string) string {
	s := e.text(name, 500)
	if !legible.Words(s) {
		e.at(name).wrong("must " + legible.Wanted)
		return ""
	}
	return s
}

// exactly takes a string that can be one thing only; it may be absent.
func (e element) exactly(name, want string) {
	if v, ok := e.members[name]; ok && v != want {
		e.at(name).wrong("must be " + want)
	}
	delete(e.members, name)
}

// code takes a FHIR code of letters, digits and hyphens.
func (e element) code(name string) string {
	s := e.text(name, 64)
	if s != "" && !fhir.IsID(s) {
		e.at(name).wrong("must be a code of letters, digits and hyphens")
		return ""
	}
	return s
}

// instant takes a date with time and zone; the zero Time when there is none. A
// date without a zone would mean another moment to another reader.
func (e element) instant(name string) time.Time {
	if !e.has(name) {
		return time.Time{}
	}
	d, ok := fhirdate.Parse(e.text(name, 40))
	if !ok || d.Precision != fhirdate.Second || d.Time.Year() < 1900 || d.Time.Year() > 2200 {
		e.at(name).wrong("must be a dateTime with seconds and a time zone")
		return time.Time{}
	}
	return d.Time
}

// past takes an instant at which something is said to have been done.
func (e element) past(name string) time.Time {
	t := e.instant(name)
	if fhirdate.Ahead(t, e.r.now) {
		e.at(name).wrong("must not lie in the future")
		return time.Time{}
	}
	return t
}

// object takes an object; without one it is wrong, and the element is empty.
func (e element) object(name string) element {
	child := e.at(name)
	v, ok := e.members[name]
	if !ok {
		child.wrong("must be given")
		return child
	}
	delete(e.members, name)
	if child.members, ok = v.(map[string]any); !ok {
		child.wrong("must be an object")
	}
	return child
}

// list takes an array of objects; nil when there is none.
func (e element) list(name string, most int) []element {
	v, ok := e.members[name]
	if !ok {
		return nil
	}
	delete(e.members, name)
	array, ok := v.([]any)
	if !ok || len(array) > most {
		e.at(name).wrong("must be an array of at most " + strconv.Itoa(most))
		return nil
	}
	out := make([]element, len(array))
	for i, item := range array {
		child := e.at(name + "[" + strconv.Itoa(i) + "]")
		if child.members, ok = item.(map[string]any); !ok {
			child.wrong("must be an object")
		}
		out[i] = child
	}
	return out
}

// one takes an array of exactly one object.
func (e element) one(name string) element {
	if all := e.list(name, 1); len(all) == 1 {
		return all[0]
	}
	e.at(name).wrong("must be exactly one")
	return e.at(name)
}

// coding takes a CodeableConcept of exactly one coding of a system, and its code.
func (e element) coding(name, system string) string {
	c := e.object(name)
	defer c.end()
	return c.one("coding").codeOf(system)
}

// codeOf reads a Coding, system and code alone.
func (e element) codeOf(system string) string {
	defer e.end()
	e.require("system", system)
	code := e.code("code")
	if code == "" {
		e.at("code").wrong("must be given")
	}
	return code
}

// require takes a string that must be there and be one thing only.
func (e element) require(name, want string) {
	if !e.has(name) {
		e.at(name).wrong("must be " + want)
		return
	}
	e.exactly(name, want)
}

// identified reads a Reference by identifier alone. A reference to a resource
// would have to be looked up, and a display could say another name.
func (e element) identified(typ, system string) string {
	e.exactly("type", typ)
	defer e.end()
	return e.object("identifier").valueOf(system)
}

// valueOf reads an Identifier, system and value alone.
func (e element) valueOf(system string) string {
	defer e.end()
	e.require("system", system)
	value := e.text("value", 128)
	if value == "" {
		e.at("value").wrong("must be given")
	}
	return value
}
