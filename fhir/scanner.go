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
	hash       uint32 // folded hash of the name
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
}

// frame is an object or array that is not closed yet.
type frame struct {
	at      uint32 // its node
	members uint32
	known   uint64 // names seen, by keyID
	bloom   uint64 // other names seen, by hash
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
	if !ok {
		return false
	}
	if skipSpace(body, at) != len(body) {
		return false
	}
	return ascii || utf8.Valid(body)
}

// scan reads one value and all below it. It returns where the value ends and
// whether all of its strings are ASCII.
func (d *document) scan() (end int, ascii, ok bool) {
	var (
		b     = d.body
		i     = 0
		depth = 0 // open objects and arrays
		high  uint64
		n     node
	)
value:
	for i < len(b) && isSpace[b[i]] {
		i++
	}
	if i >= len(b) || len(d.nodes) >= maxNodes {
		return 0, false, false
	}
	n.start = uint32(i)
	n.marks = 0
	switch c := b[i]; c {
	case '"':
		e, marks, seen := stringEnd(b, i+1)
		if e < 0 {
			return 0, false, false
		}
		high |= seen
		i, n.kind, n.marks = e, kindString, marks
	case '{', '[':
		if depth == maxDepth {
			return 0, false, false
		}
		d.open[depth] = frame{at: uint32(len(d.nodes))}
		depth++
		n.kind = kindObject
		if c == '[' {
			n.kind = kindArray
		}
		d.nodes = append(d.nodes, n)
		i = skipSpace(b, i+1)
		if i >= len(b) {
			return 0, false, false
		}
		if b[i] == '}' && c == '{' || b[i] == ']' && c == '[' {
			goto close
		}
		if c == '{' {
			goto name
		}
		n.nameLen, n.key, n.name = 0, keyOther, 0
		goto value
	case 't':
		if i = literal(b, i, "true"); i < 0 {
			return 0, false, false
		}
		n.kind = kindBool
	case 'f':
		if i = literal(b, i, "false"); i < 0 {
			return 0, false, false
		}
		n.kind = kindBool
	case 'n':
		if i = literal(b, i, "null"); i < 0 {
			return 0, false, false
		}
		n.kind = kindNull
	default:
		if i = numberEnd(b, i); i < 0 {
			return 0, false, false
		}
		n.kind = kindNumber
	}
	n.end = uint32(i)
	n.next = uint32(len(d.nodes) + 1)
	d.nodes = append(d.nodes, n)
	if n.marks&odd != 0 && depth > 0 {
		d.nodes[d.open[depth-1].at].marks |= oddBelow
	}

after: // a value has ended
	if depth == 0 {
		return i, high&highBits == 0, true
	}
	for i < len(b) && isSpace[b[i]] {
		i++
	}
	if i >= len(b) {
		return 0, false, false
	}
	switch b[i] {
	case ',':
		i++
		if d.nodes[d.open[depth-1].at].kind == kindArray {
			n.nameLen, n.key, n.name = 0, keyOther, 0
			goto value
		}
		i = skipSpace(b, i)
		goto name
	case '}':
		if d.nodes[d.open[depth-1].at].kind != kindObject {
			return 0, false, false
		}
	case ']':
		if d.nodes[d.open[depth-1].at].kind != kindArray {
			return 0, false, false
		}
	default:
		return 0, false, false
	}

close: // at the bracket that ends the innermost object or array
	{
		i++
		depth--
		closed := &d.nodes[d.open[depth].at]
		closed.end = uint32(i)
		closed.next = uint32(len(d.nodes))
		if closed.marks&oddBelow != 0 && depth > 0 {
			d.nodes[d.open[depth-1].at].marks |= oddBelow
		}
		goto after
	}

name: // a member's name, its colon, then its value
	{
		if i >= len(b) || b[i] != '"' {
			return 0, false, false
		}
		i++
		var hash uint32
		from := i
		for i < len(b) && nameByte[b[i]] {
			hash = foldHash(hash, b[i])
			i++
		}
		in := &d.open[depth-1]
		strange := false
		if i >= len(b) || b[i] != '"' || i == from || i-from > 255 {
			// Not a FHIR name: escaped, or with other characters. It is read to its
			// end, and its object is odd.
			e, _, seen := stringEnd(b, i)
			if e < 0 {
				return 0, false, false
			}
			high |= seen
			i = e
			n.name, n.nameLen, n.key, n.hash = uint32(from), 0, keyOther, 0
			strange = true
		} else {
			n.key, strange = lookupKey(b[from:i], hash)
			n.name, n.nameLen, n.hash = uint32(from), uint8(i-from), hash
			i++
			if n.key != keyOther {
				bit := uint64(1) << n.key
				strange = in.known&bit != 0
				in.known |= bit
			} else if !strange {
				bit := uint64(1) << (hash >> 26)
				strange = in.bloom&bit != 0 && d.hasMember(in, n)
				in.bloom |= bit
			}
		}
		if in.members++; strange || in.members > maxMembers {
			d.nodes[in.at].marks |= odd | oddBelow
			in.bloom = 0 // it is odd already: no need to compare any more
		}
		if i < len(b) && b[i] != ':' {
			i = skipSpace(b, i)
		}
		if i >= len(b) || b[i] != ':' {
			return 0, false, false
		}
		i++
		goto value
	}
}

// hasMember says that an object that is being read has a member of this name
// already, in any case.
func (d *document) hasMember(in *frame, n node) bool {
	if in.members > maxMembers {
		return true
	}
	name := d.body[n.name : n.name+uint32(n.nameLen)]
	for at := in.at + 1; at < uint32(len(d.nodes)); at = d.nodes[at].next {
		m := &d.nodes[at]
		if m.hash == n.hash && m.nameLen == n.nameLen && equalFold(d.nameOf(m), string(name)) {
			return true
		}
	}
	return false
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
