package strictjson

// fail keeps the reason; it is false, for the caller to return.
func (d *Document) fail(err error) bool {
	d.err = err
	return false
}

// value reads one value, and everything within it. depth counts the objects and
// arrays that it stands in.
func (d *Document) value(name []byte, hash uint32, odd bool, depth int) bool {
	if d.pos == len(d.src) {
		return d.fail(ErrSyntax)
	}
	at := len(d.Nodes)
	d.Nodes = append(d.Nodes, Node{Name: name, hash: hash, odd: odd})
	start, ok := d.pos, false
	var kind Kind
	switch d.src[d.pos] {
	case '"':
		n := &d.Nodes[at]
		n.Kind, n.Next = String, int32(at+1)
		n.Raw, n.esc, ok = d.quoted()
		return ok && d.suits(n)
	case '{':
		kind, ok = Object, d.object(at, depth)
	case '[':
		kind, ok = Array, d.array(at, depth)
	case 't':
		kind, ok = Bool, d.word("true")
	case 'f':
		kind, ok = Bool, d.word("false")
	case 'n':
		kind, ok = Null, d.word("null")
	default:
		kind, ok = Number, d.number()
	}
	if d.check && ok {
		d.Nodes = d.Nodes[:at+1]
	}
	n := &d.Nodes[at]
	n.Raw, n.Kind, n.Next = d.src[start:d.pos], kind, int32(len(d.Nodes))
	return ok
}

// suits says whether the options allow a string.
func (d *Document) suits(n *Node) bool {
	switch {
	case d.options.NoEmpty && len(n.Raw) == 0:
		return d.fail(ErrEmpty)
	case d.options.Plain && !plain(n.Text()):
		return d.fail(ErrNotPlain)
	}
	return true
}

// open passes a bracket; closed says that nothing stands within it.
func (d *Document) open(end byte, depth int) (closed, ok bool) {
	if depth == d.options.Depth {
		return false, d.fail(ErrDepth)
	}
	d.pos++
	d.space()
	if !d.take(end) {
		return false, true
	}
	if d.options.NoEmpty {
		return true, d.fail(ErrEmpty)
	}
	return true, true
}

// more passes what stands behind a member or an element.
func (d *Document) more(end byte) (more, ok bool) {
	d.space()
	if d.take(end) {
		return false, true
	}
	if !d.take(',') {
		return false, d.fail(ErrSyntax)
	}
	d.space()
	return true, true
}

func (d *Document) object(at, depth int) bool {
	if closed, ok := d.open('}', depth); closed || !ok {
		return ok
	}
	var seen uint64 // a bit for each hash of a name
	for left := d.options.Members; ; left-- {
		if d.pos == len(d.src) || d.src[d.pos] != '"' {
			return d.fail(ErrSyntax)
		}
		if left == 0 {
			return d.fail(ErrMembers)
		}
		name, hash, odd, ok := d.name()
		if !ok {
			return false
		}
		bit := uint64(1) << (hash >> 26)
		if seen&bit != 0 && d.has(at, name, hash) {
			return false
		}
		seen |= bit
		d.space()
		if !d.take(':') {
			return d.fail(ErrSyntax)
		}
		d.space()
		here := len(d.Nodes)
		if !d.value(name, hash, odd, depth+1) {
			return false
		}
		if d.options.NullsInArrays && d.Nodes[here].Kind == Null {
			return d.fail(ErrNull)
		}
		if more, ok := d.more('}'); !more {
			return ok
		}
	}
}

func (d *Document) array(at, depth int) bool {
	if closed, ok := d.open(']', depth); closed || !ok {
		return ok
	}
	for {
		if !d.value(nil, 0, false, depth+1) {
			return false
		}
		if d.check {
			d.Nodes = d.Nodes[:at+1]
		}
		if more, ok := d.more(']'); !more {
			return ok
		}
	}
}
