package tree

// Splice says that, at a place of what was written of a text, bytes of the text itself
// belong, which were not copied.
type Splice struct {
	At         uint32 // in what was written
	Start, End uint32 // in the text
}

// leastSplice is from how many bytes on something is worth a Splice of its own.
const leastSplice = 128

// Splicing says whether what is appended from now on leaves out of out what can be
// spliced in. Its last byte is there all the same: writers look at it.
func (d *Document) Splicing(yes bool) { d.splicing, d.Splices = yes, nil }

// Append adds a value as it is to be released. What has nothing dropped below it
// is copied as the source wrote it, byte for byte.
func (d *Document) Append(out []byte, at uint32) []byte {
	n := &d.Nodes[at]
	switch {
	case n.Marks&Swapped != 0:
		return append(out, d.swaps[at]...)
	case n.Marks&Requote != 0:
		return append(append(out, '"'), d.Body[n.Start:n.End]...)
	case n.Marks&Dirty == 0:
		return d.copied(out, n.Start, n.End)
	case n.Kind == KindArray:
		return d.appendArray(out, at)
	}
	out = append(out, '{')
	first := true
	for m := at + 1; m < n.Next; m = d.Nodes[m].Next {
		c := &d.Nodes[m]
		if c.Marks&Drop != 0 {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		if c.Marks&changed == 0 && c.nameLen > 0 && d.Body[c.Start-1] == ':' && d.Body[c.Start-2] == '"' {
			last := d.run(m, n.Next)
			out = d.copied(out, c.Start-uint32(c.nameLen)-3, d.Nodes[last].End)
			m = last
			continue
		}
		out = append(out, '"')
		out = append(out, d.NameOf(c)...)
		out = append(out, '"', ':')
		out = d.Append(out, m)
	}
	return append(out, '}')
}

// changed is what is not released as the source wrote it.
const changed = Drop | Dirty | Requote | Swapped

// run gives the last of the members, or items, from one on that stand one after the
// other without a space, as they would be written, and with nothing changed.
func (d *Document) run(m, end uint32) (last uint32) {
	for last = m; ; {
		next := d.Nodes[last].Next
		if next >= end {
			return last
		}
		c, between := &d.Nodes[next], uint32(1) // a comma
		if c.nameLen > 0 {
			between += uint32(c.nameLen) + 3 // two quotes, and a colon
		}
		if c.Marks&changed != 0 || c.Start != d.Nodes[last].End+between {
			return last
		}
		last = next
	}
}

// copied adds bytes of the text, or leaves them to be spliced in.
func (d *Document) copied(out []byte, start, end uint32) []byte {
	if d.splicing && end-start >= leastSplice {
		d.Splices = append(d.Splices, Splice{At: uint32(len(out)), Start: start, End: end - 1})
		start = end - 1
	}
	return append(out, d.Body[start:end]...)
}

// appendArray adds an array. In an array of primitive twins ("_given") the place
// of an item is its meaning, so what is dropped leaves a null.
func (d *Document) appendArray(out []byte, at uint32) []byte {
	n := &d.Nodes[at]
	twins := n.nameLen > 0 && d.NameOf(n)[0] == '_'
	out = append(out, '[')
	first := true
	for m := at + 1; m < n.Next; m = d.Nodes[m].Next {
		gone := d.Nodes[m].Marks&Drop != 0
		if gone && !twins {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		switch c := &d.Nodes[m]; {
		case gone:
			out = append(out, "null"...)
		case c.Marks&changed == 0:
			last := d.run(m, n.Next)
			out = d.copied(out, c.Start, d.Nodes[last].End)
			m = last
		default:
			out = d.Append(out, m)
		}
	}
	return append(out, ']')
}

// Swap has another string written in the place of the one at a node. All that holds
// the node must be marked Dirty.
func (d *Document) Swap(at uint32, text string) {
	if d.swaps == nil {
		d.swaps = map[uint32][]byte{}
	}
	d.swaps[at] = AppendQuoted(nil, text)
	d.Nodes[at].Marks |= Swapped
}

// Forget lets go of what was put in the place of strings.
func (d *Document) Forget() { clear(d.swaps) }

// Released gives a string's text as it will be released.
func (d *Document) Released(n *Node) []byte {
	if n.Marks&Requote != 0 {
		return d.Body[n.Start : n.End-1]
	}
	return d.Decoded(n)
}

const hexDigits = "0123456789abcdef"

// AppendQuoted adds a string of ours as JSON.
func AppendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c < 0x7f {
			continue
		}
		out = append(out, s[from:i]...)
		from = i + 1
		if c < 0x80 {
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return append(append(out, s[from:]...), '"')
}
