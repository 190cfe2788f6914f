package fhir

import (
	"bytes"
	"slices"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// Splice is a part of the source's answer that belongs into Filtered.Body.
type Splice = tree.Splice

const (
	// wholeUpTo is the largest answer that is put together in memory of its own. What a
	// larger one says in the source's bytes stays where it is, and is held once.
	wholeUpTo = 1 << 20
	// mostAnswered bounds the entries of one answer: each costs memory of its own, however
	// short it is. More are not understood. A page of FHIR has a few hundred.
	mostAnswered = 1 << 15
)

// Len is how long the answer is, all that is spliced in included.
func (f *Filtered) Len() int {
	n := len(f.Body)
	for _, s := range f.Spliced {
		n += int(s.End - s.Start)
	}
	return n
}

// Pieces gives the answer piece by piece, in order.
func (f *Filtered) Pieces() func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		at := uint32(0)
		for _, s := range f.Spliced {
			if !yield(f.Body[at:s.At]) || !yield(f.source[s.Start:s.End]) {
				return
			}
			at = s.At
		}
		yield(f.Body[at:])
	}
}

// begin makes room in out for an answer of at most so many bytes.
func (c *cutter) begin(out []byte, size int) []byte {
	if !c.inPieces || size <= wholeUpTo {
		return slices.Grow(out, size)
	}
	// What is written is what stands around the entries, and what is left of those that
	// are not whole and too short to be spliced.
	const left = 160
	splices := 1
	for _, i := range c.given {
		r := &c.Nodes[c.entries[i].resource]
		splices++
		if size -= int(r.End - r.Start); r.Marks&tree.Dirty != 0 {
			size += left
			splices++
		}
	}
	c.Splicing(true)
	c.Splices = make([]Splice, 0, splices)
	return slices.Grow(out, max(size, left))
}

// spliced puts into f what begin left out of the answer, with the text that it is of:
// that which was read, which a byte order mark is no part of.
func (c *cutter) spliced(f *Filtered) {
	if f.Spliced = c.Splices; f.Spliced != nil {
		f.source = c.Body
	}
	c.Splicing(false)
}

// Memory is what cutting a source's answer takes at most besides the answer itself: the
// tree, what is known of each entry, and what is written. Of a short answer it is a
// guess: it is cut in a moment.
func Memory(body []byte) int64 {
	// Of any entry: where it is, and why it is not shown, in a list that grows and is then
	// copied. Of one with a resource also which element is why, or how the record names it.
	// Of a reference: what is said of its target, in a list that grows.
	const each, resource, reference = 200, 800, 32
	nodes := int64(tree.NodesFor(body))
	if nodes == 0 {
		return 4 * int64(len(body))
	}
	resources := int64(bytes.Count(body, resourceMark))
	references := int64(bytes.Count(body, referenceMark))
	return nodes*int64(tree.NodeSize) + min(nodes/2, mostAnswered)*each + min(resources, mostAnswered)*resource + references*reference + 1<<20
}

var resourceMark, referenceMark = []byte(`"resource"`), []byte(`"reference"`)
