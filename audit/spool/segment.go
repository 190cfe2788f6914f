package spool

import (
	"sort"
	"time"
)

// segment is one file of the log, in use, full or set aside.
type segment struct {
	title
	file   string // its present name in the directory
	size   int64  // of the segment
	packed int64  // of the file that it is packed in, or 0
	limit  uint64 // the last number that may stand in it; the next segment has the rest
	newest time.Time
	aside  bool // renamed, and never deleted
	active bool // the committer writes to it
	runs   []run
}

// run is a stretch of entries without a gap. A segment has one, unless damage
// has cut it into several.
type run struct {
	first, last uint64 // last < first: empty
	off, end    int64
	prev        Hash // before first
	anchored    bool // prev is known: the first entry can be verified against it
	tail        Hash // of last
	marks       []mark
}

// mark is a place in a run to start reading at, about one in markEvery bytes.
type mark struct {
	seq  uint64
	off  int64
	time int64
	prev Hash
}

const markEvery = 32 << 10

// add extends a run by a frame that stands at off.
func (r *run) add(f *frame, off int64) {
	if len(r.marks) == 0 || off-r.marks[len(r.marks)-1].off >= markEvery {
		r.marks = append(r.marks, mark{seq: f.seq, off: off, time: f.time, prev: r.tail})
	}
	r.last, r.tail, r.end = f.seq, f.hash, off+f.size
}

// disk gives the bytes of the segment's file.
func (g *segment) disk() int64 {
	if g.packed > 0 {
		return g.packed
	}
	return g.size
}

// cut ends a segment at the number limit, because the next segment has the rest.
func (g *segment) cut(limit uint64) {
	g.limit = limit
	for i := range g.runs {
		r := &g.runs[i]
		if r.last > limit {
			r.last = max(limit, r.first-1)
		}
	}
}

// mark gives the last mark at or before seq.
func (r *run) mark(seq uint64) mark {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].seq > seq })
	if i == 0 {
		return mark{seq: r.first, off: r.off, prev: r.prev}
	}
	return r.marks[i-1]
}

// last gives the highest number that can be read from the segment, or the one
// before its base.
func (g *segment) last() uint64 {
	for i := len(g.runs) - 1; i >= 0; i-- {
		if r := &g.runs[i]; r.last >= r.first {
			return r.last
		}
	}
	return g.base - 1
}

// find gives the run with the lowest entry at or after seq.
func find(segments []*segment, seq uint64) (*segment, *run) {
	i := sort.Search(len(segments), func(i int) bool { return segments[i].last() >= seq })
	for ; i < len(segments); i++ {
		for j := range segments[i].runs {
			if r := &segments[i].runs[j]; r.last >= r.first && r.last >= seq {
				return segments[i], r
			}
		}
	}
	return nil, nil
}

// oldest gives a time not after that of the entry with the number seq, or of the
// next one that is there.
func oldest(segments []*segment, seq uint64) time.Time {
	g, r := find(segments, seq)
	if g == nil {
		return time.Time{}
	}
	if m := r.mark(max(seq, r.first)); m.time != 0 {
		return time.Unix(0, m.time)
	}
	return g.newest
}
