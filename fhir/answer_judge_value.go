package fhir

import (
	"github.com/mycarerecord/mcr/fhir/internal/tree"
	"github.com/mycarerecord/mcr/nhs"
)

// value reads a value and all below it. It reports whether anything there is
// dropped or rewritten.
func (j *judge) value(at uint32, as role) (changed bool) {
	switch n := &j.Nodes[at]; n.Kind {
	case tree.KindObject:
		return j.object(at, as)
	case tree.KindArray:
		if as == asPatient && j.place == tree.KeyOther && at+1 < n.Next && j.Nodes[at+1].Next < n.Next {
			return j.several(at)
		}
		for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
			if j.Nodes[m].Kind >= tree.KindString || as >= asCategory && as <= asLabel {
				changed = j.value(m, as) || changed
			}
		}
		if changed {
			j.settle(at)
		}
		return changed
	case tree.KindBool, tree.KindNumber:
		if as >= asCategory && as <= asLabel {
			j.notClear(at) // what stands where a code belongs is no code
		}
	case tree.KindString:
		// A bare code: AllergyIntolerance.category, Composition.confidentiality.
		switch as {
		case asCategory, asCode, asSpecialty:
			j.coding(nil, j.Decoded(n), as)
		case asLabel:
			j.labelled(at, []byte(confidentiality), j.Decoded(n))
		case plain:
			if len(j.NameOf(n)) == 0 { // in a list
				j.spoken(at)
			}
			j.points(at)
		}
	}
	return false
}

// several reads a list of those whom a resource is about: each must be the owner, and say
// so itself (attack 310).
func (j *judge) several(at uint32) (changed bool) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		j.owners = false
		if j.Nodes[m].Kind == tree.KindObject {
			changed = j.value(m, asPatient) || changed
		}
		if !j.owners {
			j.vague = true
			j.blame(noPatient, m)
		}
	}
	if changed {
		j.settle(at)
	}
	return changed
}

const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

// object reads an object that is no resource.
func (j *judge) object(at uint32, as role) (changed bool) {
	var system, code, coding, reference, identifier, address, value, display, typ, words uint32
	holder, spoke := j.holder, j.spoke
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		below := plain
		switch n.Key {
		case tree.KeyOther:
			j.spoken(m)
		case tree.KeySystem:
			system = m
		case tree.KeyCode:
			code = m
			j.mustBeCode(m, tree.KindString)
		case tree.KeyReference:
			reference = m
		case tree.KeyIdentifier:
			identifier = m
		case tree.KeyURL:
			address = m
			j.addressed(m)
		case tree.KeyValue:
			value = m
		case tree.KeyDisplay:
			display = m
			j.spoken(m)
		case tree.KeyText:
			words = m
			j.spoken(m)
		case tree.KeyType:
			typ = m
		case tree.KeyCoding:
			if coding = m; as >= asCategory && as <= asLabel {
				below = as
			}
			j.mustBeCode(m, tree.KindArray)
		case tree.KeySpecialty, tree.KeyPracticeSetting:
			below = asSpecialty
		case tree.KeySecurityLabel:
			below = asLabel
		case tree.KeyExtension, tree.KeyModifierExtension:
			below = asExtensions
		case tree.KeyResourceType, tree.KeyContained:
			j.notClear(m) // a resource where none may stand
		}
		if as == aroundPatient && n.Key == j.place {
			below = asPatient
		}
		switch {
		case n.Kind >= tree.KindArray:
			j.holder = m
			changed = j.value(m, below) || changed
		case n.Kind == tree.KindString && n.Key != tree.KeyReference && n.Key != tree.KeySystem:
			j.points(m)
		}
	}
	j.holder = holder
	if reference != 0 || identifier != 0 || as == asPatient || typ != 0 {
		changed = j.refers(at, as, reference, identifier, typ, display) || changed
	}
	if reference != 0 || (identifier != 0 || display != 0) && j.Nodes[holder].Key != tree.KeyCoding {
		changed = j.names(at, reference, identifier, typ, display) || changed
	}
	if words != 0 && j.spoke > spoke && j.Nodes[words].Kind == tree.KindObject {
		j.hush(words) // of a section, whose entries it tells
		changed = true
	}
	if as == asLabel && coding != 0 {
		// A concept: its codings are the labels, and there must be some.
		if j.Nodes[coding].Kind != tree.KindArray || j.Nodes[coding].Next == coding+1 {
			j.label = true
			j.blame(labelWithheld, at)
		}
	} else if code != 0 || system != 0 || as == asLabel {
		changed = j.coded(at, as, system, code, value) || changed
	}
	if as == asCategory && !j.hasCode(code) {
		switch {
		case words != 0 && !j.codesIn(coding):
			j.inWords(&j.Nodes[words])
		case display != 0:
			j.inWords(&j.Nodes[display])
		}
	}
	if value != 0 && system == 0 {
		j.spoken(value)
	}
	if code == 0 && (as == asCode || j.Nodes[holder].Key == tree.KeyCode) {
		if words != 0 && coding == 0 {
			j.inPlace(&j.Nodes[words])
		}
		if display != 0 {
			j.inPlace(&j.Nodes[display])
		}
	}
	switch {
	case address == 0:
	case as == asExtensions:
		j.inlineLabel(at, address)
		j.numberExtended(at, address)
	default:
		changed = j.attached(address) || changed
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// mustBeCode sees that what has the name of a code (or least, of a list of them) is
// one, a concept, or a list of concepts: what is not may be a code all the same, which
// no list could be held against.
func (j *judge) mustBeCode(at uint32, least tree.Kind) {
	n := &j.Nodes[at]
	if n.Kind != tree.KindNull && n.Kind < least {
		j.notClear(at)
	}
	if n.Kind != tree.KindArray {
		return
	}
	for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
		if k := j.Nodes[m].Kind; k != tree.KindNull && k != tree.KindObject {
			j.notClear(at)
		}
	}
}

