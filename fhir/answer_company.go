package fhir

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// give chooses the matches of a page: those that are shown and were not passed, and no more
// than most. rest is the entry of the first that is left over, -1 for none.
func (c *cutter) give(most int) (rest int) {
	for i := range c.entries {
		e := &c.entries[i]
		if e.why != released || e.mode != modeMatch || e.passed {
			continue
		}
		if len(c.given) >= most {
			return i
		}
		e.given = true
		c.given = append(c.given, uint32(i))
	}
	return -1
}

// unclearCompany reports whether something came along that cannot be read or placed.
func (c *cutter) unclearCompany() bool {
	return slices.ContainsFunc(c.entries, func(e entry) bool { return e.mode == modeInclude && e.why.note() == SomeNotUnderstood })
}

// accompany chooses what comes along with the matches that are given: what they refer to
// where that was asked for, and a Provenance that speaks of nothing that is not shown. What
// came along with an item that is withheld, or with one of another page, would tell of it.
// whole: all matches of the source's page are given, so the rest belongs to none.
func (c *cutter) accompany(req Request, whole bool) {
	matches := len(c.given)
	if matches > 0 {
		c.follow(req)
		c.besides()
	}
	c.company = len(c.given) - matches
	slices.SortStableFunc(c.given[matches:], func(a, b uint32) int {
		x, y := &c.entries[a], &c.entries[b]
		return cmp.Or(strings.Compare(x.typ.name, y.typ.name), bytes.Compare(c.Raw(&c.Nodes[x.id]), c.Raw(&c.Nodes[y.id])))
	})
	if !whole {
		return
	}
	for i := range c.entries {
		e := &c.entries[i]
		// That one could not be read is told where something that is shown named it: else it
		// came along with what is withheld, and would tell of that (attack 305).
		unclear := e.why.note() == SomeNotUnderstood && e.typ != nil && e.id != 0 && (matches == 0 || !c.refs.has(e.typ.name, c.Raw(&c.Nodes[e.id])))
		if e.mode == modeInclude && !e.given && (e.why == released || unclear) {
			e.why = notReferenced
			c.blame(e, Cause{Type: e.typ.name, Element: e.typ.name, Reason: c.codeOf(e.why)})
		}
	}
}

// along adds an entry to those that come along.
func (c *cutter) along(i int) {
	c.entries[i].given = true
	c.given = append(c.given, uint32(i))
}

// follow goes from the matches to what they refer to, one step and no further but to the
// results of a report's panels: what comes along brings nothing along. A match of the source's page that is left for another of the
// client's comes along too: a source gives as an include only what is no match of the same
// page, so where its pages end would make the difference.
func (c *cutter) follow(req Request) {
	along := included(req)
	c.refs.texts = c.refs.texts[:0]
	for _, i := range c.given { // matches alone, as yet
		if along.all {
			c.refs.collect(&c.document, c.entries[i].resource)
			continue
		}
		for _, element := range along.elements {
			if at := c.memberOf(c.entries[i].resource, along.known, element); at != 0 {
				c.refs.collect(&c.document, at)
			}
		}
	}
	from := len(c.given)
	for depth := 0; depth < mostPanels; depth++ {
		c.refs.index()
		for i := range c.entries {
			e := &c.entries[i]
			if e.why != released || e.given || e.typ.beside || e.mode == modeMatch && (along.all || depth > 0) {
				continue
			}
			if c.refs.has(e.typ.name, c.Raw(&c.Nodes[e.id])) {
				c.along(i)
			}
		}
		again := false
		for _, i := range c.given[from:] { // panels, which a report names, name their results
			e := &c.entries[i]
			if members := c.Member(e.resource, tree.KeyHasMember); members != 0 && e.typ.name != req.Type {
				c.refs.collect(&c.document, members)
				again = true
			}
		}
		if from = len(c.given); !again {
			return
		}
	}
}

// inclusion is by which elements of the first level what comes along was asked for. all: by
// any, since nothing was asked for, or what was asked for is in none of these.
type inclusion struct {
	known    *r4.Type
	elements []string
	all      bool
}

func included(req Request) inclusion {
	along := inclusion{known: r4.Of(req.Type), all: true}
	for _, p := range req.Params {
		if p.Name != "_include" || along.known == nil {
			continue
		}
		_, name, _ := strings.Cut(p.Value, ":")
		name, _, _ = strings.Cut(name, ":")
		param, _ := along.known.Param(name)
		if param.Element == "" {
			return inclusion{known: along.known, all: true}
		}
		along.elements, along.all = append(along.elements, param.Element), false
	}
	return along
}

// besides adds each Provenance all of whose targets may be shown, and one is here.
func (c *cutter) besides() {
	var shown, here map[string]bool
	for i := range c.entries {
		e := &c.entries[i]
		if e.why != released || !e.typ.beside || e.mode != modeInclude {
			continue
		}
		if shown == nil {
			shown, here = c.shownHere()
		}
		if c.speaksOf(e, shown, here) {
			c.along(i)
		}
	}
}

// speaksOf reports whether everything that a Provenance is about may be shown, and
// something of it is given.
func (c *cutter) speaksOf(e *entry, shown, here map[string]bool) (some bool) {
	targets := c.Member(e.resource, tree.KeyTarget)
	if targets == 0 || c.Nodes[targets].Kind != tree.KindArray {
		return false
	}
	for t := targets + 1; t < c.Nodes[targets].Next; t = c.Nodes[t].Next {
		typ, id := c.localReference(t)
		name := string(typ) + "/" + string(id)
		if !shown[name] {
			return false
		}
		some = some || here[name]
	}
	return some
}

// shownHere are the entries of a patient that may be shown, and here those that are given, as
// "Type/id". What came along with no match is of neither kind.
func (c *cutter) shownHere() (shown, here map[string]bool) {
	shown, here = map[string]bool{}, map[string]bool{}
	for i := range c.entries {
		e := &c.entries[i]
		if e.why != released || e.typ.alone || e.mode == modeInclude && !e.given {
			continue
		}
		name := e.typ.name + "/" + string(c.Raw(&c.Nodes[e.id]))
		shown[name], here[name] = true, here[name] || e.given
	}
	return shown, here
}

// compareItems orders items by type and id.
func compareItems(a, b ReleasedItem) int {
	return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
}
