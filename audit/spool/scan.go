package spool

import (
	"bytes"
	"time"
)

// scanned is what a segment's bytes turned out to hold.
type scanned struct {
	prev   Hash // as the header says
	header bool // the header is whole
	runs   []run
	holes  []hole
	newest time.Time
	end    int64 // of the last byte that is not zero
	stray  bool  // bytes that belong to no entry are not zero
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
	s.prev, s.newest, s.header = parseHeader(b[:min(int64(len(b)), page)], t)
	s.stray = s.header && s.end > headerLength && !blank(b[headerLength:min(page, s.end)])
	if s.header {
		before = &s.prev
	}
	cur := run{first: t.base, last: t.base - 1, off: page, end: page, anchored: before != nil}
	if before != nil {
		cur.prev, cur.tail = *before, *before
	}
	s.runs = append(s.runs, cur)
	want, off := t.base, int64(page)
	for want <= limit {
		f, at, ok := nextFrame(b, t.key, off, s.end, want, limit)
		if !ok {
			break
		}
		r := &s.runs[len(s.runs)-1]
		known := r.anchored || r.last >= r.first
		if f.seq == want && known && relink(b[at:at+frameHeader+int64(len(f.payload))], &r.tail) != f.hash {
			// Right by its checksum and yet no link of the chain: not ours.
			s.stray = true
			if f, at, ok = nextFrame(b, t.key, at+frameAlign, s.end, want+1, limit); !ok {
				break
			}
		}
		if f.seq > want {
			s.holes = append(s.holes, hole{seq: want, off: skipRest(b, r.end, at), end: at, runs: len(s.runs)})
			s.runs = append(s.runs, run{first: f.seq, last: f.seq - 1, off: at, end: at})
			r = &s.runs[len(s.runs)-1]
		} else if !blank(b[r.end:at]) {
			s.stray = true
		}
		for i := range s.holes {
			s.holes[i].first = max(s.holes[i].first, f.first)
		}
		r.add(&f, at)
		s.newest = time.Unix(0, f.time)
		want, off = f.seq+1, r.end
	}
	if r := &s.runs[len(s.runs)-1]; want <= limit && r.end < s.end {
		s.holes = append(s.holes, hole{seq: want, off: skipRest(b, r.end, s.end), end: s.end, runs: len(s.runs)})
	}
	return s
}

// skipRest skips the zeros with which a commit ends.
func skipRest(b []byte, off, end int64) int64 {
	if next := up(off, page); next < end && blank(b[off:next]) {
		return next
	}
	return off
}

// nextFrame gives the first right frame at or after off whose number is from
// want to limit, and where it stands.
func nextFrame(b []byte, key uint32, off, end int64, want, limit uint64) (frame, int64, bool) {
	for off < end {
		if off%page == 0 && off+page <= int64(len(b)) && blank(b[off:off+page]) {
			off += page
			continue
		}
		// The number is looked at before the checksum is computed: on the way
		// through a damaged stretch nearly every place fails here.
		if off+frameHeader <= int64(len(b)) {
			if seq := be.Uint64(b[off+atSeq:]); seq >= want && seq <= limit {
				if f, ok := parseFrame(b[off:], key); ok {
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
