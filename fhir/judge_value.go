package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/nhs"
)

// value reads a value and all below it. It reports whether anything there is
// dropped or rewritten.
func (j *judge) value(at uint32, as role) (changed bool) {
	switch n := &j.nodes[at]; n.kind {
	case kindObject:
		return j.object(at, as)
	case kindArray:
		for m := at + 1; m < n.next; m = j.nodes[m].next {
			if j.nodes[m].kind >= kindString {
				changed = j.value(m, as) || changed
			}
		}
		if changed {
			j.settle(at)
		}
		return changed
	case kindString:
		// A bare code: AllergyIntolerance.category, Composition.confidentiality.
		switch as {
		case asCategory, asCode, asSpecialty:
			j.coding(nil, j.decoded(n), as)
		case asLabel:
			j.labelled([]byte(confidentiality), j.decoded(n))
		}
	}
	return false
}

const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

// object reads an object that is no resource.
func (j *judge) object(at uint32, as role) (changed bool) {
	var system, code, coding, reference, identifier, address, value, display, typ uint32
	for m := at + 1; m < j.nodes[at].next; m = j.nodes[m].next {
		n := &j.nodes[m]
		below := plain
		switch n.key {
		case keyOther:
		case keySystem:
			system = m
		case keyCode:
			code = m
		case keyReference:
			reference = m
		case keyIdentifier:
			identifier = m
		case keyURL:
			address = m
		case keyValue:
			value = m
		case keyDisplay:
			display = m
		case keyType:
			typ = m
		case keyCoding:
			if coding = m; as >= asCategory && as <= asLabel {
				below = as
			}
		case keySpecialty, keyPracticeSetting:
			below = asSpecialty
		case keySecurityLabel:
			below = asLabel
		case keyExtension, keyModifierExtension:
			below = asExtensions
		case keyResourceType, keyContained:
			j.unclear = true // a resource where none may stand
		}
		if as == aroundPatient && n.key == j.place {
			below = asPatient
		}
		if n.kind >= kindArray {
			changed = j.value(m, below) || changed
		}
	}
	if reference != 0 || identifier != 0 || as == asPatient || typ != 0 {
		changed = j.refers(at, as, reference, identifier, typ, display) || changed
	}
	if as == asLabel && coding != 0 {
		// A concept: its codings are the labels, and there must be some.
		j.label = j.label || j.nodes[coding].kind != kindArray || j.nodes[coding].next == coding+1
	} else if code != 0 || system != 0 || as == asLabel {
		j.coded(as, system, code, value)
	}
	switch {
	case address == 0:
	case as == asExtensions:
		j.inlineLabel(at, address)
	default:
		changed = j.attached(address) || changed
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// settle marks what holds something dropped. What holds nothing any more is
// dropped itself: FHIR has no empty objects and arrays.
func (j *judge) settle(at uint32) {
	n := &j.nodes[at]
	n.marks |= dirty
	for m := at + 1; m < n.next; m = j.nodes[m].next {
		if j.nodes[m].marks&drop == 0 {
			return
		}
	}
	n.marks |= drop
}

// refers judges a Reference, literal or logical.
func (j *judge) refers(at uint32, as role, reference, identifier, typ, display uint32) (changed bool) {
	named := typ != 0 && j.isPatientType(&j.nodes[typ]) // says that it is a patient
	toPatient := named || as == asPatient
	if reference == 0 {
		if identifier == 0 && as != asPatient && !(typ != 0 && display != 0) {
			return false // no Reference at all
		}
		if !toPatient {
			return false // numbers in it are judged where they stand
		}
		if identifier != 0 && j.nodes[identifier].kind == kindObject && j.numberIn(identifier) {
			if as == asPatient {
				j.owners = true
			}
			return j.hideDisplay(display)
		}
		// A participant without an actor, a group as a subject, a patient whom only
		// a name tells: who it is cannot be known.
		j.other = j.other || named
		return false
	}
	n := &j.nodes[reference]
	if n.kind != kindString {
		j.unclear = j.unclear || n.kind < kindString
		return false // an element of that name that holds a Reference
	}
	form, name, id, rel := readReference(j.decoded(n), j.source)
	switch form {
	case refUnclear:
		if toPatient {
			j.other = true
		}
		j.unclear = true
	case refPatient:
		j.other = true
	case refContained:
		if as == asPatient {
			j.fragments = append(j.fragments, reference)
		}
	case refLocal:
		if string(name) == "Patient" {
			if !j.isOwnID(id) {
				j.other = true
				return false
			}
			if as == asPatient {
				j.owners = true
			}
			changed = j.hideDisplay(display)
		} else if equalFold(name, "patient") {
			j.unclear = true
		}
		if rel > 0 {
			// The source's own address is not for outside: the relative form is.
			if n.marks&escaped != 0 {
				j.unclear = true
				return changed
			}
			n.start += uint32(rel) + 1
			n.marks |= requote
			changed = true
		}
	case refForeign, refSearch:
	}
	return changed
}

// isPatientType reads Reference.type: a name, or the address of its definition.
func (j *judge) isPatientType(n *node) bool {
	if n.kind != kindString {
		return false
	}
	text := j.decoded(n)
	return string(text) == "Patient" || bytes.HasSuffix(text, []byte("/Patient"))
}

// hideDisplay drops the display of a reference to the patient: it is free text,
// may be anybody's name, and tells the reader nothing that is not known.
func (j *judge) hideDisplay(display uint32) bool {
	if display == 0 {
		return false
	}
	j.nodes[display].marks |= drop
	return true
}

// numberIn says that an Identifier is an NHS number of the owner.
func (j *judge) numberIn(identifier uint32) bool {
	system, value := j.member(identifier, keySystem), j.member(identifier, keyValue)
	return system != 0 && value != 0 && j.is(&j.nodes[system], nhs.NumberSystem) &&
		j.nodes[value].kind == kindString && j.isOwnNumber(j.decoded(&j.nodes[value]))
}

func (j *judge) isOwnNumber(text []byte) bool {
	for _, n := range j.owner.Numbers {
		if !n.IsZero() && n.Digits() == string(text) {
			return true
		}
	}
	return false
}

func (j *judge) isOwnID(id []byte) bool {
	for _, own := range j.owner.LocalIDs {
		if own != "" && own == string(id) {
			return true
		}
	}
	return false
}
