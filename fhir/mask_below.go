package fhir

import "strings"

// coverBelow masks what may stand at any depth: extensions by their address or
// by the data type that they hold, parts of references, and references to
// resources of a masked type.
func (j *judge) coverBelow(at uint32, typ *resourceType, extensions bool) (changed bool) {
	n := &j.nodes[at]
	if n.kind < kindArray {
		return false
	}
	if n.kind == kindObject {
		if extensions && j.coversExtension(at, typ) || j.coversReference(at) {
			n.marks |= drop
			return true
		}
		changed = j.coverReferenceParts(at)
		changed = j.coverConcept(at) || changed
		changed = j.coverDeep(at) || changed
	}
	for m := at + 1; m < n.next; m = j.nodes[m].next {
		c := &j.nodes[m]
		if c.marks&drop != 0 {
			continue
		}
		inner := c.key == keyExtension || c.key == keyModifierExtension
		if n.kind == kindArray {
			inner = extensions
		}
		changed = j.coverBelow(m, typ, inner) || changed
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// coversExtension says that an extension is masked.
func (j *judge) coversExtension(at uint32, typ *resourceType) bool {
	url := j.member(at, keyURL)
	for i := range j.masks {
		m := &j.masks[i]
		switch {
		case !m.is(typ.name):
		case m.url != "":
			if url != 0 && j.is(&j.nodes[url], m.url) {
				return true
			}
		case m.path != nil:
			if twin := copies(m.path[len(m.path)-1]); twin != keyOther && j.member(at, twin) != 0 {
				return true
			}
		}
	}
	return j.holdsDeep(at)
}

// coversReference says that an object is a Reference to a resource of a masked
// type, literal, contained, or by its type alone.
func (j *judge) coversReference(at uint32) bool {
	reference, typ := j.member(at, keyReference), j.member(at, keyType)
	if reference == 0 && typ == 0 {
		return false
	}
	for _, masked := range j.deep.types {
		if typ != 0 && j.nodes[typ].kind == kindString {
			if name := string(j.decoded(&j.nodes[typ])); name == masked || strings.HasSuffix(name, "/"+masked) {
				return true
			}
		}
		if reference == 0 || j.nodes[reference].kind != kindString {
			continue
		}
		text := j.released(&j.nodes[reference])
		form, name, id, _ := readReference(text, "")
		switch form {
		case refLocal:
			if string(name) == masked {
				return true
			}
		case refContained:
			for _, c := range j.contained {
				own, t := j.member(c.at, keyElementID), j.typeOf(c.at)
				if own != 0 && t != nil && t.name == masked && j.is(&j.nodes[own], string(id)) {
					return true
				}
			}
		case refForeign, refSearch, refPatient, refUnclear:
			if strings.Contains(string(text), masked) {
				return true
			}
		}
	}
	return false
}

// coverReferenceParts masks display and identifier of a Reference: any object
// that has a literal reference, or an identifier and no system.
func (j *judge) coverReferenceParts(at uint32) (changed bool) {
	if !j.deep.displays && !j.deep.identifiers {
		return false
	}
	identifier, display := j.member(at, keyIdentifier), j.member(at, keyDisplay)
	if identifier == 0 && display == 0 ||
		j.member(at, keyReference) == 0 && (j.member(at, keySystem) != 0 || j.member(at, keyCode) != 0) {
		return false
	}
	if j.deep.displays && display != 0 && j.nodes[display].marks&drop == 0 {
		j.nodes[display].marks |= drop
		changed = true
	}
	if j.deep.identifiers && identifier != 0 && j.nodes[identifier].marks&drop == 0 {
		j.nodes[identifier].marks |= drop
		changed = true
	}
	return changed
}
