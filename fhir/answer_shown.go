package fhir

import (
	"bytes"
	"hash/maphash"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// shown finds the entries that are given by type and id.
type shown struct {
	table []uint32 // open addressing: a place in the cutter's given, plus one
}

var shownSeed = maphash.MakeSeed()

// indexGiven makes the entries of the page findable.
func (c *cutter) indexGiven() {
	size := 16
	for size < 2*len(c.given) {
		size *= 2
	}
	if cap(c.shown.table) < size {
		c.shown.table = make([]uint32, size)
	}
	c.shown.table = c.shown.table[:size]
	clear(c.shown.table)
	for place, i := range c.given {
		e := &c.entries[i]
		c.shown.table[c.slotOf(e.typ.name, c.Raw(&c.Nodes[e.id]))] = uint32(place + 1)
	}
}

// slotOf finds where an entry is, or would be, in the table.
func (c *cutter) slotOf(typ string, id []byte) int {
	last := len(c.shown.table) - 1
	at := int(maphash.Bytes(shownSeed, id)) & last
	for ; c.shown.table[at] != 0; at = (at + 1) & last {
		if e := &c.entries[c.given[c.shown.table[at]-1]]; e.typ.name == typ && bytes.Equal(c.Raw(&c.Nodes[e.id]), id) {
			break
		}
	}
	return at
}

// placeOf says where on the page that which a reference leads to is, or -1. A version of it
// may be another than the one that is.
func (c *cutter) placeOf(reference []byte) int {
	form, typ, id, _ := readReference(reference, nil)
	if form != refLocal || bytes.Contains(reference, historyPart) {
		return -1
	}
	known := resourceTypes[string(typ)]
	if known == nil {
		return -1
	}
	return int(c.shown.table[c.slotOf(known.name, id)]) - 1
}

// restore puts back what the matches of a page say of what came along with them. It is
// what they were asked to bring, and is there whatever else the source has put on the same
// page: whether two matches stand on one page depends on what is withheld between them, so
// what one says of another that it did not bring stays out. Masks take what they name in
// any case, so with masks nothing is put back.
func (c *cutter) restore(req Request) {
	if len(c.taken) == 0 || len(c.masked.masks) > 0 || len(c.given) < 2 {
		return
	}
	along := included(req)
	if c.company == 0 && along.all {
		return
	}
	c.indexGiven()
	for _, i := range c.given[:len(c.given)-c.company] {
		if e := &c.entries[i]; e.takenTo > e.takenFrom {
			c.restoreIn(e, along)
		}
	}
}

func (c *cutter) restoreIn(e *entry, along inclusion) {
	all := !e.unshown && !e.part && !e.typ.tells
	for _, t := range c.taken[e.takenFrom:e.takenTo] {
		switch {
		case t.reference == 0:
		case !c.brought(e, t.reference, along):
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

// brought reports whether a match of the page brought what a reference of its leads to.
func (c *cutter) brought(e *entry, reference uint32, along inclusion) bool {
	place := c.placeOf(c.Released(&c.Nodes[reference]))
	if place < 0 {
		return false
	}
	if along.all {
		return place >= len(c.given)-c.company
	}
	for _, element := range along.elements {
		if at := c.memberOf(e.resource, along.known, element); at != 0 && at < reference && reference < c.Nodes[at].Next {
			return true
		}
	}
	return false
}