// settle marks what holds something dropped. What holds nothing any more is
// dropped itself: FHIR has no empty objects and arrays.
func (j *judge) settle(at uint32) {
	n := &j.Nodes[at]
	n.Marks |= tree.Dirty
	for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
		if j.Nodes[m].Marks&tree.Drop == 0 {
			return
		}
	}
	n.Marks |= tree.Drop
}

// refers judges a Reference, literal or logical.
func (j *judge) refers(at uint32, as role, reference, identifier, typ, display uint32) (changed bool) {
	named := typ != 0 && j.isPatientType(&j.Nodes[typ]) // says that it is a patient
	toPatient := named || as == asPatient
	if reference == 0 {
		if identifier == 0 && as != asPatient && !(typ != 0 && display != 0) {
			return false // no Reference at all
		}
		if !toPatient {
			return false // numbers in it are judged where they stand
		}
		if identifier != 0 && j.Nodes[identifier].Kind == tree.KindObject && j.numberIn(identifier) {
			if as == asPatient {
				j.owners = true
			}
			return j.hideDisplay(at, display)
		}
		// A participant without an actor, a group as a subject, a patient whom only
		// a name tells: who it is cannot be known.
		if named {
			j.ofAnother(at)
		}
		return false
	}
	n := &j.Nodes[reference]
	if n.Kind != tree.KindString {
		if n.Kind < tree.KindString {
			j.notClear(reference)
		}
		return false // an element of that name that holds a Reference
	}
	form, name, id, rel := readReference(j.Decoded(n), &j.source)
	j.form, j.led = form, name
	switch form {
	case refUnclear:
		return j.refersUnclearly(at, as, reference, named)
	case refPatient:
		j.ofAnother(reference)
	case refNumber:
		if !j.isOwnNumber(id) {
			j.ofAnother(reference)
			return false
		}
		if as == asPatient {
			j.owners = true
		}
		changed = j.hideDisplay(at, display)
	case refContained:
		if as == asPatient {
			j.fragments = append(j.fragments, reference)
		}
	case refLocal:
		if string(name) == "Patient" {
			if !j.isOwnID(id) {
				j.ofAnother(reference)
				return false
			}
			if as == asPatient {
				j.owners = true
			}
			changed = j.hideDisplay(at, display)
		} else if tree.EqualFold(name, "patient") {
			j.notClear(reference)
		}
		if string(name) == "Binary" {
			return j.attached(reference)
		}
		if rel > 0 {
			// The source's own address is not for outside: the relative form is.
			if n.Marks&tree.Escaped != 0 {
				j.notClear(reference)
				return changed
			}
			n.Start += uint32(rel) + 1
			n.Marks |= tree.Requote
			changed = true
		}
	case refForeign, refSearch, refTyped:
	}
	return changed
}

// refersUnclearly judges a reference that leads nobody knows where (urn:uuid, a
// bare word). Where the resource says whom it is about it must be understood;
// elsewhere the reference is left out, and what stands beside it stays.
func (j *judge) refersUnclearly(at uint32, as role, reference uint32, named bool) (changed bool) {
	switch {
	case as == asPatient && !named && j.place == tree.KeyOther:
		j.vague = true
		j.blame(noPatient, reference)
	case as == asPatient, named, saysWhom(j.Nodes[j.holder].Key):
		j.notClear(reference)
	case speaksOfPatient(j.Decoded(&j.Nodes[reference])):
		j.ofAnother(reference) // it says itself that it leads to a patient
	default:
		j.Nodes[reference].Marks |= tree.Drop
		j.cutOut(at)
		return true
	}
	return false
}

// saysWhom reports whether a member of this name says whom a resource is about.
func saysWhom(member tree.KeyID) bool {
	switch member {
	case tree.KeySubject, tree.KeyPatient, tree.KeyFor, tree.KeyBeneficiary, tree.KeyFocus, tree.KeyIndividual, tree.KeySourcePatientInfo:
		return true
	}
	return false
}

// isPatientType reads Reference.type: a name, or the address of its definition, or of a
// profile of it, however it is written (attack 314). No other type has the word in its name.
func (j *judge) isPatientType(n *tree.Node) bool {
	return n.Kind == tree.KindString && speaksOfPatient(j.Decoded(n))
}

// hideDisplay drops the display of a reference to the patient, and its twin: it is free
// text, may be anybody's name, and tells the reader nothing that is not known.
func (j *judge) hideDisplay(at, display uint32) (changed bool) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		if n := &j.Nodes[m]; m == display || n.Key == tree.KeyOther && string(j.NameOf(n)) == "_display" {
			n.Marks |= tree.Drop
			changed = true
		}
	}
	return changed
}

// numberIn says that an Identifier is an NHS number of the owner.
func (j *judge) numberIn(identifier uint32) bool {
	system, value := j.Member(identifier, tree.KeySystem), j.Member(identifier, tree.KeyValue)
	return system != 0 && value != 0 && j.Is(&j.Nodes[system], nhs.NumberSystem) &&
		j.Nodes[value].Kind == tree.KindString && j.isOwnNumber(j.Decoded(&j.Nodes[value]))
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
