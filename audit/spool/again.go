package spool

import (
	"slices"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// takeAgain finds the last commit in b, the last segment, and puts the next
// number back to where that commit began.
//
// A commit that cannot be linked, for damage just before it, is left where it is:
// bytes that have changed since they were written have been on the disk.
func (v *recovered) takeAgain(b []byte) {
	if len(v.segments) == 0 || v.next != v.last+1 {
		return
	}
	g := v.segments[len(v.segments)-1]
	if g.limit != never {
		return // the log was closed: all of it is durable
	}
	r := g.runs[len(g.runs)-1]
	if r.Last < r.First || r.Last != v.last {
		return
	}
	var (
		first     uint64
		before    Hash
		known     bool
		payloads  [][]byte
		prev, off = r.Prev, r.Off
		linked    = r.Anchored
	)
	for seq := r.First; seq <= r.Last; seq++ {
		f, at, ok := format.NextFrame(b, g.Title, off, r.End, seq, seq)
		if !ok {
			return
		}
		if seq == r.First || f.First != first {
			first, before, known, payloads = f.First, prev, linked, payloads[:0]
		}
		payloads = append(payloads, f.Payload)
		prev, off, linked = f.Hash, at+f.Size, true
	}
	if !known {
		return
	}
	v.next, v.tail = v.last+1-uint64(len(payloads)), before
	for _, p := range payloads {
		v.again = append(v.again, slices.Clone(p))
	}
}

// writeAgain makes waiters of the payloads, for which nobody waits. They are left
// where they are when the segments have become too small for them.
func (s *Spool) writeAgain(v *recovered) {
	need := int64(0)
	for _, p := range v.again {
		need += format.FrameSize(len(p))
	}
	if format.Page+need > s.opt.SegmentBytes || len(v.again) > format.MaxEntries {
		s.next, s.tail = v.last+1, v.hash
		return
	}
	for _, p := range v.again {
		s.c.again = append(s.c.again, &waiter{payload: p})
	}
}
