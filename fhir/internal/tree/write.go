package tree

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
		return append(out, d.Body[n.Start:n.End]...)
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
		out = append(out, '"')
		out = append(out, d.NameOf(c)...)
		out = append(out, '"', ':')
		out = d.Append(out, m)
	}
	return append(out, '}')
}

// appendArray adds an array. In an array of primitive twins ("_given") the place
// of an item is its meaning, so what is dropped leaves a null.
func (d *Document) appendArray(out []byte, at uint32) []byte {
	n := &d.Nodes[at]
	twins := n.nameLen > 0 && d.Body[n.name] == '_'
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
		if gone {
			out = append(out, "null"...)
			continue
		}
		out = d.Append(out, m)
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
