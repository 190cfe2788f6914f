package fhir

import (
	"bytes"
	"hash/maphash"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// shown finds the entries that are released by type and id.
type shown struct {
	table []uint32 // open addressing: index into the cutter's entries, plus one
	made  bool
}

var shownSeed = maphash.MakeSeed()

// index makes the released entries findable; those without a patient too if company.
func (c *cutter) indexShown(company bool) {
	size := 16
	for size < 2*len(c.entries) {
		size *= 2
	}
	if cap(c.shown.table) < size {
		c.shown.table = make([]uint32, size)
	}
	c.shown.table, c.shown.made = c.shown.table[:size], true
	clear(c.shown.table)
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && (company || !e.typ.alone) {
			c.shown.table[c.slotOf(e.typ.name, c.Raw(&c.Nodes[e.id]))] = uint32(i + 1)
		}
	}
}

// slotOf finds where an entry is, or would be, in the table.
func (c *cutter) slotOf(typ string, id []byte) int {
	last := len(c.shown.table) - 1
	at := int(maphash.Bytes(shownSeed, id)) & last
	for ; c.shown.table[at] != 0; at = (at + 1) & last {
		if e := &c.entries[c.shown.table[at]-1]; e.typ.name == typ && bytes.Equal(c.Raw(&c.Nodes[e.id]), id) {
			break
		}
	}
	return at
}

// isShown says that what a reference leads to is released in this answer. A version of
// it may be another than the one that is.
func (c *cutter) isShown(reference []byte) bool {
	form, typ, id, _ := readReference(reference, nil)
	if form != refLocal || bytes.Contains(reference, historyPart) {
		return false
	}
	known := resourceTypes[string(typ)]
	return known != nil && c.shown.table[c.slotOf(known.name, id)] != 0
}

// restore puts back what the released entries say of each other. Masks take what they
// name in any case, so with masks nothing is put back.
func (c *cutter) restore() {
	if len(c.taken) == 0 || len(c.masked.masks) > 0 {
		return
	}
	c.shown.made = false
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && e.takenTo > e.takenFrom {
			if !c.shown.made {
				c.indexShown(true)
			}
			c.restoreIn(e)
		}
	}
}

func (c *cutter) restoreIn(e *entry) {
	all := !e.unshown && !e.part && !e.typ.tells
	for _, t := range c.taken[e.takenFrom:e.takenTo] {
		switch {
		case t.reference == 0:
		case !c.isShown(c.Released(&c.Nodes[t.reference])):
			all = false
		case t.node != 0:
			c.Nodes[t.node].Marks &^= tree.Drop
		}
	}
	for _, t := range c.taken[e.takenFrom:e.takenTo] {
		if all && t.reference == 0 {
			c.Nodes[t.node].Marks &^= tree.Drop
		}
	}
}
