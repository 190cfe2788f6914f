package token

import (
	"bytes"
	"unicode/utf8"
)

// Limits of a JSON document. They bound the work that someone without a valid
// token can make us do: a payload has to be read before its issuer is known.
const (
	maxDepth   = 16
	maxMembers = 128 // of one object
)

// node kinds.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

// node is one value of a document, in the order in which they are written.
type node struct {
	name []byte // of a member, unescaped; nil for an element
	raw  []byte // the value as written; of a text, what stands between the quotes
	next int32  // where the value after this one and all within it stands
	kind kind
	esc  bool // a text with escapes
	odd  bool // the name has letters outside ASCII
}

// document is a JSON text (RFC 8259) read strictly: no name twice in an object at
// any level, valid UTF-8, no lone surrogates, nothing after the value, bounded
// depth. encoding/json lets the last of two equal names win and matches names
// without regard to case, so two readers of one token could see two persons
// (attack 12). A document may be used again; it is not for several goroutines.
type document struct {
	src   []byte
	pos   int
	ascii bool // src has nothing else
	nodes []node
}

// read takes a whole text, which must be an object; false when it is not one.
func (d *document) read(src []byte) bool {
	return d.readAny(src) && d.nodes[0].kind == object
}

// readAny takes a whole text of any kind.
func (d *document) readAny(src []byte) bool {
	d.src, d.pos, d.nodes = src, 0, d.nodes[:0]
	if d.ascii = ascii(src); !d.ascii && !utf8.Valid(src) {
		return false
	}
	d.space()
	if !d.value(nil, false, 1) {
		return false
	}
	d.space()
	return d.pos == len(src)
}

// value reads one value, and everything within it, into nodes.
func (d *document) value(name []byte, odd bool, depth int) bool {
	if d.pos == len(d.src) || depth > maxDepth {
		return false
	}
	at := len(d.nodes)
	d.nodes = append(d.nodes, node{name: name, odd: odd})
	start, ok, k := d.pos, false, null
	switch c := d.src[d.pos]; {
	case c == '"':
		raw, esc, good := d.text()
		d.nodes[at].raw, d.nodes[at].esc, d.nodes[at].kind, d.nodes[at].next = raw, esc, text, int32(at+1)
		return good
	case c == '{':
		k, ok = object, d.members(at, depth)
	case c == '[':
		k, ok = array, d.elements(depth)
	case c == 't':
		k, ok = boolean, d.word("true")
	case c == 'f':
		k, ok = boolean, d.word("false")
	case c == 'n':
		k, ok = null, d.word("null")
	default:
		k, ok = number, d.number()
	}
	n := &d.nodes[at]
	n.raw, n.kind, n.next = d.src[start:d.pos], k, int32(len(d.nodes))
	return ok
}

func (d *document) members(at, depth int) bool {
	d.pos++
	d.space()
	if d.take('}') {
		return true
	}
	for count := 1; count <= maxMembers; count++ {
		if d.pos == len(d.src) || d.src[d.pos] != '"' {
			return false
		}
		name, esc, ok := d.text()
		if !ok {
			return false
		}
		if esc {
			name = unescape(name)
		}
		odd := (esc || !d.ascii) && !ascii(name)
		if d.has(at, name) {
			return false
		}
		d.space()
		if !d.take(':') {
			return false
		}
		d.space()
		if !d.value(name, odd, depth+1) {
			return false
		}
		d.space()
		if d.take('}') {
			return true
		}
		if !d.take(',') {
			return false
		}
		d.space()
	}
	return false
}

// has says whether the object being read has a member of this name already.
func (d *document) has(at int, name []byte) bool {
	for i := at + 1; i < len(d.nodes); i = int(d.nodes[i].next) {
		if bytes.Equal(d.nodes[i].name, name) {
			return true
		}
	}
	return false
}

func (d *document) elements(depth int) bool {
	d.pos++
	d.space()
	if d.take(']') {
		return true
	}
	for {
		if !d.value(nil, false, depth+1) {
			return false
		}
		d.space()
		if d.take(']') {
			return true
		}
		if !d.take(',') {
			return false
		}
		d.space()
	}
}
