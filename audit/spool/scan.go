package spool

import (
	"bytes"
	"time"
)

// scanned is what a segment's bytes turned out to hold.
type scanned struct {
	header
	whole  bool // the header is
	runs   []run
	holes  []hole
	newest time.Time
	left   uint64 // entries that should follow the last one in its commit
	end    int64  // of the last byte that is not zero
	short  bool   // the file has lost its end
	stray  bool   // bytes that belong to no entry are not zero
}

// hole is a stretch of bytes where the frame of entry seq should stand.
type hole struct {
	seq      uint64
	off, end int64
	runs     int    // how many runs stand before it
	first    uint64 // first entry of the newest commit found after it, 0 if none
}

// scan reads a whole segment. It takes a frame for an entry when its checksum,
// which begins at the segment's own key, is right, its number is the next one,
// and it links to the entry before. After a frame that is none of this it looks
// for the next right one, however far, up to the number limit.
//
// before is the hash of the entry before the segment's first, if it is known
// from elsewhere; the header's own has precedence.
func scan(b []byte, t title, limit uint64, before *Hash) scanned {
	var s scanned
	s.end = int64(len(bytes.TrimRight(b, "\x00")))
	if s.header, s.whole = parseHeader(b, t); s.whole {
		s.newest, s.short = s.begun, int64(len(b)) < max(s.size, page)
		s.stray = s.end > s.length && !blank(b[s.length:min(page, s.end)])
		before = &s.prev
	} else if s.short = int64(len(b)) < page; s.short {
		s.size = maxSegment // nothing tells how long it was
	}
	cur := run{first: t.base, last: t.base - 1, off: page, end: page, anchored: before != nil}
	if before != nil {
		cur.prev, cur.tail = *before, *before
	}
	s.runs = append(s.runs, cur)
	want, off := t.base, int64(page)
	for want <= limit {
		f, at, ok := nextFrame(b, t, off, s.end, want, limit)
		if !ok {
			break
		}
		r := &s.runs[len(s.runs)-1]
		known := r.anchored || r.last >= r.first
		if f.seq == want && known && relink(b[at:at+frameHeader+int64(len(f.payload))], &r.tail) != f.hash {
			// Right by its checksum and yet no link of the chain: not ours.
			s.stray = true
			if f, at, ok = nextFrame(b, t, at+frameAlign, s.end, want+1, limit); !ok {
				break
			}
		}
		if f.seq > want {
			s.holes = append(s.holes, hole{seq: want, off: min(s.due(b, t, r.end, at), at), end: at, runs: len(s.runs)})
			s.runs = append(s.runs, run{first: f.seq, last: f.seq - 1, off: at, end: at})
			r = &s.runs[len(s.runs)-1]
		} else if !blank(b[r.end:at]) {
			s.stray = true
		}
		for i := range s.holes {
			s.holes[i].first = max(s.holes[i].first, f.first)
		}
		r.add(&f, at)
		s.newest, s.left = time.Unix(0, f.time), f.left
		want, off = f.seq+1, r.end
	}
	if want > limit {
		return s
	}
	r := &s.runs[len(s.runs)-1]
	due := s.due(b, t, r.end, s.end)
	if due < s.end || s.left > 0 {
		s.holes = append(s.holes, hole{seq: want, off: due, end: max(due, s.end), runs: len(s.runs)})
	}
	s.stray = s.stray || r.end < s.end && !blank(b[r.end:min(due, s.end)])
	return s
}

// due gives where the frame after the last one that was found should begin, which
// ends at off: after it, or on the next page if its commit ends with it.
func (s *scanned) due(b []byte, t title, off, end int64) int64 {
	if t.version == 1 {
		return due1(b, off, end)
	}
	if s.left > 0 {
		return off
	}
	return up(off, page)
}

// nextFrame gives the first right frame at or after off whose number is from
// want to limit, and where it stands.
func nextFrame(b []byte, t title, off, end int64, want, limit uint64) (frame, int64, bool) {
	for off < end {
		if off%page == 0 && off+page <= int64(len(b)) && blank(b[off:off+page]) {
			off += page
			continue
		}
		// The number is looked at before the checksum is computed: on the way
		// through a damaged stretch nearly every place fails here.
		if off+frameHeader <= int64(len(b)) {
			if seq := be.Uint64(b[off+atSeq:]); seq >= want && seq <= limit {
				if f, ok := parseFrame(b[off:], t); ok {
					return f, off, true
				}
			}
		}
		off += frameAlign
	}
	return frame{}, 0, false
}

// blank says that b is all zeros.
func blank(b []byte) bool {
	for len(b) > page {
		if !bytes.Equal(b[:page], zeros[:]) {
			return false
		}
		b = b[page:]
	}
	return bytes.Equal(b, zeros[:len(b)])
}
