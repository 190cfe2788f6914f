package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// kinds says of every element of R4 whether it stays where everything is masked but
// what is kept: by its data type, as HL7 published it. What R4 does not know goes.
type kinds struct {
	types map[string]*kindsOf // resource types
	twin  *kindsOf            // of what stands beside a primitive ("_birthDate")
}

// kindsOf are the members of a structure that stay, in whole or in part.
type kindsOf struct {
	members map[string]kind
	judged  judgedBy
	outside bool // within the value of an extension, of which nobody knows what it is about
}

// kind is one that stays.
type kind struct {
	typ   string
	below *kindsOf // of what is not primitive
}

// judgedBy are the data types of which not all stay: it depends on what they hold.
type judgedBy uint8

const (
	bySystem     judgedBy = iota + 1 // Coding, Quantity and its like: a published code system
	byNHSNumber                      // Identifier: the patient's NHS number alone
	byReference                      // Reference: within the source alone
	byWhatIsLeft                     // Extension: goes with its value
	byCodes                          // CodeableConcept: its words, if they are kept, where no code says them
)

var judgedTypes = map[string]judgedBy{
	"Coding": bySystem, "Quantity": bySystem, "Age": bySystem, "Count": bySystem, "Distance": bySystem, "Duration": bySystem,
	"Identifier": byNHSNumber, "Reference": byReference, "Extension": byWhatIsLeft, "CodeableConcept": byCodes,
}

// newKinds holds R4 against what is kept: data types ("Quantity"), all of one
// ("HumanName.*"), and elements ("Dosage.text", "AllergyIntolerance.code.text").
func newKinds(kept map[string]bool) *kinds {
	k := &kinds{types: map[string]*kindsOf{}}
	b := &kindsBook{kept: kept, made: map[kindsKey]*kindsOf{}}
	for name := range resourceTypes {
		k.types[name] = b.of(r4.StructureOf(name), name, "", false)
	}
	for name := range insideOnly {
		k.types[name] = b.of(r4.StructureOf(name), name, "", false)
	}
	k.twin = &kindsOf{members: map[string]kind{"extension": {typ: "Extension", below: b.of(r4.StructureOf("Extension"), "Extension", "", true)}}}
	return k
}

// kindsBook makes each structure once.
type kindsBook struct {
	kept map[string]bool
	made map[kindsKey]*kindsOf
}

// kindsKey: route is the element that led here, where something that is kept is told
// by it.
type kindsKey struct {
	s       *r4.Structure
	route   string
	outside bool
}

func (b *kindsBook) of(s *r4.Structure, name, route string, outside bool) *kindsOf {
	if s == nil {
		return &kindsOf{}
	}
	key := kindsKey{s, route, outside}
	if k := b.made[key]; k != nil {
		return k
	}
	k := &kindsOf{members: map[string]kind{}, judged: judgedTypes[name], outside: outside}
	b.made[key] = k
	for member, m := range s.Members {
		typ, path := m.Type, m.Path[:strings.LastIndexByte(m.Path, '.')+1]+member
		stays := b.kept[typ] || b.kept[m.Path] || b.kept[path] || b.kept[path[:strings.IndexByte(path, '.')]+".*"]
		if route != "" {
			stays = stays || b.kept[route+"."+member]
		}
		if outside && typ == "string" && (k.judged == 0 || k.judged == byCodes) {
			stays = false // the words of a dose are known to be safe; those of a dose in an extension are not
		}
		switch {
		case typ == "" && m.Below != nil: // elements of its own
			k.members[member] = kind{below: b.of(m.Below, "", b.next(route, path, member), outside)}
		case stays && m.Below != nil:
			k.members[member] = kind{typ: typ, below: b.of(m.Below, typ, b.next(route, path, member), outside || name == "Extension")}
		case stays:
			k.members[member] = kind{typ: typ}
		}
	}
	return k
}

// next is the route from an element on, "" where it makes no difference.
func (b *kindsBook) next(route, path, member string) string {
	if route != "" {
		path = route + "." + member
	}
	for kept := range b.kept {
		if strings.HasPrefix(kept, path+".") {
			return path
		}
	}
	return ""
}
