package tree

// frame is an object or array that is not closed yet.
type frame struct {
	at      uint32 // its node
	members uint32
	known   [2]uint64 // names seen, by KeyID
	bloom   uint64    // other names seen, by hash
	under   uint16    // the guess of the name that it stands under
	follow  uint16    // where the guess of its next name is
}

// scan reads one value and all below it. It returns where the value ends and
// whether all of its strings are ASCII. It is one loop with jumps, not a set of
// functions that call each other: the state stays in registers.
func (d *Document) scan() (end int, ascii, ok bool) {
	var (
		b        = d.Body
		nodes    = d.Nodes[:0]
		i        = 0
		depth    = 0 // open objects and arrays
		high     uint64
		n        Node
		inObject bool
		in       *frame // the innermost object or array
		under    uint16 // the guess of the name of the value to come
	)
	d.next.reset()
value:
	for i < len(b) && b[i] <= ' ' && isSpace[b[i]] {
		i++
	}
	if i >= len(b) || len(nodes) >= maxNodes {
		return 0, false, false
	}
	n.Start = uint32(i)
	n.Marks = 0
	switch c := b[i]; c {
	case '"':
		e, marks, seen := stringEnd(b, i+1)
		if e < 0 {
			return 0, false, false
		}
		high |= seen
		i, n.Kind, n.Marks = e, KindString, marks
		if marks&Odd != 0 && depth > 0 {
			nodes[in.at].Marks |= OddBelow
		}
	case '{', '[':
		if depth == maxDepth {
			return 0, false, false
		}
		in = &d.open[depth]
		*in = frame{at: uint32(len(nodes)), under: under, follow: 2*under + 1}
		depth++
		inObject = c == '{'
		n.Kind = KindArray
		if inObject {
			n.Kind = KindObject
		}
		nodes = append(nodes, n)
		if i++; i < len(b) && b[i] <= ' ' {
			i = skipSpace(b, i)
		}
		if i >= len(b) {
			return 0, false, false
		}
		if b[i] == c+2 { // the bracket that closes it
			goto close
		}
		if inObject {
			goto name
		}
		n.nameLen, n.Key = 0, KeyOther
		goto value
	case 't':
		if i = literal(b, i, "true"); i < 0 {
			return 0, false, false
		}
		n.Kind = KindBool
	case 'f':
		if i = literal(b, i, "false"); i < 0 {
			return 0, false, false
		}
		n.Kind = KindBool
	case 'n':
		if i = literal(b, i, "null"); i < 0 {
			return 0, false, false
		}
		n.Kind = KindNull
	default:
		if i = numberEnd(b, i); i < 0 {
			return 0, false, false
		}
		n.Kind = KindNumber
	}
	n.End = uint32(i)
	n.Next = uint32(len(nodes) + 1)
	nodes = append(nodes, n)

after: // a value has ended
	if depth == 0 {
		d.Nodes = nodes
		return i, high&highBits == 0, true
	}
	for i < len(b) && b[i] <= ' ' && isSpace[b[i]] {
		i++
	}
	if i >= len(b) {
		return 0, false, false
	}
	switch b[i] {
	case ',':
		i++
		if !inObject {
			n.nameLen, n.Key = 0, KeyOther
			under = in.under
			goto value
		}
		if i < len(b) && b[i] <= ' ' {
			i = skipSpace(b, i)
		}
		goto name
	case '}':
		if !inObject {
			return 0, false, false
		}
	case ']':
		if inObject {
			return 0, false, false
		}
	default:
		return 0, false, false
	}

close: // at the bracket that ends the innermost object or array
	{
		i++
		depth--
		closed := &nodes[in.at]
		closed.End = uint32(i)
		closed.Next = uint32(len(nodes))
		if depth > 0 {
			in = &d.open[depth-1]
			around := &nodes[in.at]
			inObject = around.Kind == KindObject
			around.Marks |= closed.Marks & OddBelow
		}
		goto after
	}

name: // a member's name, its colon, then its value
	{
		if i >= len(b) || b[i] != '"' {
			return 0, false, false
		}
		i++
		var hash uint64
		at, strange := i, false
		g := d.next.follow[in.follow]
		if was := &d.next.guesses[g]; g != 0 && was.is(b, i) {
			n.nameLen, n.Key, hash = was.len, was.key, was.hash
			i += int(was.len) + 1
		} else {
			var e int
			if e, hash = nameEnd(b, i); e < 0 {
				// No name of FHIR's: escaped, or with other characters. It is read to
				// its end, and its object is odd.
				var seen uint64
				n.nameLen, n.Key = 0, KeyOther
				if e, _, seen = stringEnd(b, i); e < 0 {
					return 0, false, false
				}
				high |= seen
				i, strange, g = e, true, 0
			} else {
				n.Key, strange = lookupKey(b[i:e], hash)
				n.nameLen = uint8(e - i)
				i = e + 1
				if !strange {
					g = d.next.put(in.follow, guess{at: uint32(at), len: n.nameLen, key: n.Key, hash: hash})
				}
			}
		}
		under, in.follow = g, 2*g
		if strange {
			// Nothing more to compare.
		} else if n.Key != KeyOther {
			word, bit := &in.known[n.Key>>6&1], uint64(1)<<(n.Key&63)
			strange = *word&bit != 0
			*word |= bit
		} else {
			bit := uint64(1) << (hash >> 58)
			strange = in.bloom&bit != 0 && in.has(b, nodes, b[at:at+int(n.nameLen)])
			in.bloom |= bit
		}
		if in.members++; strange || in.members > maxMembers {
			nodes[in.at].Marks |= Odd | OddBelow
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

// has says that an object that is being read has a member of this name already,
// in any case.
func (f *frame) has(b []byte, nodes []Node, name []byte) bool {
	if f.members > maxMembers {
		return true
	}
	for at := f.at + 1; at < uint32(len(nodes)); at = nodes[at].Next {
		m := &nodes[at]
		if int(m.nameLen) == len(name) && sameFold(nameBefore(b, int(m.Start), m.nameLen), name) {
			return true
		}
	}
	return false
}
