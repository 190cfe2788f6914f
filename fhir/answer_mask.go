package fhir

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// mask is one element, extension or type that is taken out.
type mask struct {
	typ  string   // "*" for every type
	path []string // names of elements; nil for an extension or a whole type
	url  string   // of extensions
	deep bool     // of every object, at any depth
	kept string   // a type or an element that the mask of every element leaves
}

// everything is the last part of a mask of every element.
const everything = "*"

// every says that the mask takes every element that is not kept.
func (m *mask) every() bool { return m.deep && m.path[0] == everything }

// The data types that a mask can name besides resource types.
const (
	elementType   = "Element" // FHIR's word for every part of a resource
	conceptType   = "CodeableConcept"
	referenceType = "Reference"
)

// errMask says that a mask cannot be read, so that nothing may be released.
var errMask = errors.New("not a mask")

func parseMask(s string) (mask, error) {
	if kept, ok := strings.CutPrefix(s, "keep("); ok {
		kept, ok = strings.CutSuffix(kept, ")")
		for name := range strings.SplitSeq(strings.TrimSuffix(kept, "."+everything), ".") {
			ok = ok && isName(name)
		}
		if !ok {
			return mask{}, fmt.Errorf("reading mask %q: %w: want keep(type) or keep(Type.element)", s, errMask)
		}
		return mask{kept: kept}, nil
	}
	typ, rest, dotted := strings.Cut(s, ".")
	m := mask{typ: typ}
	known := resourceTypes[typ] != nil
	if typ == elementType {
		m.typ, m.deep = "*", true
	}
	if !dotted {
		if !known {
			return m, fmt.Errorf("reading mask %q: %w: no such type", s, errMask)
		}
		return m, nil
	}
	if url, ok := strings.CutPrefix(rest, "extension("); ok {
		m.url, ok = strings.CutSuffix(url, ")")
		if !ok || m.url == "" || !known && typ != "*" {
			return m, fmt.Errorf("reading mask %q: %w: want Type.extension(url)", s, errMask)
		}
		return m, nil
	}
	m.path = strings.Split(rest, ".")
	if m.deep && rest == everything {
		return m, nil
	}
	for _, name := range m.path {
		if !isName(name) {
			return m, fmt.Errorf("reading mask %q: %w: %q is no element", s, errMask, name)
		}
	}
	switch {
	case typ == referenceType && (rest == "display" || rest == "identifier"):
	case typ == conceptType && rest == "text":
	case !known && m.typ != "*":
		return m, fmt.Errorf("reading mask %q: %w: no such type", s, errMask)
	case m.path[0] == "resourceType" || m.path[0] == "id":
		return m, fmt.Errorf("reading mask %q: %w: a resource must keep its type and id", s, errMask)
	}
	return m, nil
}

// isName says that a text may be the name of an element, or of a choice of them.
func isName(s string) bool {
	bare := strings.TrimSuffix(s, "[x]")
	return bare != "" && strings.IndexFunc(bare, notLetter) < 0
}

// notLetter: names of elements are letters, and in "valueBase64Binary" digits.
func notLetter(r rune) bool { return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') }

// is says that the mask is for resources of a type.
func (m *mask) is(typ string) bool { return m.typ == "*" || m.typ == typ }

// whole says that the mask takes a whole type.
func (m *mask) whole() bool { return m.path == nil && m.url == "" }

// names says that an element is the one of this name, "value[x]" standing for
// valueString and all its like, or its twin ("_birthDate").
func names(segment string, name []byte) bool {
	if len(name) > 0 && name[0] == '_' {
		name = name[1:]
	}
	if stem, ok := strings.CutSuffix(segment, "[x]"); ok {
		return len(name) > len(stem) && string(name[:len(stem)]) == stem && name[len(stem)]&0x20 == 0
	}
	return string(name) == segment
}

// copies gives the extension values that hold what an element holds.
func copies(element string) tree.KeyID {
	switch element {
	case "address":
		return tree.KeyValueAddress
	case "telecom":
		return tree.KeyValueContactPoint
	case "name":
		return tree.KeyValueHumanName
	}
	return tree.KeyOther
}

// cover applies the plan's masks to a resource that is to be released, and to
// what it contains. It reports masked when the resource's own type is masked.
func (j *judge) cover(at uint32) reason {
	for i := range j.masked.masks {
		if j.masked.masks[i].whole() && j.masked.masks[i].typ == j.typ.name {
			return masked
		}
	}
	if j.coverResource(at, j.typ) {
		j.Nodes[at].Marks |= tree.Dirty
	}
	return released
}

// coverResource masks one resource. It reports whether anything is dropped.
func (j *judge) coverResource(at uint32, typ *resourceType) (changed bool) {
	elements := false
	for i := range j.masked.masks {
		m := &j.masked.masks[i]
		if !m.is(typ.name) {
			continue
		}
		if elements = true; m.path != nil && !m.deep {
			changed = j.dropPath(at, m.path) || changed
		}
	}
	if j.masked.kinds != nil {
		changed = j.coverKinds(at, typ) || changed
	}
	changed = j.coverDeep(at) || changed
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		switch {
		case n.Marks&tree.Drop != 0:
		case n.Key == tree.KeyText && elements && n.Kind == tree.KindObject:
			// The narrative says in words what the elements say.
			n.Marks |= tree.Drop
			changed = true
		case n.Key == tree.KeyContained:
			changed = j.coverContained(m) || changed
		default:
			changed = j.coverBelow(m, typ, n.Key == tree.KeyExtension || n.Key == tree.KeyModifierExtension) || changed
		}
	}
	return changed
}

// coverContained masks contained resources, and drops those of masked types.
func (j *judge) coverContained(at uint32) (changed bool) {
	for c := at + 1; c < j.Nodes[at].Next; c = j.Nodes[c].Next {
		if j.Nodes[c].Marks&tree.Drop != 0 {
			continue
		}
		typ := j.typeInside(c)
		if typ == nil { // nothing is known of what it may tell
			j.Nodes[c].Marks |= tree.Drop
			changed = true
			continue
		}
		gone := false
		for i := range j.masked.masks {
			gone = gone || j.masked.masks[i].whole() && j.masked.masks[i].typ == typ.name
		}
		switch {
		case gone:
			j.Nodes[c].Marks |= tree.Drop
			changed = true
		case j.coverResource(c, typ):
			j.Nodes[c].Marks |= tree.Dirty
			changed = true
		}
	}
	if changed {
		j.settle(at)
	}
	return changed
}

// dropPath drops the elements that a path leads to.
func (j *judge) dropPath(at uint32, path []string) (changed bool) {
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		switch {
		case n.Marks&tree.Drop != 0:
		case j.Nodes[at].Kind == tree.KindArray:
			changed = n.Kind >= tree.KindArray && j.dropPath(m, path) || changed
		case !names(path[0], j.NameOf(n)):
		case len(path) == 1:
			n.Marks |= tree.Drop
			changed = true
		case n.Kind >= tree.KindArray:
			changed = j.dropPath(m, path[1:]) || changed
		}
	}
	if changed && j.Member(at, tree.KeyResourceType) == 0 {
		j.settle(at)
	}
	return changed
}
