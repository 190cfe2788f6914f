package fhir

import (
	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
	"github.com/mycarerecord/mcr/nhs"
)

// meta reads Meta: the security labels count, and source, which names the
// system that the resource came from, is dropped.
func (j *judge) meta(at uint32, inner bool) (changed bool) {
	if j.Nodes[at].Kind != tree.KindObject {
		j.notClear(at)
		return false
	}
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		switch n.Key {
		case tree.KeySource:
			n.Marks |= tree.Drop
			changed = true
		case tree.KeySecurity:
			if n.Kind != tree.KindArray {
				j.notClear(m)
			}
			for l := m + 1; l < n.Next; l = j.Nodes[l].Next {
				if j.Nodes[l].Kind != tree.KindObject {
					j.notClear(m)
				}
			}
			changed = j.value(m, asLabel) || changed
		case tree.KeyVersionID:
			if !inner && n.Kind == tree.KindString && validID(j.Raw(n)) {
				j.version = m
			}
		case tree.KeyExtension, tree.KeyModifierExtension:
			changed = j.value(m, asExtensions) || changed
		default:
			switch string(j.NameOf(n)) {
			case "_source":
				n.Marks |= tree.Drop
				changed = true
				continue
			case "tag":
				j.tags(m)
			}
			changed = j.value(m, plain) || changed
		}
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// coded judges what has a system: a Coding or an Identifier. It reports whether
// something in it is dropped.
func (j *judge) coded(at uint32, as role, system, code, value uint32) (changed bool) {
	var in []byte
	if system != 0 {
		if j.Nodes[system].Kind != tree.KindString {
			j.notClear(system)
			return false
		}
		in = j.Decoded(&j.Nodes[system])
		if value != 0 && isNumberSystem(in) {
			changed = j.numbered(at, as, in, value)
		}
		if code != 0 {
			j.numberCoded(code, in)
		}
	}
	var what []byte
	switch {
	case code == 0:
	case j.Nodes[code].Kind == tree.KindString:
		what = j.Decoded(&j.Nodes[code])
	case system != 0 && j.Nodes[code].Kind != tree.KindNull:
		j.notClear(code) // beside a system it is a code, and a code is a string
	}
	switch {
	case as == asLabel:
		j.labelled(at, in, what)
	case len(what) == 0 && spelling.IsConfidentiality(in):
		j.labelled(at, in, nil)
	}
	switch {
	case len(what) > 0:
		j.coding(in, what, as)
	case value != 0 && j.Nodes[value].Kind == tree.KindString && spelling.NotationOf(spelling.System(j.text[:0], in)) == spelling.Snomed:
		j.concepts(j.Decoded(&j.Nodes[value])) // an Identifier that is a code
	case value != 0 && j.Nodes[value].Kind == tree.KindString && spelling.HoldsFolded(in, "loinc"):
		j.tests(j.Decoded(&j.Nodes[value]))
	}
	return changed
}

// numbered judges an NHS number, wherever in the resource it stands: it must be
// the owner's. (A mother's number in a RelatedPerson is another patient's.) A
// number that a Patient no longer has (Identifier.use old, R4 §2.24.0.6) is left
// out where nobody knows it as theirs.
func (j *judge) numbered(at uint32, as role, system []byte, value uint32) (changed bool) {
	own := j.Nodes[value].Kind == tree.KindString && j.isOwnNumber(j.Decoded(&j.Nodes[value]))
	switch {
	case own && as == asIdentity && string(system) == nhs.NumberSystem:
		j.owners = true
	case own:
	case as == asIdentity && j.isOld(at):
		j.cutOut(at)
		j.dropAll(at)
		return true
	default:
		j.ofAnother(value)
	}
	return false
}

// isOld reports whether an Identifier is no longer in use.
func (d *document) isOld(identifier uint32) bool {
	use := d.Member(identifier, tree.KeyUse)
	return use != 0 && d.Is(&d.Nodes[use], "old")
}

// dropAll drops all that an object has, and so the object.
func (j *judge) dropAll(at uint32) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		j.Nodes[m].Marks |= tree.Drop
	}
}

func hasFoldedSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && tree.EqualFold(b[len(b)-len(suffix):], suffix)
}

// labelled judges a security label.
func (j *judge) labelled(at uint32, system, code []byte) {
	if !j.plan.allows(system, code) {
		j.label = true
		j.blame(labelWithheld, at)
	}
}

// ofSystem takes a coding as one of a system of which some rules take any code.
func (j *judge) ofSystem(uses []ruleUse, dim dimension) {
	for i := range uses {
		if uses[i].of == j.rules {
			for d, rules := range uses[i].at(dim) {
				j.loose[d] |= rules
			}
		}
	}
}

// hasCode says that a node is a code, and not an empty one.
func (j *judge) hasCode(code uint32) bool {
	return code != 0 && (j.Nodes[code].Kind != tree.KindString || j.Nodes[code].End-j.Nodes[code].Start > 2)
}

// codesIn says that one of a concept's codings has a code.
func (j *judge) codesIn(coding uint32) bool {
	if coding == 0 {
		return false
	}
	for c := coding + 1; c < j.Nodes[coding].Next; c = j.Nodes[c].Next {
		if j.Nodes[c].Kind == tree.KindObject && j.hasCode(j.Member(c, tree.KeyCode)) {
			return true
		}
	}
	return false
}

// inWords judges a category that no code tells.
func (j *judge) inWords(n *tree.Node) {
	if n.Kind != tree.KindString {
		return
	}
	if use := j.classes.words[string(appendWords(j.text[:0], j.Decoded(n)))]; use != nil && use.of(j.rules) {
		j.hits = append(j.hits, hit{use: use, dim: byCategory})
		if len(j.hits) > maxHits {
			j.notClear(0)
		}
		return
	}
	j.words = true
}
