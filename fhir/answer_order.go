package fhir

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// order puts items of one date in the order of the keys of Shape.Within. The source
// has sorted by date; what is put in order here is only what is shown, so nothing can
// be told of what is not.
func (c *cutter) order(req Request) {
	if req.Shape.Within == nil {
		return
	}
	known := r4.Of(req.Type)
	var dates, within []string // elements
	for _, p := range req.Params {
		if p.Name == "_sort" {
			dates = elementsOfKeys(known, strings.Split(p.Value, ","))
		}
	}
	within = elementsOfKeys(known, req.Shape.Within)
	var shown []int
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && e.mode == modeMatch {
			shown = append(shown, i)
		}
	}
	for len(shown) > 0 {
		n := 1
		for n < len(shown) && c.equal(dates, known, shown[0], shown[n]) {
			n++
		}
		c.orderOne(shown[:n], known, within, req.Shape.Within)
		shown = shown[n:]
	}
}

// elementsOfKeys names the elements that the keys of a _sort speak of.
func elementsOfKeys(known *r4.Type, keys []string) (elements []string) {
	for _, key := range keys {
		p, _ := known.Param(strings.TrimPrefix(key, "-"))
		elements = append(elements, p.Element)
	}
	return elements
}

// orderOne puts entries in order that lie at the given places.
func (c *cutter) orderOne(places []int, known *r4.Type, elements, keys []string) {
	type keyed struct {
		e    entry
		keys [][]byte
	}
	all := make([]keyed, 0, len(places))
	for _, i := range places {
		k := keyed{e: c.entries[i]}
		for _, element := range elements {
			k.keys = append(k.keys, c.sortKey(c.memberOf(c.entries[i].resource, known, element)))
		}
		all = append(all, k)
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		for i := range keys {
			order := bytes.Compare(a.keys[i], b.keys[i])
			if strings.HasPrefix(keys[i], "-") {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	for n, i := range places {
		c.entries[i] = all[n].e
	}
}

// equal says that two entries have the same dates, as written.
func (c *cutter) equal(elements []string, known *r4.Type, a, b int) bool {
	for _, element := range elements {
		x, y := c.memberOf(c.entries[a].resource, known, element), c.memberOf(c.entries[b].resource, known, element)
		if (x == 0) != (y == 0) || x != 0 && !bytes.Equal(c.written(x), c.written(y)) {
			return false
		}
	}
	return true
}

// written gives the bytes of a value as the source wrote it.
func (c *cutter) written(at uint32) []byte { return c.Body[c.Nodes[at].Start:c.Nodes[at].End] }

// memberOf finds an element that is shown: 0 when there is none.
func (c *cutter) memberOf(resource uint32, known *r4.Type, element string) uint32 {
	for m := resource + 1; m < c.Nodes[resource].Next; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		if n.Marks&tree.Drop != 0 {
			continue
		}
		if name := c.NameOf(n); len(name) > 0 && name[0] != '_' {
			if e := r4.Find(known.Elements, string(name)); e != nil && e.Name == element {
				return m
			}
		}
	}
	return 0
}

// sortKey is what a value is sorted by: a code, the first code of a concept, or its
// words. What has none comes first.
func (c *cutter) sortKey(at uint32) []byte {
	if at == 0 {
		return nil
	}
	switch n := &c.Nodes[at]; n.Kind {
	case tree.KindString:
		return c.Released(n)
	case tree.KindArray:
		for m := at + 1; m < n.Next; m = c.Nodes[m].Next {
			if c.Nodes[m].Marks&tree.Drop == 0 {
				return c.sortKey(m)
			}
		}
	case tree.KindObject:
		for _, key := range [...]tree.KeyID{tree.KeyCoding, tree.KeyCode, tree.KeyText} {
			if m := c.Member(at, key); m != 0 && c.Nodes[m].Marks&tree.Drop == 0 {
				return c.sortKey(m)
			}
		}
	}
	return nil
}
