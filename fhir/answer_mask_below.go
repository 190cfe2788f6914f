package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// coverBelow masks what may stand at any depth: extensions by their address or
// by the data type that they hold, parts of references, and references to
// resources of a masked type.
func (j *judge) coverBelow(at uint32, typ *resourceType, extensions bool) (changed bool) {
	n := &j.Nodes[at]
	if n.Kind < tree.KindArray {
		return false
	}
	if n.Kind == tree.KindObject {
		if extensions && j.coversExtension(at, typ) || j.coversReference(at) {
			n.Marks |= tree.Drop
			return true
		}
		changed = j.coverReferenceParts(at)
		changed = j.coverConcept(at) || changed
		changed = j.coverDeep(at) || changed
	}
	for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
		c := &j.Nodes[m]
		if c.Marks&tree.Drop != 0 {
			continue
		}
		inner := c.Key == tree.KeyExtension || c.Key == tree.KeyModifierExtension
		if n.Kind == tree.KindArray {
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
	url := j.Member(at, tree.KeyURL)
	for i := range j.masked.masks {
		m := &j.masked.masks[i]
		switch {
		case !m.is(typ.name):
		case m.url != "":
			if url != 0 && j.Is(&j.Nodes[url], m.url) {
				return true
			}
		case m.path != nil:
			if twin := copies(m.path[len(m.path)-1]); twin != tree.KeyOther && j.Member(at, twin) != 0 {
				return true
			}
		}
	}
	return j.holdsDeep(at)
}

// coversReference says that an object is a Reference to a resource of a masked
// type, literal, contained, or by its type alone.
func (j *judge) coversReference(at uint32) bool {
	reference, typ := j.Member(at, tree.KeyReference), j.Member(at, tree.KeyType)
	if reference == 0 && typ == 0 {
		return false
	}
	for _, masked := range j.masked.deep.types {
		if typ != 0 && j.Nodes[typ].Kind == tree.KindString {
			if name := string(j.Decoded(&j.Nodes[typ])); name == masked || strings.HasSuffix(name, "/"+masked) {
				return true
			}
		}
		if reference == 0 || j.Nodes[reference].Kind != tree.KindString {
			continue
		}
		text := j.Released(&j.Nodes[reference])
		form, name, id, _ := readReference(text, "")
		switch form {
		case refLocal:
			if string(name) == masked {
				return true
			}
		case refContained:
			for _, c := range j.contained {
				own, t := j.Member(c.at, tree.KeyElementID), j.typeOf(c.at)
				if own != 0 && t != nil && t.name == masked && j.Is(&j.Nodes[own], string(id)) {
					return true
				}
			}
		case refForeign, refSearch, refPatient, refUnclear, refTyped, refNumber:
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
	if !j.masked.deep.displays && !j.masked.deep.identifiers {
		return false
	}
	identifier, display := j.Member(at, tree.KeyIdentifier), j.Member(at, tree.KeyDisplay)
	if identifier == 0 && display == 0 ||
		j.Member(at, tree.KeyReference) == 0 && (j.Member(at, tree.KeySystem) != 0 || j.Member(at, tree.KeyCode) != 0) {
		return false
	}
	if j.masked.deep.displays && display != 0 && j.Nodes[display].Marks&tree.Drop == 0 {
		j.Nodes[display].Marks |= tree.Drop
		changed = true
	}
	if j.masked.deep.identifiers && identifier != 0 && j.Nodes[identifier].Marks&tree.Drop == 0 {
		j.Nodes[identifier].Marks |= tree.Drop
		changed = true
	}
	return changed
}
