package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// depths are the masks that hold for every object, whatever resource or data
// type it is: every object is looked at, so they are told apart beforehand.
type depths struct {
	masks    []mask    // of Element
	initials [128]bool // what the names that they take begin with
	types    []string  // masked as a whole
	// CodeableConcept.text, Reference.display and Reference.identifier.
	concepts, displays, identifiers bool
}

func (d *depths) add(m mask) {
	switch {
	case m.whole():
		d.types = append(d.types, m.typ)
	case m.typ == conceptType:
		d.concepts = true
	case m.typ == referenceType && m.path[0] == "display":
		d.displays = true
	case m.typ == referenceType:
		d.identifiers = true
	case m.deep:
		d.masks = append(d.masks, m)
		d.initials[m.path[0][0]&0x7f] = true
	}
}

// coverDeep drops, of one object, the members that masks of every object name,
// and what their paths lead to below it.
func (j *judge) coverDeep(at uint32) (changed bool) {
	if len(j.masked.deep.masks) == 0 {
		return false
	}
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		name := bare(j.NameOf(n))
		if n.Marks&tree.Drop != 0 || len(name) == 0 || !j.masked.deep.initials[name[0]&0x7f] {
			continue
		}
		for i := range j.masked.deep.masks {
			path := j.masked.deep.masks[i].path
			switch {
			case path[0][0] != name[0] || !names(path[0], name):
			case len(path) == 1:
				n.Marks |= tree.Drop
				changed = true
			case n.Kind >= tree.KindArray:
				changed = j.dropPath(m, path[1:]) || changed
			}
		}
	}
	return changed
}

// bare is a member's name, for the twin of a primitive that of the primitive.
func bare(name []byte) []byte {
	if len(name) > 1 && name[0] == '_' {
		return name[1:]
	}
	return name
}

// coverConcept drops the words of a concept that a code says as well. A concept
// of words alone keeps them: they are all that it says.
func (j *judge) coverConcept(at uint32) bool {
	if !j.masked.deep.concepts {
		return false
	}
	words, coding := j.Member(at, tree.KeyText), j.Member(at, tree.KeyCoding)
	if words == 0 || coding == 0 || j.Nodes[words].Marks&tree.Drop != 0 || j.Nodes[coding].Kind != tree.KindArray {
		return false
	}
	for c := coding + 1; c < j.Nodes[coding].Next; c = j.Nodes[c].Next {
		if j.Nodes[c].Kind != tree.KindObject {
			continue
		}
		if code := j.Member(c, tree.KeyCode); code != 0 && j.Nodes[code].Kind == tree.KindString {
			j.Nodes[words].Marks |= tree.Drop
			return true
		}
	}
	return false
}

// holdsDeep says that an extension holds a value that a mask of every object
// takes: the extension then goes as a whole, for it would say nothing.
func (j *judge) holdsDeep(at uint32) bool {
	for i := range j.masked.deep.masks {
		path := j.masked.deep.masks[i].path
		if len(path) > 1 || !strings.HasPrefix(path[0], "value") {
			continue
		}
		for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
			if names(path[0], j.NameOf(&j.Nodes[m])) {
				return true
			}
		}
	}
	return false
}
