package tree

import (
	"bytes"
	"unicode/utf8"
	"unsafe"
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
	manyNodes  = 1 << 19  // bytes, from which nodes are counted before they are made
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

// Node is one JSON value, with the name that it has in its object. It is small: a text
// has one for every fifteen to thirty of its bytes.
type Node struct {
	Start, End uint32 // the value's bytes, quotes included
	Next       uint32 // the node after this one and all below it
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
	ASCII bool // all of the text is

	open  [maxDepth]frame
	next  foresight
	swaps map[uint32][]byte // by node: what is written in its place

	// Splices are what was left out of what was written, in its order.
	Splices  []Splice
	splicing bool
}

// Read reads body whole, strictly as RFC 8259 has it: valid UTF-8, nothing after the
// value. It reports false for all else. Equal and odd names are marked on their object
// and do not make the text unreadable. One byte order mark of UTF-8 before the text is
// passed over (§8.1: a reader may), and never written: some servers send it, and an
// answer that was refused for it told more than one that is read.
func (d *Document) Read(body []byte) bool {
	body = bytes.TrimPrefix(body, mark)
	d.Body, d.Nodes, d.ASCII = body, d.Nodes[:0], false
	clear(d.swaps)
	if len(body) > maxBody {
		return false
	}
	if n := NodesFor(body); n > cap(d.Nodes) {
		d.Nodes = make([]Node, 0, n)
	}
	at, ascii, ok := d.scan()
	if !ok || skipSpace(body, at) != len(body) {
		return false
	}
	d.ASCII = ascii
	return ascii || utf8.Valid(body)
}

// NodesFor is for how many nodes a text needs room at most: 0 where it is short, and
// what a document has, or grows to, does; else room is made once.
func NodesFor(body []byte) int {
	if len(body) < manyNodes {
		return 0
	}
	// Each value stands behind a comma, or first in what holds it.
	n := 1
	for _, sign := range []byte{',', '{', '['} {
		n += bytes.Count(body, []byte{sign})
	}
	if n > bytes.Count(body, []byte{'"'})/2 {
		n = outsideStrings(body) // a member has two quotes at least: many of these stand in texts
	}
	return min(n, maxNodes)
}

// outsideStrings counts the same, but not what stands in strings.
func outsideStrings(b []byte) int {
	n := 1
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case ',', '{', '[':
			n++
		case '"':
			for i++; ; i++ {
				end := bytes.IndexByte(b[i:], '"')
				if end < 0 {
					return n // no JSON
				}
				escapes := 0
				for escapes < end && b[i+end-1-escapes] == '\\' {
					escapes++
				}
				if i += end; escapes%2 == 0 {
					break
				}
			}
		}
	}
	return n
}

// NodeSize is what a node takes in memory.
const NodeSize = int(unsafe.Sizeof(Node{}))

// NameOf gives a member's name.
func (d *Document) NameOf(n *Node) []byte {
	if n.Marks&Requote != 0 {
		// The value begins within its string, in which there is no quote.
		return nameBefore(d.Body, bytes.LastIndexByte(d.Body[:n.Start], '"'), n.nameLen)
	}
	return nameBefore(d.Body, int(n.Start), n.nameLen)
}

// nameBefore gives the name of the member whose value begins at start. Between them
// stand a quote, a colon, and white space: where the name is need not be remembered.
func nameBefore(b []byte, start int, length uint8) []byte {
	if length == 0 {
		return nil
	}
	end := start - 2
	if b[start-1] != ':' || b[end] != '"' {
		end = bytes.LastIndexByte(b[:start], '"')
	}
	return b[end-int(length) : end]
}

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
