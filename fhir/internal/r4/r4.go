// Package r4 holds what HL7 published of FHIR R4 (4.0.1) for the types that a
// record is made of: which elements there are, which of them are in a summary,
// must be there, or change what the rest means; and which search parameters
// there are, of what kind, leading where.
//
// It is facts and no choice: what the broker offers of it stands in package fhir.
// elements.txt and search.txt are made by generate.go of HL7's own definitions.
package r4

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Type is one resource type.
type Type struct {
	Name     string
	Elements []Element // of its first level, in R4's order
	params   []Param
}

// Element is an element of a type, or of an element that has no type of its own.
type Element struct {
	Name       string // without "[x]"
	Choice     bool   // several types: the type's name follows in an instance
	Summary    bool   // isSummary
	Mandatory  bool   // at least one
	Modifier   bool   // isModifier
	Backbone   bool   // its elements are the type's own, in Below
	Attachment bool
	Below      []Element // those of them that are in a summary, or must be there
}

// The kinds of a search parameter.
const (
	Token     = 't'
	Date      = 'd'
	Reference = 'r'
)

// Param is a search parameter of a type.
type Param struct {
	Name    string
	Kind    byte     // one of the above, or another letter
	Element string   // the element of the first level that it speaks of, "" for none, or for more
	Targets []string // the types that a Reference leads to; "*": to any
}

var (
	//go:embed elements.txt
	elementsText string
	//go:embed search.txt
	searchText string
)

// types are read when they are first needed, which is not for every request.
var types = sync.OnceValue(func() map[string]*Type {
	all := map[string]*Type{}
	for words := range lines(elementsText) {
		t := &Type{Name: words[0]}
		for _, word := range words[1:] {
			t.add(word)
		}
		all[t.Name] = t
	}
	var every []Param
	for words := range lines(searchText) {
		params := make([]Param, 0, len(words)-1)
		for _, word := range words[1:] {
			params = append(params, readParam(word))
		}
		if t := all[words[0]]; t != nil {
			t.params = params
		} else {
			every = append(every, params...) // of Resource and DomainResource
		}
	}
	for _, t := range all {
		t.params = append(t.params, every...)
	}
	return all
})

func lines(text string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" && !yield(words) {
				return
			}
		}
	}
}

// add takes up "component.value[x]:sm".
func (t *Type) add(word string) {
	path, flags, _ := strings.Cut(word, ":")
	names := strings.Split(path, ".")
	at := &t.Elements
	for _, name := range names[:len(names)-1] {
		i := slices.IndexFunc(*at, func(e Element) bool { return e.Name == name })
		if i < 0 {
			return // within what a summary leaves out
		}
		at = &(*at)[i].Below
	}
	name, choice := strings.CutSuffix(names[len(names)-1], "[x]")
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	*at = append(*at, Element{
		Name: name, Choice: choice, Summary: has("s"), Mandatory: has("m"), Modifier: has("!"),
		Backbone: has("b"), Attachment: has("a"),
	})
}

// readParam reads "performer=r@performer>Practitioner,Organization".
func readParam(word string) Param {
	name, rest, _ := strings.Cut(word, "=")
	p := Param{Name: name, Kind: rest[0]}
	rest, targets, led := strings.Cut(rest[1:], ">")
	if led {
		p.Targets = strings.Split(targets, ",")
	}
	p.Element = strings.TrimPrefix(rest, "@")
	return p
}

// Of gives a type, or nil for one that is not of a record.
func Of(name string) *Type { return types()[name] }

// Param gives a search parameter of the type, those of every type included.
func (t *Type) Param(name string) (Param, bool) {
	if t == nil {
		return Param{}, false
	}
	for _, p := range t.params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Leads says that a parameter may lead to a type.
func (p Param) Leads(typ string) bool {
	return slices.Contains(p.Targets, typ) || slices.Contains(p.Targets, "*")
}

// Find gives the element that a member of an instance belongs to, by the
// member's name, "_birthDate" and "valueQuantity" included; nil for none.
func Find(elements []Element, member string) *Element {
	member = strings.TrimPrefix(member, "_")
	for i := range elements {
		e := &elements[i]
		if e.Name == member {
			return e
		}
		if e.Choice && len(member) > len(e.Name) && member[:len(e.Name)] == e.Name && 'A' <= member[len(e.Name)] && member[len(e.Name)] <= 'Z' {
			return e
		}
	}
	return nil
}
