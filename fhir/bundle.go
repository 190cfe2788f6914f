package fhir

// entry is one entry of a searchset, as read and as judged.
type entry struct {
	resource    uint32 // its node, 0 for none
	id, version uint32
	typ         *resourceType
	first       string // its category
	mode        mode
	why         reason
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

// searchset finds the parts of a searchset that the filter uses: the array of
// entries (0 for none) and that of links. All else in it is left behind.
func (d *document) searchset() (entries, links uint32, ok bool) {
	if len(d.nodes) == 0 || d.nodes[0].kind != kindObject || d.nodes[0].marks&odd != 0 {
		return 0, 0, false
	}
	var bundle, searchset bool
	for m := uint32(1); m < d.nodes[0].next; m = d.nodes[m].next {
		n := &d.nodes[m]
		switch n.key {
		case keyResourceType:
			bundle = d.is(n, "Bundle")
		case keyType:
			searchset = d.is(n, "searchset")
		case keyEntry:
			if entries = m; n.kind != kindArray {
				return 0, 0, false
			}
		case keyLink:
			if links = m; n.kind != kindArray || n.marks&oddBelow != 0 {
				return 0, 0, false
			}
		}
	}
	return entries, links, bundle && searchset
}

// nextPage gives the address of the next page as the source wrote it, or "". Two of
// them are none: which one holds cannot be known.
func (d *document) nextPage(links uint32) string {
	found := ""
	if links == 0 {
		return ""
	}
	for at := links + 1; at < d.nodes[links].next; at = d.nodes[at].next {
		if d.nodes[at].kind != kindObject {
			return ""
		}
		relation, url := d.member(at, keyRelation), d.member(at, keyURL)
		if relation == 0 || !d.is(&d.nodes[relation], "next") {
			continue
		}
		if url == 0 || d.nodes[url].kind != kindString || found != "" {
			return ""
		}
		found = string(d.decoded(&d.nodes[url]))
	}
	return found
}

// entry reads the entry at a node.
func (d *document) entry(at uint32) (e entry) {
	n := &d.nodes[at]
	if n.kind != kindObject || n.marks&odd != 0 {
		e.why = notUnderstood
		return e
	}
	for m := at + 1; m < n.next; m = d.nodes[m].next {
		switch d.nodes[m].key {
		case keyResource:
			e.resource = m
		case keySearch:
			e.mode = d.modeOf(m)
		}
	}
	if e.resource == 0 || e.mode == modeOdd {
		e.why = notUnderstood
	}
	return e
}

func (d *document) modeOf(search uint32) mode {
	n := &d.nodes[search]
	if n.kind != kindObject || n.marks&odd != 0 {
		return modeOdd
	}
	m := d.member(search, keyMode)
	if m == 0 {
		return modeNone
	}
	switch c := &d.nodes[m]; {
	case d.is(c, "match"):
		return modeMatch
	case d.is(c, "include"):
		return modeInclude
	case d.is(c, "outcome"):
		return modeOutcome
	}
	return modeOdd
}
