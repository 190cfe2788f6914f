package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// document is an answer of a source, as read.
type document struct{ tree.Document }

// entry is one entry of a searchset, as read and as judged.
type entry struct {
	resource    uint32 // its node, 0 for none
	id, version uint32
	typ         *resourceType
	first       string // its category
	mode        mode
	why         reason
	part        bool // something was cut out of it
	judged      bool
	unshown     bool // it names what cannot be in the answer
	// What was taken out of it for what it names: a part of the judge's taken.
	takenFrom, takenTo uint32

	given  bool // it is shown on this page
	passed bool // it was shown, or counted, on a page before

	causes, causesEnd uint32 // where in cutter.causes its own are
}

// mode is Bundle.entry.search.mode.
type mode uint8

const (
	modeNone mode = iota
	modeMatch
	modeInclude
	modeOutcome
	modeOdd
)

// bundle finds the parts of a Bundle of a kind (searchset, history) that the filter uses: the array of
// entries (0 for none) and that of links. All else in it is left behind.
func (d *document) bundle(kind string) (entries, links uint32, ok bool) {
	if len(d.Nodes) == 0 || d.Nodes[0].Kind != tree.KindObject || d.Nodes[0].Marks&tree.Odd != 0 {
		return 0, 0, false
	}
	var bundle, ofKind bool
	for m := uint32(1); m < d.Nodes[0].Next; m = d.Nodes[m].Next {
		n := &d.Nodes[m]
		switch n.Key {
		case tree.KeyResourceType:
			bundle = d.Is(n, "Bundle")
		case tree.KeyType:
			ofKind = d.Is(n, kind)
		case tree.KeyEntry:
			if entries = m; n.Kind != tree.KindArray {
				return 0, 0, false
			}
		case tree.KeyLink:
			if links = m; n.Kind != tree.KindArray || n.Marks&tree.OddBelow != 0 {
				return 0, 0, false
			}
		}
	}
	return entries, links, bundle && ofKind && (entries == 0 || d.items(entries) <= mostAnswered)
}

// items counts what stands in an array.
func (d *document) items(array uint32) (n int) {
	for at := array + 1; at < d.Nodes[array].Next; at = d.Nodes[at].Next {
		n++
	}
	return n
}

// nextPage gives the address of the next page as the source wrote it, "" when there is
// none. odd: there is a next page, or there may be, and which it is cannot be told: two
// addresses, one that is no text, a link that is none. What is odd is told, never passed
// over (attack 146).
func (d *document) nextPage(links uint32) (found string, odd bool) {
	if links == 0 {
		return "", false
	}
	for at := links + 1; at < d.Nodes[links].Next; at = d.Nodes[at].Next {
		if d.Nodes[at].Kind != tree.KindObject {
			odd = true
			continue
		}
		relation, url := d.Member(at, tree.KeyRelation), d.Member(at, tree.KeyURL)
		if relation == 0 {
			continue
		}
		switch n := &d.Nodes[relation]; {
		case n.Kind != tree.KindString:
			odd = true
			continue
		case d.Is(n, "self"):
			continue
		case !isNext(d.Decoded(n)):
			continue
		}
		if url == 0 || d.Nodes[url].Kind != tree.KindString {
			odd = true
			continue
		}
		link := string(d.Decoded(&d.Nodes[url]))
		odd = odd || link == "" || found != "" && found != link
		found = link
	}
	return found, odd
}

// NextOf gives the address of the page after a searchset of a source's, as Page.Next does.
func NextOf(searchset []byte) (link string, odd bool, err error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if !c.Read(searchset) {
		return "", false, ErrNotUnderstood
	}
	_, links, ok := c.bundle("searchset")
	if !ok {
		return "", false, ErrNotUnderstood
	}
	link, odd = c.nextPage(links)
	return link, odd, nil
}

// isNext compares as link relations are (RFC 8288 section 2.1.1): without regard to case.
func isNext(relation []byte) bool {
	return bytes.EqualFold(bytes.TrimSpace(relation), []byte("next"))
}

// entry reads the entry at a node.
func (d *document) entry(at uint32) (e entry) {
	n := &d.Nodes[at]
	if n.Kind != tree.KindObject || n.Marks&tree.Odd != 0 {
		e.why = notUnderstood
		return e
	}
	for m := at + 1; m < n.Next; m = d.Nodes[m].Next {
		switch d.Nodes[m].Key {
		case tree.KeyResource:
			e.resource = m
		case tree.KeySearch:
			e.mode = d.modeOf(m)
		}
	}
	if e.resource == 0 || e.mode == modeOdd {
		e.why = notUnderstood
	}
	return e
}

func (d *document) modeOf(search uint32) mode {
	n := &d.Nodes[search]
	if n.Kind != tree.KindObject || n.Marks&tree.Odd != 0 {
		return modeOdd
	}
	m := d.Member(search, tree.KeyMode)
	if m == 0 {
		return modeNone
	}
	switch c := &d.Nodes[m]; {
	case d.Is(c, "match"):
		return modeMatch
	case d.Is(c, "include"):
		return modeInclude
	case d.Is(c, "outcome"):
		return modeOutcome
	}
	return modeOdd
}

// localReference reads the Reference at a node: the type and id that it leads to at
// the source, or nothing.
func (d *document) localReference(at uint32) (typ, id []byte) {
	if d.Nodes[at].Kind != tree.KindObject {
		return nil, nil
	}
	m := d.Member(at, tree.KeyReference)
	if m == 0 || d.Nodes[m].Kind != tree.KindString {
		return nil, nil
	}
	if form, typ, id, _ := readReference(d.Released(&d.Nodes[m]), nil); form == refLocal {
		return typ, id
	}
	return nil, nil
}
