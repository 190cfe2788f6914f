package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// hideAddresses takes the source's own addresses out of what is released (attack 102):
// whatever names one of its hosts. The system of a code or an identifier, and the name of
// an extension, become the broker's: without them what they name would mean something
// else. Out of words the address alone is cut; any other string goes. Most answers have
// none, and cost a look at their bytes.
func (c *cutter) hideAddresses() {
	c.late = c.late[:0]
	if c.source.None() {
		return
	}
	for _, i := range c.given {
		e := &c.entries[i]
		if n := &c.Nodes[e.resource]; c.source.Within(c.Body[n.Start:n.End], c.ASCII) {
			c.hideIn(e)
		}
	}
}

func (c *cutter) hideIn(e *entry) {
	if !c.hide(e.resource, false) {
		return
	}
	n := &c.Nodes[e.resource]
	n.Marks = n.Marks&^tree.Drop | tree.Dirty
	for m := e.resource + 1; m < n.Next; m = c.Nodes[m].Next {
		// Rules that are not told change what the rest means (R4 §2.26.3.2).
		if c.Nodes[m].Marks&tree.Drop != 0 && string(c.NameOf(&c.Nodes[m])) == "implicitRules" {
			e.part = true
			c.late = append(c.late, Cause{Type: e.typ.name, Element: e.typ.name + ".implicitRules", Reason: InPart})
		}
	}
}

// hide does so in an array or an object, and reports whether anything is changed.
func (c *cutter) hide(at uint32, extension bool) (changed bool) {
	n := &c.Nodes[at]
	for m := at + 1; m < n.Next; m = c.Nodes[m].Next {
		child := &c.Nodes[m]
		switch {
		case child.Marks&tree.Drop != 0:
		case child.Kind == tree.KindString:
			changed = c.hideString(m, extension) || changed
		case child.Kind >= tree.KindArray:
			named := child.Key == tree.KeyExtension || child.Key == tree.KeyModifierExtension
			if n.Kind == tree.KindArray {
				named = extension
			}
			if c.hide(m, named) {
				changed = true
				c.unpair(at, m)
			}
		}
	}
	if changed {
		c.settle(at)
		if div := c.memberNamed(at, "div"); n.Key == tree.KeyText && div != 0 && c.Nodes[div].Marks&tree.Drop != 0 {
			n.Marks |= tree.Drop // a narrative without its words is none
		}
	}
	return changed
}

// hideString judges one string. extension: it stands in an extension.
func (c *cutter) hideString(at uint32, extension bool) (changed bool) {
	n := &c.Nodes[at]
	if n.Key == tree.KeyElementID || n.Key == tree.KeyResourceType || n.Marks&tree.Swapped != 0 {
		return false
	}
	text := c.Released(n)
	switch {
	case !c.source.Named(text):
		return false
	case n.Key == tree.KeySystem || n.Key == tree.KeyURL && extension:
		c.Swap(at, c.public+c.source.Rest(text))
	case !bytes.ContainsAny(text, " \t\r\n<"):
		n.Marks |= tree.Drop
	default:
		words := c.source.Without(text)
		if c.source.Named(words) {
			n.Marks |= tree.Drop // in a disguise of its own
		} else {
			c.Swap(at, string(words))
		}
	}
	return true
}

// unpair drops the twin of an array ("_profile") that has lost an item: an item's place
// is what joins it to its twin.
func (c *cutter) unpair(object, array uint32) {
	n := &c.Nodes[array]
	if n.Kind != tree.KindArray || c.Nodes[object].Kind != tree.KindObject || array+1 >= n.Next || c.Nodes[array+1].Kind > tree.KindString {
		return
	}
	lost := false
	for i := array + 1; i < n.Next; i = c.Nodes[i].Next {
		lost = lost || c.Nodes[i].Marks&tree.Drop != 0
	}
	for m := object + 1; lost && m < c.Nodes[object].Next; m = c.Nodes[m].Next {
		if name := c.NameOf(&c.Nodes[m]); len(name) > 0 && name[0] == '_' && string(name[1:]) == string(c.NameOf(n)) {
			c.Nodes[m].Marks |= tree.Drop
		}
	}
}
