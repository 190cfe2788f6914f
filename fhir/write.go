package fhir

// append adds a value as it is to be released. What has nothing dropped below it
// is copied as the source wrote it, byte for byte.
func (d *document) append(out []byte, at uint32) []byte {
	n := &d.nodes[at]
	switch {
	case n.marks&requote != 0:
		return append(append(out, '"'), d.body[n.start:n.end]...)
	case n.marks&dirty == 0:
		return append(out, d.body[n.start:n.end]...)
	case n.kind == kindArray:
		return d.appendArray(out, at)
	}
	out = append(out, '{')
	first := true
	for m := at + 1; m < n.next; m = d.nodes[m].next {
		c := &d.nodes[m]
		if c.marks&drop != 0 {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, '"')
		out = append(out, d.nameOf(c)...)
		out = append(out, '"', ':')
		out = d.append(out, m)
	}
	return append(out, '}')
}

// appendArray adds an array. In an array of primitive twins ("_given") the place
// of an item is its meaning, so what is dropped leaves a null.
func (d *document) appendArray(out []byte, at uint32) []byte {
	n := &d.nodes[at]
	twins := n.nameLen > 0 && d.body[n.name] == '_'
	out = append(out, '[')
	first := true
	for m := at + 1; m < n.next; m = d.nodes[m].next {
		gone := d.nodes[m].marks&drop != 0
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
		out = d.append(out, m)
	}
	return append(out, ']')
}

// released gives a string's text as it will be released.
func (d *document) released(n *node) []byte {
	if n.marks&requote != 0 {
		return d.body[n.start : n.end-1]
	}
	return d.decoded(n)
}

const hexDigits = "0123456789abcdef"

// appendQuoted adds a string of ours as JSON.
func appendQuoted(out []byte, s string) []byte {
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
