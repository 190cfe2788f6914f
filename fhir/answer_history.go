package fhir

import (
	"slices"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// judgeVersions reads and judges the entries of the history of one item. Each version is
// judged by itself, as the entry of a searchset is: one may be another patient's, or
// labelled, where the next is not. What leaves is a Bundle of the broker's own: of the
// source's entries the resource alone, since a time or an ETag beside it would tell of what
// is not shown. A version that was deleted is no version that can be shown.
//
// As a read does, a history says nothing of what it does not show.
func (c *cutter) judgeVersions(entries uint32, req Request) {
	c.entries, c.given, c.company = c.entries[:0], c.given[:0], 0
	if entries == 0 {
		return
	}
	c.entries = slices.Grow(c.entries, c.items(entries))
	for at := entries + 1; at < c.Nodes[entries].Next; at = c.Nodes[at].Next {
		e := c.entry(at)
		if c.isDeletion(at) {
			continue
		}
		if e.why != released {
			c.blame(&e, Cause{Reason: c.codeOf(e.why)})
			c.entries = append(c.entries, e)
			continue
		}
		e.mode = modeMatch // whatever it says: a history has no other
		c.judgeEntry(&e, req.Type)
		if e.why == released && (e.typ.name != req.Type || string(c.Raw(&c.Nodes[e.id])) != req.ID) {
			e.why = typeNotAllowed // of another item, which was not asked for
		}
		c.entries = append(c.entries, e)
	}
}

// isDeletion says that an entry of a history tells of a deletion (R4 §3.1.0.13).
func (c *cutter) isDeletion(at uint32) bool {
	request := c.memberNamed(at, "request")
	if request == 0 {
		return false
	}
	method := c.memberNamed(request, "method")
	return method != 0 && c.Is(&c.Nodes[method], "DELETE")
}

// memberNamed finds the first member with a name that is none of the tree's keys.
func (d *document) memberNamed(at uint32, name string) uint32 {
	if d.Nodes[at].Kind != tree.KindObject {
		return 0
	}
	for m := at + 1; m < d.Nodes[at].Next; m = d.Nodes[m].Next {
		if string(d.NameOf(&d.Nodes[m])) == name {
			return m
		}
	}
	return 0
}
