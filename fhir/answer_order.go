package fhir

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// sorted is what an item is put in order by: within its dates, by keys.
type sorted struct {
	dates []byte // as the source wrote them
	keys  [][]byte
}

// sorting are the elements that the keys of a _sort speak of.
type sorting struct {
	known         *r4.Type
	dates, within []string
}

func sortingOf(req Request) sorting {
	s := sorting{known: r4.Of(req.Type)}
	for _, p := range req.Params {
		if p.Name == "_sort" {
			s.dates = elementsOfKeys(s.known, strings.Split(p.Value, ","))
		}
	}
	s.within = elementsOfKeys(s.known, req.Shape.Within)
	return s
}

// elementsOfKeys names the elements that the keys of a _sort speak of.
func elementsOfKeys(known *r4.Type, keys []string) (elements []string) {
	for _, key := range keys {
		p, _ := known.Param(strings.TrimPrefix(key, "-"))
		elements = append(elements, p.Element)
	}
	return elements
}

// sortedBy reads what an entry is put in order by. It holds for as long as the document.
func (c *cutter) sortedBy(s sorting, resource uint32) (by sorted) {
	for _, element := range s.dates {
		if at := c.memberOf(resource, s.known, element); at != 0 {
			by.dates = append(append(by.dates, 1), c.written(at)...)
		}
		by.dates = append(by.dates, 0) // which stands in no JSON
	}
	for _, element := range s.within {
		by.keys = append(by.keys, c.sortKey(c.memberOf(resource, s.known, element)))
	}
	return by
}

// inOrder puts items of one date in the order of keys. The source has sorted by date;
// what is put in order here is only what is shown, so nothing can be told of what is not.
func inOrder[T any](items []T, keys []string, by func(*T) *sorted) {
	for len(items) > 0 {
		n := 1
		for n < len(items) && bytes.Equal(by(&items[0]).dates, by(&items[n]).dates) {
			n++
		}
		slices.SortStableFunc(items[:n], func(a, b T) int {
			x, y := by(&a), by(&b)
			for i := range keys {
				order := bytes.Compare(x.keys[i], y.keys[i])
				if strings.HasPrefix(keys[i], "-") {
					order = -order
				}
				if order != 0 {
					return order
				}
			}
			return 0
		})
		items = items[n:]
	}
}

// orderGiven puts the entries that are given in the order of Shape.Within.
func (c *cutter) orderGiven(req Request) {
	if req.Shape.Within == nil {
		return
	}
	type placed struct {
		at uint32
		by sorted
	}
	s, all := sortingOf(req), make([]placed, len(c.given))
	for i, at := range c.given {
		all[i] = placed{at, c.sortedBy(s, c.entries[at].resource)}
	}
	inOrder(all, req.Shape.Within, func(p *placed) *sorted { return &p.by })
	for i := range all {
		c.given[i] = all[i].at
	}
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
