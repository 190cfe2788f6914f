package fhir

import (
	"bytes"
	"hash/fnv"
	"slices"
)

// Passed are the items of one page of a source's that were passed, each by a few bytes that
// stand for its name: two of a hundred are the same by chance once in a hundred million
// pages.
type Passed []byte

const passedSize = 5

// mostPassed is how many items are remembered: of a page of so many, and, of the first, half
// as many again that were on it once.
func (p *Page) mostPassed() (first, here int) {
	asked := max(leastAsked, p.req.PageSize())
	return asked + asked/2, asked
}

// RoomForPassed is how long a Position's names are at most, as JSON.
func (r Request) RoomForPassed() int {
	first, here := (&Page{req: r}).mostPassed()
	return (first + here) * passedSize * 4 / 3
}

func (p Passed) has(item []byte) bool {
	for at := 0; at+passedSize <= len(p); at += passedSize {
		if bytes.Equal(p[at:at+passedSize], item) {
			return true
		}
	}
	return false
}

// pass marks the matches that were passed.
func (c *cutter) pass(req Request, at Position) {
	if len(at.First) == 0 && len(at.Here) == 0 && at.Skip == 0 {
		return
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.mode != modeInclude {
			item := c.nameOf(req, e)
			e.passed = i < at.Skip || at.First.has(item[:]) || at.Here.has(item[:])
		}
	}
}

// remember keeps what has been passed of the page taken last, where another begins within
// it; and of the search's first page all that ever was, since it may come in another order,
// and what was on it be on the second.
func (p *Page) remember(c *cutter) {
	first, here := p.mostPassed()
	kept, most := &p.at.Here, here
	if p.beginning {
		kept, most = &p.at.First, first
	}
	passed := slices.Clone(*kept)
	matches := 0
	for i := range c.entries {
		e := &c.entries[i]
		if e.mode == modeInclude {
			continue
		}
		if matches++; e.passed || p.left >= 0 && i >= p.left {
			continue
		}
		item := c.nameOf(p.req, e)
		passed = append(passed, item[:]...)
	}
	if matches > here { // the source gives more than it was asked for
		if p.at.Here, p.at.First, p.at.Skip = nil, nil, 0; p.left > 0 {
			p.at.Skip = p.left
		}
		return
	}
	*kept = passed[max(0, len(passed)-most*passedSize):]
}

// nameOf stands for an item: by its type and id, and for a version, or what has none, by
// what it is.
func (c *cutter) nameOf(req Request, e *entry) (name [passedSize]byte) {
	h := fnv.New64a()
	if e.id != 0 && e.typ != nil && req.Interaction != History {
		_, _ = h.Write([]byte(e.typ.name))
		_, _ = h.Write([]byte("/"))
		_, _ = h.Write(c.Raw(&c.Nodes[e.id]))
	} else {
		r := &c.Nodes[e.resource]
		_, _ = h.Write(c.Body[r.Start:r.End])
	}
	sum := h.Sum64()
	sum ^= sum >> 40 // what is left out, mixed in
	for i := range name {
		name[i] = byte(sum >> (8 * i))
	}
	return name
}
