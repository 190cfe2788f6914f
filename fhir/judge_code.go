package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/nhs"
)

// meta reads Meta: the security labels count, and source, which names the
// system that the resource came from, is dropped.
func (j *judge) meta(at uint32, inner bool) (changed bool) {
	if j.nodes[at].kind != kindObject {
		j.unclear = true
		return false
	}
	for m := at + 1; m < j.nodes[at].next; m = j.nodes[m].next {
		n := &j.nodes[m]
		switch n.key {
		case keySource:
			n.marks |= drop
			changed = true
		case keySecurity:
			if n.kind != kindArray {
				j.unclear = true
			}
			for l := m + 1; l < n.next; l = j.nodes[l].next {
				if j.nodes[l].kind != kindObject {
					j.unclear = true
				}
			}
			changed = j.value(m, asLabel) || changed
		case keyVersionID:
			if !inner && n.kind == kindString && validID(j.raw(n)) {
				j.version = m
			}
		case keyExtension:
			changed = j.value(m, asExtensions) || changed
		default:
			changed = j.value(m, plain) || changed
		}
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// coded judges what has a system: a Coding or an Identifier.
func (j *judge) coded(as role, system, code, value uint32) {
	var in []byte
	if system != 0 {
		if j.nodes[system].kind != kindString {
			j.unclear = true
			return
		}
		in = j.decoded(&j.nodes[system])
		if value != 0 && isNumberSystem(in) {
			j.numbered(as, in, &j.nodes[value])
		}
	}
	var what []byte
	if code != 0 && j.nodes[code].kind == kindString {
		what = j.decoded(&j.nodes[code])
	}
	if as == asLabel {
		j.labelled(in, what)
	}
	if len(what) > 0 {
		j.coding(in, what, as)
	}
}

// numbered judges an NHS number, wherever in the resource it stands: it must be
// the owner's. (A mother's number in a RelatedPerson is another patient's.)
func (j *judge) numbered(as role, system []byte, value *node) {
	switch {
	case value.kind != kindString || !j.isOwnNumber(j.decoded(value)):
		j.other = true
	case as == asIdentity && string(system) == nhs.NumberSystem:
		j.owners = true
	}
}

// isNumberSystem knows the NHS number by its older and misspelt names too, so
// that no other patient's goes by.
func isNumberSystem(system []byte) bool {
	const name, oid = "nhs-number", "urn:oid:2.16.840.1.113883.2.1.4.1"
	if len(system) < len(name) {
		return false
	}
	last := system[len(system)-1] | 0x20
	return (last == 'r' || last == '/') && hasFoldedSuffix(bytes.TrimRight(system, "/"), name) || string(system) == oid
}

func hasFoldedSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && equalFold(b[len(b)-len(suffix):], suffix)
}

// labelled judges a security label.
func (j *judge) labelled(system, code []byte) {
	if !j.plan.allows(system, code) {
		j.label = true
	}
}

var inlineLabel = []byte("inline-sec-label")

// inlineLabel judges a label on an element (DS4P inline security label).
func (j *judge) inlineLabel(at, address uint32) {
	n := &j.nodes[address]
	if n.kind != kindString || !bytes.HasSuffix(j.decoded(n), inlineLabel) {
		return
	}
	for m := at + 1; m < j.nodes[at].next; m = j.nodes[m].next {
		if j.nodes[m].kind == kindObject {
			j.value(m, asLabel)
		}
	}
}

// coding judges a coding: whether it is sensitive, and what it classifies.
func (j *judge) coding(system, code []byte, as role) {
	var use *codeUse
	if len(system) == 0 {
		use = j.classes.bare[string(code)]
	} else {
		key := append(append(append(j.text[:0], system...), '|'), code...)
		use = j.classes.codes[string(key)]
	}
	if use == nil {
		return
	}
	j.sensitive = j.sensitive || use.sensitive
	dim := byCategory
	switch as {
	case asCategory:
	case asCode:
		dim = byCode
	case asSpecialty:
		dim = bySpecialty
	default:
		return
	}
	j.hits = append(j.hits, hit{use, dim})
	j.unclear = j.unclear || len(j.hits) > maxHits
}

// attached judges an address that is not an extension's: an Attachment's. One at
// the source becomes relative, one elsewhere is dropped.
func (j *judge) attached(address uint32) bool {
	n := &j.nodes[address]
	if n.kind != kindString {
		return false
	}
	switch form, _, _, rel := readReference(j.decoded(n), j.source); {
	case form == refLocal && rel == 0:
		return false
	case form == refLocal && n.marks&escaped == 0:
		n.start += uint32(rel) + 1
		n.marks |= requote
	default:
		n.marks |= drop
	}
	return true
}
