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
	causes  []Cause
	told    [3]Note
	base    []byte // the broker's base address, ready to stand in a string
}

// judgeEntries reads and judges every entry. Those that have no patient wait for
// what refers to them, and those that tell of others for these.
func (c *cutter) judgeEntries(entries uint32, asked string) (kept int) {
	c.entries, c.refs.texts = c.entries[:0], c.refs.texts[:0]
	if entries == 0 {
		return 0
	}
	for at := entries + 1; at < c.Nodes[entries].Next; at = c.Nodes[at].Next {
		c.entries = append(c.entries, c.entry(at))
	}
	if asked == "Observation" || asked == "DiagnosticReport" {
		c.judgeLenders(asked)
	}
	waiting := 0
	for i := range c.entries {
		e := &c.entries[i]
		if e.why == released && !e.judged {
			c.judgeEntry(e, asked)
		} else if !e.judged {
			c.causes = append(c.causes, Cause{Reason: reasonCodes[e.why]})
		}
		switch {
		case e.why != released:
		case e.typ.alone:
			waiting++
		default:
			kept++
		}
	}
	if waiting > 0 {
		kept += c.judgeCompany()
	}
	return kept
}

// judgeCompany judges what came along: an entry without a patient must be named by
// one that is released, and a Provenance speaks of nothing that is not.
func (c *cutter) judgeCompany() (kept int) {
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && !e.typ.alone {
			c.refs.collect(&c.document, e.resource)
		}
	}
	c.refs.index()
	var shown map[string]bool
	for i := range c.entries {
		e := &c.entries[i]
		if shown == nil && e.why == released && e.typ.beside {
			shown = c.shown()
		}
		switch {
		case e.why != released || !e.typ.alone:
			continue
		case e.typ.beside && c.speaksOfReleased(e, shown):
		case !e.typ.beside && c.refs.has(e.typ.name, c.Raw(&c.Nodes[e.id])):
		default:
			e.why = notReferenced
			c.causes = append(c.causes, Cause{Type: e.typ.name, Element: e.typ.name, Reason: reasonCodes[e.why]})
			continue
		}
		kept++
	}
	return kept
}

// speaksOfReleased reports whether everything that a Provenance is about is in
// this answer, and released.
func (c *cutter) speaksOfReleased(e *entry, shown map[string]bool) bool {
	targets := c.Member(e.resource, tree.KeyTarget)
	if targets == 0 || c.Nodes[targets].Kind != tree.KindArray || c.Nodes[targets].Next == targets+1 {
		return false
	}
	for t := targets + 1; t < c.Nodes[targets].Next; t = c.Nodes[t].Next {
		if typ, id := c.localReference(t); !shown[string(typ)+"/"+string(id)] {
			return false
		}
	}
	return true
}

// shown are the entries of a patient that are released, as "Type/id".
func (c *cutter) shown() map[string]bool {
	all := map[string]bool{}
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && !e.typ.alone {
			all[e.typ.name+"/"+string(c.Raw(&c.Nodes[e.id]))] = true
		}
	}
	return all
}

// judgeEntry judges the resource of an entry by the plan.
func (c *cutter) judgeEntry(e *entry, asked string) {
	e.judged = true
	e.why = c.resource(e.resource)
	e.typ, e.id, e.version, e.first = c.typ, c.id, c.version, c.first
	if e.why == released {
		e.why = c.inSearchset(e, asked)
	}
	c.explain(e, e.resource)
}

// inSearchset judges by where in the searchset a resource stands, and by the plan.
func (c *cutter) inSearchset(e *entry, asked string) reason {
	if e.mode == modeNone {
		e.mode = modeMatch
		if e.typ.name != asked {
			e.mode = modeInclude
		}
	}
	if e.mode == modeOutcome || e.mode == modeMatch && e.typ.name != asked || e.typ.alone && e.mode != modeInclude {
		return typeNotAllowed
	}
	return c.byPlan(e.resource)
}

// explain keeps why the entry that was judged last is withheld, or what was cut
// out of it.
func (c *cutter) explain(e *entry, at uint32) {
	if e.why != released {
		c.causes = append(c.causes, c.cause(at, e.why))
		return
	}
	if e.part = len(c.cuts) > 0; e.part {
		c.causes = c.cutCauses(c.causes, at)
	}
}

// byPlan holds a resource against the plan's categories and masks.
func (c *cutter) byPlan(at uint32) reason {
	if c.set == 0 {
		return categoryNotInPlan
	}
	if outside := c.set &^ c.allowed; outside != 0 {
		switch {
		case outside != 1<<c.classes.ids[unclassified]:
			return categoryNotInPlan
		case c.typ.placed:
			return typeNotAllowed
		}
		return notClassified
	}
	why := released
	if len(c.masked.masks) > 0 {
		why = c.cover(at)
	}
	if why == released && len(c.addresses) > 0 {
		c.seal(at)
	}
	return why
}

// searchsetOf writes the entries that are released, and only those.
func (c *cutter) searchsetOf(out []byte, self, next string, kept int, narrow bool, shape Shape) Filtered {
	out = slices.Grow(out, c.size(self, next))
	out = appendBundle(out, "searchset", self, next)
	f := Filtered{Released: make([]ReleasedItem, 0, kept), Causes: slices.Clone(c.causes)}
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
		if e.mode == modeInclude { // what comes along comes whole
			out = append(c.appendShaped(out, e.resource, e.typ.name, Shape{}, e.part), `,"search":{"mode":"include"}}`...)
		} else {
			out = append(c.appendShaped(out, e.resource, e.typ.name, shape, e.part), `,"search":{"mode":"match"}}`...)
		}
		sep = ","
		f.Released = append(f.Released, c.named(e))
	}
	for _, n := range c.notes(narrow) {
		out = append(append(out, sep...), noteEntries[n]...)
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

// size is how long the answer will be at most.
func (c *cutter) size(self, next string) int {
	const aroundBundle, aroundEntry = 160, 80
	n := aroundBundle + 2*(len(self)+len(next)) + maxNotes
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
	return ReleasedItem{Type: e.typ.name, Category: e.first, InPart: e.part}
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

// appendBundle opens a Bundle of the broker's own.
func appendBundle(out []byte, kind, self, next string) []byte {
	out = append(append(append(out, `{"resourceType":"Bundle","type":"`...), kind...), `","link":[{"relation":"self","url":`...)
	out = append(tree.AppendQuoted(out, self), '}')
	if next != "" {
		out = append(out, `,{"relation":"next","url":`...)
		out = append(tree.AppendQuoted(out, next), '}')
	}
	return append(out, ']')
}

// selfAddress is the address of a search, without what names the patient.
func selfAddress(base string, req Request) string {
	asked := req.asked()
	place := req.Place()
	size := len(base) + 1 + len(place)
	for _, p := range asked {
		size += len(p.Name) + len(p.Value) + 8
	}
	var out strings.Builder
	out.Grow(size)
	out.WriteString(base)
	out.WriteByte('/')
	out.WriteString(place)
	var param []byte
	sep := byte('?')
	for _, p := range asked {
		param = appendParam(param[:0], sep, p.Name, p.Value)
		out.Write(param)
		sep = '&'
	}
	return out.String()
}
