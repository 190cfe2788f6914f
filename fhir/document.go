package fhir

import "unicode/utf8"

// Bounds on what is read. More than this is not understood as a whole.
const (
	maxBody    = 32 << 20 // bytes
	maxDepth   = 64       // objects and arrays within each other
	maxNodes   = 1 << 20  // values
	maxMembers = 256      // members of one object; FHIR's widest type has fewer than 50
	keptNodes  = 1 << 15  // nodes that a document keeps for the next use
)

// kind is the kind of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// marks on a node.
const (
	// escaped: the string has an escape in it.
	escaped uint8 = 1 << iota
	// odd: this object's own members cannot be told apart for certain (equal
	// names, escaped names, names that differ in case), or this string holds half
	// of a surrogate pair.
	odd
	// oddBelow: odd itself, or something below it is.
	oddBelow
	// drop: not to be released.
	drop
	// dirty: something below is dropped or rewritten.
	dirty
	// requote: start stands within the string; a quote belongs before it.
	requote
)

// node is one JSON value, with the name that it has in its object.
type node struct {
	start, end uint32 // the value's bytes, quotes included
	next       uint32 // the node after this one and all below it
	name       uint32 // where the member's name begins, after its quote
	nameLen    uint8
	key        keyID
	kind       kind
	marks      uint8
}

// document is a JSON text read in one pass into a flat list of nodes, each
// followed by the nodes below it. It holds no copy of the text.
type document struct {
	body  []byte
	nodes []node
	open  [maxDepth]frame
	next  foresight
}

// read reads body whole, strictly as RFC 8259 has it: valid UTF-8, no byte order
// mark, nothing after the value. It reports false for all else. Equal and odd
// names are marked on their object and do not make the text unreadable.
func (d *document) read(body []byte) bool {
	d.body, d.nodes = body, d.nodes[:0]
	if len(body) > maxBody {
		return false
	}
	at, ascii, ok := d.scan()
	if !ok || skipSpace(body, at) != len(body) {
		return false
	}
	return ascii || utf8.Valid(body)
}

// nameOf gives a member's name.
func (d *document) nameOf(n *node) []byte { return d.body[n.name : n.name+uint32(n.nameLen)] }

// member finds a member of an object by its name: 0 when there is none.
func (d *document) member(object uint32, key keyID) uint32 {
	for at := object + 1; at < d.nodes[object].next; at = d.nodes[at].next {
		if d.nodes[at].key == key {
			return at
		}
	}
	return 0
}

// raw gives the text between a string's quotes, as written.
func (d *document) raw(n *node) []byte { return d.body[n.start+1 : n.end-1] }

// is says that a node is a string with this text.
func (d *document) is(n *node, s string) bool {
	if n.kind != kindString {
		return false
	}
	if n.marks&escaped == 0 {
		return string(d.raw(n)) == s
	}
	return string(d.decoded(n)) == s
}

// decoded gives a string's text. It copies only where there are escapes.
func (d *document) decoded(n *node) []byte {
	if n.marks&escaped == 0 {
		return d.raw(n)
	}
	return decodeEscapes(d.raw(n))
}
