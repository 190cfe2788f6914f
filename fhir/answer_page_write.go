package fhir

import "slices"

// write writes the answer from one page of the source's, which is all that there is.
func (p *Page) write(c *cutter, fresh bool) {
	self := p.self()
	notes := p.notes(false, false, len(c.given) > 0)
	out := c.begin(p.room, p.size(self, "", notes)+c.size())
	out = appendBundle(out, p.kind(), self, "")
	p.cut = Filtered{Causes: slices.Concat(c.causes, c.late)}
	sep := `,"entry":[`
	c.names = c.names[:0]
	p.cut.Released = make([]ReleasedItem, 0, len(c.given))
	for n, i := range c.given {
		out = c.appendEntry(append(out, sep...), p.req, &c.entries[i], n >= len(c.given)-c.company)
		sep = ","
		p.cut.Released = append(p.cut.Released, c.named(&c.entries[i]))
	}
	c.shareNames(p.cut.Released)
	p.withheld(c, fresh)
	p.cut.Body = p.finish(out, sep, notes)
	c.spliced(&p.cut)
	p.written = true
}

// keep keeps what is given of one page of the source's, until the answer is written.
func (p *Page) keep(c *cutter, fresh bool) {
	kept := make([]byte, 0, c.size())
	var s sorting
	if p.req.Shape.Within != nil {
		s = sortingOf(p.req)
	}
	c.names = c.names[:0]
	items := make([]ReleasedItem, 0, len(c.given))
	for _, i := range c.given {
		items = append(items, c.named(&c.entries[i]))
	}
	c.shareNames(items)
	matches := len(c.given) - c.company
	for n, i := range c.given {
		e, from := &c.entries[i], len(kept)
		kept = c.appendEntry(kept, p.req, e, n >= matches)
		one := piece{text: kept[from:len(kept):len(kept)], item: items[n]}
		if n >= matches {
			p.company = append(p.company, one)
			continue
		}
		if p.req.Shape.Within != nil {
			one.by = c.sortedBy(s, e.resource)
			for k, key := range one.by.keys {
				one.by.keys[k] = slices.Clone(key)
				p.kept = append(p.kept, one.by.keys[k])
			}
			p.kept = append(p.kept, one.by.dates)
		}
		p.matches = append(p.matches, one)
	}
	p.kept = append(p.kept, kept)
	for i := range c.entries {
		if e := &c.entries[i]; e.given || p.counts(e, i, fresh) {
			p.cut.Causes = append(p.cut.Causes, c.causes[e.causes:e.causesEnd]...)
		}
	}
	p.cut.Causes = append(p.cut.Causes, c.late...)
	p.withheld(c, fresh)
}

// counts reports whether an entry that is withheld is one of this page's: each is counted
// once for all pages of a search.
func (p *Page) counts(e *entry, i int, fresh bool) bool {
	switch {
	case e.why == released:
		return false
	case e.mode == modeInclude:
		return fresh
	}
	return !e.passed && (p.left < 0 || i < p.left)
}

// withheld counts what is not shown.
func (p *Page) withheld(c *cutter, fresh bool) {
	for i := range c.entries {
		if e := &c.entries[i]; p.counts(e, i, fresh) {
			p.cut.withhold(c.codeOf(e.why))
		}
	}
}

// appendEntry writes an entry. What comes along comes whole, and so does a version.
func (c *cutter) appendEntry(out []byte, req Request, e *entry, along bool) []byte {
	out = append(append(out, `{"fullUrl":"`...), c.base...)
	out = append(append(append(append(out, '/'), e.typ.name...), '/'), c.Raw(&c.Nodes[e.id])...)
	out = append(out, `","resource":`...)
	switch {
	case req.Interaction == History:
		out = c.appendShaped(out, e.resource, e.typ.name, Shape{}, e.part)
		out = append(append(append(out, `,"request":{"method":"PUT","url":"`...), req.Type...), '/')
		return append(append(out, req.ID...), `"},"response":{"status":"200"}}`...)
	case along:
		return append(c.appendShaped(out, e.resource, e.typ.name, Shape{}, e.part), `,"search":{"mode":"include"}}`...)
	}
	return append(c.appendShaped(out, e.resource, e.typ.name, req.Shape, e.part), `,"search":{"mode":"match"}}`...)
}

// finish writes what is told beside the entries, and the end.
func (p *Page) finish(out []byte, sep string, notes []Note) []byte {
	for _, n := range notes {
		out = append(append(out, sep...), p.noteEntry(n)...)
		sep = ","
	}
	if sep == "," {
		out = append(out, ']')
	}
	return append(out, '}')
}

func (p *Page) kind() string {
	if p.req.Interaction == History {
		return "history"
	}
	return "searchset"
}

func (p *Page) self() string {
	if p.links.Self != "" {
		return p.links.Self
	}
	return selfAddress(p.links.Base, p.req)
}

// size is how long the answer will be at most, without what stands in a cutter.
func (p *Page) size(self, next string, notes []Note) int {
	const aroundBundle = 160
	n := aroundBundle + 2*(len(self)+len(next))
	for _, note := range notes {
		n += len(p.noteEntry(note)) + 1
	}
	for _, all := range [][]piece{p.matches, p.company} {
		for i := range all {
			n += len(all[i].text) + 1
		}
	}
	return n
}

// size is how long what is given will be at most.
func (c *cutter) size() (n int) {
	const aroundEntry = 160
	for _, i := range c.given {
		e := &c.entries[i]
		r := &c.Nodes[e.resource]
		n += aroundEntry + len(c.base) + 3*len(e.typ.name) + 2*len(c.Raw(&c.Nodes[e.id])) + int(r.End-r.Start)
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

// shareNames gives the items that are given their ids and versions.
func (c *cutter) shareNames(items []ReleasedItem) {
	all, at := string(c.names), 0
	for i := range items {
		e := &c.entries[c.given[i]]
		n := len(c.Raw(&c.Nodes[e.id]))
		items[i].ID = all[at : at+n]
		at += n
		if e.version != 0 {
			n = len(c.Raw(&c.Nodes[e.version]))
			items[i].Version = all[at : at+n]
			at += n
		}
	}
}
