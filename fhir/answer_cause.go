package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// Cause says why an item, or a part of one, is not shown, in words that tell
// nothing of what stands there.
type Cause struct {
	// Type is the item's resource type, "" when it has none that is understood.
	Type string
	// Element is the element at fault, by FHIR's names: "Observation.subject". It
	// is Type alone where the item as a whole is.
	Element string
	// Code is the first "system|code" there that no rule of the categories lists,
	// for items that are not classified. It comes from the source: it is for those
	// who keep the source, and never for the trail.
	Code string
	// Reason is the reason code, as Filtered.Withheld has it, or InPart.
	Reason string
}

// InPart is the Reason of a Cause of an item that is shown, less an element that
// could not be.
const InPart = "shown-in-part"

// mostPath bounds a path, in names.
const mostPath = 8

// cause says why the resource that was judged last is withheld.
func (j *judge) cause(at uint32, why reason) Cause {
	c := Cause{Type: j.nameOfType(at), Reason: j.codeOf(why)}
	switch {
	case why == notClassified:
		c.Element, c.Code = j.unplaced(at)
	case why == notUnderstood && j.culprit[why] == 0:
		c.Element = j.pathTo(at, j.firstOdd(at))
	case why >= reasonCount: // the item as a whole
		c.Element = j.pathTo(at, 0)
	default:
		c.Element = j.pathTo(at, j.culprit[why])
	}
	return c
}

// cutCauses says what was cut out of the resource that was judged last.
func (j *judge) cutCauses(all []Cause, at uint32) []Cause {
	for _, part := range j.cuts {
		all = append(all, Cause{Type: j.nameOfType(at), Element: j.pathTo(at, part), Reason: InPart})
	}
	return all
}

// nameOfType is the resource type, where it has the form of one.
func (j *judge) nameOfType(at uint32) string {
	if j.Nodes[at].Kind != tree.KindObject {
		return ""
	}
	if m := j.Member(at, tree.KeyResourceType); m != 0 && j.Nodes[m].Kind == tree.KindString && validType(j.Raw(&j.Nodes[m])) {
		return string(j.Raw(&j.Nodes[m]))
	}
	return ""
}

// pathTo names the elements that lead from a resource to a node within it. What
// is no name of FHIR's ends it.
func (j *judge) pathTo(root, node uint32) string {
	path := append(make([]string, 0, mostPath), j.nameOfType(root))
	for at := root; at < node && node < j.Nodes[at].Next; {
		m := at + 1
		for node >= j.Nodes[m].Next {
			m = j.Nodes[m].Next
		}
		at = m
		name := j.NameOf(&j.Nodes[at])
		if len(name) == 0 {
			continue // an element of an array
		}
		if len(path) == mostPath || !isElementName(name) {
			break
		}
		path = append(path, string(name))
	}
	return strings.Join(path, ".")
}

// isElementName reports whether a member's name could be one of FHIR's.
func isElementName(name []byte) bool {
	name = bare(name)
	if len(name) == 0 || len(name) > 40 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for _, c := range name {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return c >= '0' && c <= '9'
		}
	}
	return true
}

// firstOdd is the first object whose members cannot be told apart, or string that
// is not whole.
func (j *judge) firstOdd(at uint32) uint32 {
	for m := at; m < j.Nodes[at].Next; m++ {
		if j.Nodes[m].Marks&tree.Odd != 0 {
			return m
		}
	}
	return at
}

// unplaced names the element by which a resource would be classified, and the
// first code there.
func (j *judge) unplaced(at uint32) (element, code string) {
	typ := j.nameOfType(at)
	for _, key := range []tree.KeyID{tree.KeyCategory, tree.KeyClass, j.typ.code} {
		node := uint32(0)
		if key != tree.KeyOther {
			node = j.Member(at, key)
		}
		if node == 0 {
			continue
		}
		name := typ + "." + string(j.NameOf(&j.Nodes[node]))
		if code := j.firstCode(node); code != "" {
			return name, code
		}
		return name + ".text", "" // words alone, or nothing
	}
	if j.typ.code == tree.KeyOther {
		return typ, ""
	}
	return typ + "." + tree.NameOfKey(j.typ.code), ""
}

// firstCode is the first "system|code" at or below a node, bounded.
func (j *judge) firstCode(node uint32) string {
	const most = 200
	for m := node; m < j.Nodes[node].Next; m++ {
		n := &j.Nodes[m]
		if n.Kind == tree.KindString && m == node || n.Kind == tree.KindString && len(j.NameOf(n)) == 0 {
			return bounded("|"+string(j.Decoded(n)), most) // a bare code
		}
		if n.Kind != tree.KindObject {
			continue
		}
		code, system := j.Member(m, tree.KeyCode), j.Member(m, tree.KeySystem)
		if code == 0 || j.Nodes[code].Kind != tree.KindString {
			continue
		}
		in := ""
		if system != 0 && j.Nodes[system].Kind == tree.KindString {
			in = string(j.Decoded(&j.Nodes[system]))
		}
		return bounded(in+"|"+string(j.Decoded(&j.Nodes[code])), most)
	}
	return ""
}

func bounded(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
