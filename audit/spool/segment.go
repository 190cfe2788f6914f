package spool

import (
	"sort"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// tempEnd ends the names of files that are not what they are to become.
const tempEnd = ".tmp"

// segment is one file of the log, in use, full or set aside.
type segment struct {
	format.Title
	file   string // its present name in the directory
	size   int64  // of the segment
	packed int64  // of the file that it is packed in, or 0
	limit  uint64 // the last number that may stand in it; the next segment has the rest
	newest time.Time
	aside  bool // renamed, and never deleted
	active bool // the committer writes to it
	runs   []format.Run
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
		if r.Last > limit {
			r.Last = max(limit, r.First-1)
		}
	}
}

// last gives the highest number that can be read from the segment, or the one
// before its base.
func (g *segment) last() uint64 {
	for i := len(g.runs) - 1; i >= 0; i-- {
		if r := &g.runs[i]; r.Last >= r.First {
			return r.Last
		}
	}
	return g.Base - 1
}

// find gives the run with the lowest entry at or after seq.
func find(segments []*segment, seq uint64) (*segment, *format.Run) {
	i := sort.Search(len(segments), func(i int) bool { return segments[i].last() >= seq })
	for ; i < len(segments); i++ {
		for j := range segments[i].runs {
			if r := &segments[i].runs[j]; r.Last >= r.First && r.Last >= seq {
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
	if m := r.Mark(max(seq, r.First)); m.Time != 0 {
		return time.Unix(0, m.Time)
	}
	return g.newest
}
