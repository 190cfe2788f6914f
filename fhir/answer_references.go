package fhir

import (
	"hash/maphash"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// references are the local references in what is released ("Type/id"), to find
// out whether something that came along belongs to any of it.
type references struct {
	texts [][]byte
	table []uint32 // open addressing: index into texts, plus one
	text  []byte
}

var referenceSeed = maphash.MakeSeed()

// collect adds the references that a resource keeps.
func (r *references) collect(d *document, resource uint32) {
	for at := resource; at < d.Nodes[resource].Next; {
		n := &d.Nodes[at]
		if n.Marks&tree.Drop != 0 {
			at = n.Next
			continue
		}
		at++
		if n.Key != tree.KeyReference || n.Kind != tree.KindString {
			continue
		}
		text := d.Raw(n)
		if n.Marks&(tree.Requote|tree.Escaped) != 0 {
			text = d.Released(n)
		}
		if form, typ, id, _ := readReference(text, nil); form == refLocal {
			r.texts = append(r.texts, text[:len(typ)+1+len(id)])
		}
	}
}

// index makes the collected references findable.
func (r *references) index() {
	size := 16
	for size < 2*len(r.texts) {
		size *= 2
	}
	if cap(r.table) < size {
		r.table = make([]uint32, size)
	}
	r.table = r.table[:size]
	clear(r.table)
	for i, text := range r.texts {
		at := r.slot(text)
		r.table[at] = uint32(i + 1)
	}
}

// slot finds where a text is, or would be, in the table.
func (r *references) slot(text []byte) int {
	at := int(maphash.Bytes(referenceSeed, text)) & (len(r.table) - 1)
	for r.table[at] != 0 && string(r.texts[r.table[at]-1]) != string(text) {
		at = (at + 1) & (len(r.table) - 1)
	}
	return at
}

func (r *references) has(typ string, id []byte) bool {
	r.text = append(append(append(r.text[:0], typ...), '/'), id...)
	return r.table[r.slot(r.text)] != 0
}
