package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// inlineLabel judges a label on an element (DS4P inline security label), whatever its value
// is: what says that it is a label, and not what it says, is one that no plan allows.
func (j *judge) inlineLabel(at, address uint32) {
	if n := &j.Nodes[address]; n.Kind == tree.KindString && holdsFolded(j.Decoded(n), "inline-sec-label") {
		if !j.labelBelow(at) {
			j.labelled(at, nil, nil)
		}
	}
}

// labelBelow takes every value of an extension for a label, and reports whether there is one.
func (j *judge) labelBelow(at uint32) (any bool) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		switch n := &j.Nodes[m]; {
		case n.Key == tree.KeyURL || n.Key == tree.KeyElementID:
		case n.Key == tree.KeyExtension && n.Kind == tree.KindArray:
			for e := m + 1; e < n.Next; e = j.Nodes[e].Next {
				any = j.labelBelow(e) || any
			}
		default:
			j.value(m, asLabel)
			any = true
		}
	}
	return any
}

// tags judges the tags of a resource: one that says of which sensitive kind it is, is a label
// that was put in the wrong place.
func (j *judge) tags(list uint32) {
	for t := list + 1; t < j.Nodes[list].Next; t = j.Nodes[t].Next {
		system, code := j.Member(t, tree.KeySystem), j.Member(t, tree.KeyCode)
		if system == 0 || j.Nodes[system].Kind != tree.KindString {
			continue
		}
		if in := j.Decoded(&j.Nodes[system]); holdsFolded(in, "v3-actcode") {
			var what []byte
			if code != 0 && j.Nodes[code].Kind == tree.KindString {
				what = j.Decoded(&j.Nodes[code])
			}
			j.labelled(t, in, what)
		}
	}
}

// isConfidentiality knows the code system of confidentiality by all its names. A code of it is
// a label wherever it stands (attack 317).
func isConfidentiality(system []byte) bool {
	return len(system) > 15 && (holdsFolded(system, "confidentiality") || bytes.Contains(system, []byte("113883.5.25")))
}

// holdsFolded reports whether a word in small letters stands in a text in any case.
func holdsFolded(text []byte, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0] && tree.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
