package fhir

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// cutter judges and writes one answer. It is used again and again.
type cutter struct {
	judge
	entries []entry
	refs    references
	names   []byte
	allowed uint64 // the plan's categories, as a set of the classifier's
	base    []byte // the broker's base address, ready to stand in a string
}

// judgeEntries reads and judges every entry. Those that have no patient wait for
// what refers to them.
func (c *cutter) judgeEntries(entries uint32, asked string) (kept int) {
	c.entries, c.refs.texts = c.entries[:0], c.refs.texts[:0]
	if entries == 0 {
		return 0
	}
	waiting := 0
	for at := entries + 1; at < c.Nodes[entries].Next; at = c.Nodes[at].Next {
		e := c.entry(at)
		if e.why == released {
			c.judgeEntry(&e, asked)
		}
		if e.why == released {
			if e.typ.alone {
				waiting++
			} else {
				kept++
			}
		}
		c.entries = append(c.entries, e)
	}
	if waiting == 0 {
		return kept
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && !e.typ.alone {
			c.refs.collect(&c.document, e.resource)
		}
	}
	c.refs.index()
	for i := range c.entries {
		e := &c.entries[i]
		if e.why != released || !e.typ.alone {
			continue
		}
		if !c.refs.has(e.typ.name, c.Raw(&c.Nodes[e.id])) {
			e.why = notReferenced
			continue
		}
		kept++
	}
	return kept
}

// judgeEntry judges the resource of an entry by the plan.
func (c *cutter) judgeEntry(e *entry, asked string) {
	e.why = c.resource(e.resource)
	e.typ, e.id, e.version, e.first = c.typ, c.id, c.version, c.first
	if e.why != released {
		return
	}
	if e.mode == modeNone {
		e.mode = modeMatch
		if e.typ.name != asked {
			e.mode = modeInclude
		}
	}
	switch {
	case e.mode == modeOutcome, e.mode == modeMatch && e.typ.name != asked, e.typ.alone && e.mode != modeInclude:
		e.why = typeNotAllowed
	default:
		e.why = c.byPlan(e.resource)
	}
}

// byPlan holds a resource against the plan's categories and masks.
func (c *cutter) byPlan(at uint32) reason {
	if c.set&^c.allowed != 0 || c.set == 0 {
		return categoryNotInPlan
	}
	if len(c.masks) > 0 {
		return c.cover(at)
	}
	return released
}

// searchsetOf writes the entries that are released, and only those.
func (c *cutter) searchsetOf(out []byte, self, next string, kept int, narrow bool) Filtered {
	out = slices.Grow(out, c.size(self, next))
	out = appendSearchset(out, self, next)
	f := Filtered{Released: make([]ReleasedItem, 0, kept)}
	c.names = c.names[:0]
	sep := `,"entry":[`
	for i := range c.entries {
		e := &c.entries[i]
		if e.why != released {
			f.withhold(e.why)
			continue
		}
		id := c.Raw(&c.Nodes[e.id])
		out = append(out, sep...)
		out = append(out, `{"fullUrl":"`...)
		out = append(out, c.base...)
		out = append(append(append(append(out, '/'), e.typ.name...), '/'), id...)
		out = append(out, `","resource":`...)
		out = c.Append(out, e.resource)
		if e.mode == modeInclude {
			out = append(out, `,"search":{"mode":"include"}}`...)
		} else {
			out = append(out, `,"search":{"mode":"match"}}`...)
		}
		sep = ","
		f.Released = append(f.Released, c.named(e))
	}
	if note := note(f.Withheld != nil, narrow); note != "" {
		out = append(append(out, sep...), note...)
		sep = ","
	}
	for _, n := range c.owner.Notes {
		if n == KnownByAnotherNumber && len(f.Released) == 0 {
			continue // nobody is shown, so nobody is named
		}
		out = append(append(out, sep...), noteEntries[n]...)
		sep = ","
	}
	if sep == "," {
		out = append(out, ']')
	}
	f.Body = append(out, '}')
	c.shareNames(f.Released)
	return f
}

// note is the entry that tells of what is not shown.
func note(withheld, narrow bool) string {
	switch {
	case narrow:
		return perhapsEntry
	case withheld:
		return withheldEntry
	default:
		return ""
	}
}

// size is how long the answer will be at most.
func (c *cutter) size(self, next string) int {
	const aroundBundle, aroundEntry = 160, 80
	n := aroundBundle + 2*(len(self)+len(next)) + max(len(withheldEntry), len(perhapsEntry))
	for _, note := range c.owner.Notes {
		n += len(noteEntries[note]) + 1
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released {
			r := &c.Nodes[e.resource]
			n += aroundEntry + len(c.base) + len(e.typ.name) + 64 + int(r.End-r.Start)
		}
	}
	return n
}

// named is a released entry for the record. Its id and version are only
// measured here: shareNames puts all of them into one string.
func (c *cutter) named(e *entry) ReleasedItem {
	c.names = append(c.names, c.Raw(&c.Nodes[e.id])...)
	if e.version != 0 {
		c.names = append(c.names, c.Raw(&c.Nodes[e.version])...)
	}
	return ReleasedItem{Type: e.typ.name, Category: e.first}
}

func (c *cutter) shareNames(items []ReleasedItem) {
	all, at := string(c.names), 0
	i := 0
	for k := range c.entries {
		e := &c.entries[k]
		if e.why != released {
			continue
		}
		n := len(c.Raw(&c.Nodes[e.id]))
		items[i].ID = all[at : at+n]
		at += n
		if e.version != 0 {
			n = len(c.Raw(&c.Nodes[e.version]))
			items[i].Version = all[at : at+n]
			at += n
		}
		i++
	}
}

// withheldEntry tells that something is not shown, in the same words whatever
// and however much it was.
var withheldEntry = outcomeEntry("some-information-withheld", "Some information is not shown.")

// appendSearchset opens a searchset of the broker's own.
func appendSearchset(out []byte, self, next string) []byte {
	out = append(out, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":`...)
	out = append(tree.AppendQuoted(out, self), '}')
	if next != "" {
		out = append(out, `,{"relation":"next","url":`...)
		out = append(tree.AppendQuoted(out, next), '}')
	}
	return append(out, ']')
}

// selfAddress is the address of a search, without what names the patient.
func selfAddress(base string, req Request) string {
	size := len(base) + 1 + len(req.Type)
	for _, p := range req.Params {
		size += len(p.Name) + len(p.Value) + 8
	}
	var out strings.Builder
	out.Grow(size)
	out.WriteString(base)
	out.WriteByte('/')
	out.WriteString(req.Type)
	var param []byte
	sep := byte('?')
	for _, p := range req.Params {
		param = appendParam(param[:0], sep, p.Name, p.Value)
		out.Write(param)
		sep = '&'
	}
	return out.String()
}
