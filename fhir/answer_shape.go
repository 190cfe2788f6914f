package fhir

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// subsetted marks a resource that is shown in part (R4 §3.1.1.5.8): the client asked
// for no more, or an element could not be shown.
const subsetted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// appendShaped adds a resource as it may be shown, less what the client did not ask
// for. What is asked for is only ever taken from what is shown: it brings nothing
// back that was cut. One that is shown in part is marked so, whatever was asked for.
func (c *cutter) appendShaped(out []byte, at uint32, typ string, s Shape, part bool) []byte {
	known := r4.Of(typ)
	if s.Summary == "" && s.Elements == nil || known == nil {
		if part {
			return c.appendSubset(out, at)
		}
		return c.Append(out, at)
	}
	inside := uint32(0)
	for m := at + 1; m < c.Nodes[at].Next; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		switch {
		case n.Marks&tree.Drop != 0:
		case n.Key == tree.KeyContained:
			inside = m
		case !c.wants(m, known, s):
			n.Marks |= tree.Drop
		case s.Summary == "true":
			if e := r4.Find(known.Elements, string(c.NameOf(n))); e != nil {
				c.summarise(m, e)
			}
		}
	}
	// Contained resources go with what refers to them: a medicine that is named by one
	// is not a medicine without a name.
	if inside != 0 && s.Summary != "data" && !c.refersInside(at, inside) {
		c.Nodes[inside].Marks |= tree.Drop
	}
	return c.appendSubset(out, at)
}

// wants says that a member of the first level is asked for. What must be there, and
// what changes the meaning of the rest, always is.
func (c *cutter) wants(m uint32, known *r4.Type, s Shape) bool {
	switch c.Nodes[m].Key {
	case tree.KeyResourceType, tree.KeyElementID, tree.KeyMeta, tree.KeyModifierExtension:
		return true
	case tree.KeyText:
		return s.Summary == "text" || slices.Contains(s.Elements, "text")
	}
	e := r4.Find(known.Elements, string(c.NameOf(&c.Nodes[m])))
	if e == nil {
		return s.Summary == "data" // what R4 does not know is the source's own
	}
	switch {
	case e.Mandatory, e.Modifier, s.Summary == "data":
		return true
	case s.Summary == "true":
		return e.Summary
	}
	return slices.Contains(s.Elements, e.Name)
}

// summarise takes out of an element what is in no summary, and with the last of it the
// element: FHIR knows no empty ones.
func (c *cutter) summarise(at uint32, e *r4.Element) {
	n := &c.Nodes[at]
	if n.Kind != tree.KindArray && n.Kind != tree.KindObject || !e.Backbone && !e.Attachment {
		return
	}
	left := false
	for m := at + 1; m < n.Next; m = c.Nodes[m].Next {
		member := &c.Nodes[m]
		if member.Marks&tree.Drop == 0 {
			c.summariseMember(m, e, n.Kind)
		}
		left = left || member.Marks&tree.Drop == 0
		if member.Marks&(tree.Drop|tree.Dirty) != 0 {
			n.Marks |= tree.Dirty
		}
	}
	if !left {
		n.Marks |= tree.Drop
	}
}

// summariseMember does so with an item of an array, or a member of an object.
func (c *cutter) summariseMember(m uint32, e *r4.Element, in tree.Kind) {
	if in == tree.KindArray {
		c.summarise(m, e)
		return
	}
	member := &c.Nodes[m]
	name := string(c.NameOf(member))
	if e.Attachment {
		if strings.TrimPrefix(name, "_") == "data" {
			member.Marks |= tree.Drop
		}
		return
	}
	switch below := r4.Find(e.Below, name); {
	case below != nil:
		c.summarise(m, below)
	case member.Key != tree.KeyElementID && member.Key != tree.KeyModifierExtension:
		member.Marks |= tree.Drop
	}
}

// refersInside says that something that is shown refers to a contained resource.
func (c *cutter) refersInside(at, inside uint32) bool {
	for m := at + 1; m < c.Nodes[at].Next; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		if n.Marks&tree.Drop != 0 || m == inside {
			continue
		}
		switch n.Kind {
		case tree.KindString:
			if n.Key == tree.KeyReference && bytes.HasPrefix(c.Released(n), []byte{'#'}) {
				return true
			}
		case tree.KindArray, tree.KindObject:
			if c.refersInside(m, inside) {
				return true
			}
		}
	}
	return false
}

// appendSubset adds what is left of a resource, with the mark that it is a part.
func (c *cutter) appendSubset(out []byte, at uint32) []byte {
	out = append(out, '{')
	marked := false
	for m := at + 1; m < c.Nodes[at].Next; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		if n.Marks&tree.Drop != 0 {
			continue
		}
		out = c.appendName(out, m)
		if n.Key == tree.KeyMeta && n.Kind == tree.KindObject {
			out, marked = c.appendMeta(out, m), true
		} else {
			out = c.Append(out, m)
		}
	}
	if !marked {
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(append(append(out, `"meta":{"tag":[`...), subsetted...), "]}"...)
	}
	return append(out, '}')
}

// appendMeta adds meta with the mark among its tags.
func (c *cutter) appendMeta(out []byte, at uint32) []byte {
	out = append(out, '{')
	marked := false
	for m := at + 1; m < c.Nodes[at].Next; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		if n.Marks&tree.Drop != 0 || n.Kind != tree.KindArray && tree.EqualFold(c.NameOf(n), "tag") {
			continue // a tag that is no list is none, and there are no two
		}
		out = c.appendName(out, m)
		out = c.Append(out, m)
		if !marked && n.Kind == tree.KindArray && string(c.NameOf(n)) == "tag" {
			marked = true
			if out = out[:len(out)-1]; out[len(out)-1] != '[' {
				out = append(out, ',')
			}
			out = append(append(out, subsetted...), ']')
		}
	}
	if !marked {
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(append(append(out, `"tag":[`...), subsetted...), ']')
	}
	return append(out, '}')
}

// appendName adds a member's name, and the comma before it.
func (c *cutter) appendName(out []byte, m uint32) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	out = append(out, '"')
	out = append(out, c.NameOf(&c.Nodes[m])...)
	return append(out, '"', ':')
}
