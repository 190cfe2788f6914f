package tree

import (
	"bytes"
	"unicode/utf8"
)

// mark is the byte order mark of UTF-8.
var mark = []byte("\xef\xbb\xbf")

// Bounds on what is read. More than this is not understood as a whole.
const (
	maxBody    = 32 << 20 // bytes
	maxDepth   = 64       // objects and arrays within each other
	maxNodes   = 1 << 20  // values
	maxMembers = 256      // members of one object; FHIR's widest type has fewer than 50
	KeptNodes  = 1 << 15  // nodes that a document keeps for the next use
)

// Kind is the kind of a JSON value.
type Kind uint8

const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// The marks on a node.
const (
	// Escaped: the string has an escape in it.
	Escaped uint8 = 1 << iota
	// Odd: this object's own members cannot be told apart for certain (equal
	// names, escaped names, names that differ in case), or this string holds half
	// of a surrogate pair.
	Odd
	// OddBelow: odd itself, or something below it is.
	OddBelow
	// Drop: not to be released.
	Drop
	// Dirty: something below is dropped or rewritten.
	Dirty
	// Requote: start stands within the string; a quote belongs before it.
	Requote
	// Swapped: another string is written in its place (see Swap).
	Swapped
)

// Node is one JSON value, with the name that it has in its object.
type Node struct {
	Start, End uint32 // the value's bytes, quotes included
	Next       uint32 // the node after this one and all below it
	name       uint32 // where the member's name begins, after its quote
	nameLen    uint8
	Key        KeyID
	Kind       Kind
	Marks      uint8
}

// Document is a JSON text read in one pass into a flat list of nodes, each
// followed by the nodes below it. It holds no copy of the text.
type Document struct {
	Body  []byte
	Nodes []Node
	open  [maxDepth]frame
	next  foresight
	swaps map[uint32][]byte // by node: what is written in its place
}

// Read reads body whole, strictly as RFC 8259 has it: valid UTF-8, nothing after the
// value. It reports false for all else. Equal and odd names are marked on their object
// and do not make the text unreadable. One byte order mark of UTF-8 before the text is
// passed over (§8.1: a reader may), and never written: some servers send it, and an
// answer that was refused for it told more than one that is read.
func (d *Document) Read(body []byte) bool {
	body = bytes.TrimPrefix(body, mark)
	d.Body, d.Nodes = body, d.Nodes[:0]
	clear(d.swaps)
	if len(body) > maxBody {
		return false
	}
	at, ascii, ok := d.scan()
	if !ok || skipSpace(body, at) != len(body) {
		return false
	}
	return ascii || utf8.Valid(body)
}

// NameOf gives a member's name.
func (d *Document) NameOf(n *Node) []byte { return d.Body[n.name : n.name+uint32(n.nameLen)] }

// Member finds a member of an object by its name: 0 when there is none.
func (d *Document) Member(object uint32, key KeyID) uint32 {
	for at := object + 1; at < d.Nodes[object].Next; at = d.Nodes[at].Next {
		if d.Nodes[at].Key == key {
			return at
		}
	}
	return 0
}

// Raw gives the text between a string's quotes, as written.
func (d *Document) Raw(n *Node) []byte { return d.Body[n.Start+1 : n.End-1] }

// Is says that a node is a string with this text.
func (d *Document) Is(n *Node, s string) bool {
	if n.Kind != KindString {
		return false
	}
	if n.Marks&Escaped == 0 {
		return string(d.Raw(n)) == s
	}
	return string(d.Decoded(n)) == s
}

// Decoded gives a string's text. It copies only where there are escapes.
func (d *Document) Decoded(n *Node) []byte {
	if n.Marks&Escaped == 0 {
		return d.Raw(n)
	}
	return decodeEscapes(d.Raw(n))
}
