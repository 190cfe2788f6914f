package fhir

import (
	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// inlineLabel judges a label on an element (DS4P inline security label), whatever its value
// is: what says that it is a label, and not what it says, is one that no plan allows.
func (j *judge) inlineLabel(at, address uint32) {
	if n := &j.Nodes[address]; n.Kind == tree.KindString && spelling.HoldsFolded(j.Decoded(n), "inline-sec-label") {
		if !j.labelBelow(at) {
			j.labelled(at, nil, nil)
		}
	}
}

// labelBelow takes every value of an extension for a label, and reports whether there is one.
func (j *judge) labelBelow(at uint32) (found bool) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		switch n := &j.Nodes[m]; {
		case n.Key == tree.KeyURL || n.Key == tree.KeyElementID:
		case n.Key == tree.KeyExtension && n.Kind == tree.KindArray:
			for e := m + 1; e < n.Next; e = j.Nodes[e].Next {
				found = j.labelBelow(e) || found
			}
		default:
			j.labelAt(m)
			found = true
		}
	}
	return found
}

// labelAt judges one value as a label, or as a concept of labels. What stands below it was
// read before, as everything is, and is not read again: labels on labels would be read twice
// as often with every level.
func (j *judge) labelAt(m uint32) {
	var system, code []byte
	switch n := &j.Nodes[m]; n.Kind {
	case tree.KindString:
		system, code = []byte(confidentiality), j.Decoded(n)
	case tree.KindArray:
		for e := m + 1; e < n.Next; e = j.Nodes[e].Next {
			j.labelAt(e)
		}
		if n.Next > m+1 {
			return
		}
	case tree.KindObject:
		if list := j.Member(m, tree.KeyCoding); list != 0 && j.Nodes[list].Kind == tree.KindArray && j.Nodes[list].Next > list+1 {
			for c := list + 1; c < j.Nodes[list].Next; c = j.Nodes[c].Next {
				j.labelAt(c)
			}
			return
		}
		system, code = j.textOf(j.Member(m, tree.KeySystem)), j.textOf(j.Member(m, tree.KeyCode))
	}
	j.labelled(m, system, code)
}

// textOf is the text of a string, or nil.
func (j *judge) textOf(m uint32) []byte {
	if m == 0 || j.Nodes[m].Kind != tree.KindString {
		return nil
	}
	return j.Decoded(&j.Nodes[m])
}

// tags judges the tags of a resource: one that says of which sensitive kind it is, is a label
// that was put in the wrong place.
func (j *judge) tags(list uint32) {
	for t := list + 1; t < j.Nodes[list].Next; t = j.Nodes[t].Next {
		if j.Nodes[t].Kind != tree.KindObject {
			continue
		}
		if in := j.textOf(j.Member(t, tree.KeySystem)); spelling.HoldsFolded(in, "v3-actcode") {
			j.labelled(t, in, j.textOf(j.Member(t, tree.KeyCode)))
		}
	}
}
