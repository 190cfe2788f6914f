package format

import (
	"bytes"
	"time"
)

// Scanned is what a segment's bytes turned out to hold.
type Scanned struct {
	Header
	Whole  bool // the header is
	Runs   []Run
	holes  []hole
	Newest time.Time // of the last entry
	left   uint64    // entries that should follow the last one in its commit
	End    int64     // of the last byte that is not zero
	Short  bool      // the file has lost its end
	Stray  bool      // bytes that belong to no entry are not zero
}

// hole is a stretch of bytes where the frame of entry seq should stand.
type hole struct {
	seq      uint64
	off, end int64
	runs     int    // how many runs stand before it
	first    uint64 // first entry of the newest commit found after it, 0 if none
}

// Scan reads a whole segment. It takes a frame for an entry when its checksum,
// which begins at the segment's own key, is right, its number is the next one,
// and it links to the entry before. After a frame that is none of this it looks
// for the next right one, however far, up to the number limit.
//
// before is the hash of the entry before the segment's first, if it is known
// from elsewhere; the header's own has precedence.
func Scan(b []byte, t Title, limit uint64, before *Hash) Scanned {
	var s Scanned
	s.End = int64(len(bytes.TrimRight(b, "\x00")))
	if s.Header, s.Whole = ParseHeader(b, t); s.Whole {
		s.Newest, s.Short = s.Begun, int64(len(b)) < max(s.size, Page)
		s.Stray = s.End > s.length && !Blank(b[s.length:min(Page, s.End)])
		before = &s.Prev
	} else if s.Short = int64(len(b)) < Page; s.Short {
		s.size = MaxSegment // nothing tells how long it was
	}
	cur := Run{First: t.Base, Last: t.Base - 1, Off: Page, End: Page, Anchored: before != nil}
	if before != nil {
		cur.Prev, cur.Tail = *before, *before
	}
	s.Runs = append(s.Runs, cur)
	want, off := t.Base, int64(Page)
	for want <= limit {
		f, at, ok := NextFrame(b, t, off, s.End, want, limit)
		if !ok {
			break
		}
		r := &s.Runs[len(s.Runs)-1]
		known := r.Anchored || r.Last >= r.First
		if f.Seq == want && known && Relink(b[at:at+FrameHeader+int64(len(f.Payload))], &r.Tail) != f.Hash {
			// Right by its checksum and yet no link of the chain: not ours.
			s.Stray = true
			if f, at, ok = NextFrame(b, t, at+FrameAlign, s.End, want+1, limit); !ok {
				break
			}
		}
		if f.Seq > want {
			s.holes = append(s.holes, hole{seq: want, off: min(s.due(b, t, r.End, at), at), end: at, runs: len(s.Runs)})
			s.Runs = append(s.Runs, Run{First: f.Seq, Last: f.Seq - 1, Off: at, End: at})
			r = &s.Runs[len(s.Runs)-1]
		} else if !Blank(b[r.End:at]) {
			s.Stray = true
		}
		for i := range s.holes {
			s.holes[i].first = max(s.holes[i].first, f.First)
		}
		r.Add(&f, at)
		s.Newest, s.left = time.Unix(0, f.Time), f.left
		want, off = f.Seq+1, r.End
	}
	if want > limit {
		return s
	}
	r := &s.Runs[len(s.Runs)-1]
	due := s.due(b, t, r.End, s.End)
	if due < s.End || s.left > 0 {
		s.holes = append(s.holes, hole{seq: want, off: due, end: max(due, s.End), runs: len(s.Runs)})
	}
	s.Stray = s.Stray || r.End < s.End && !Blank(b[r.End:min(due, s.End)])
	return s
}

// due gives where the frame after the last one that was found should begin, which
// ends at off: after it, or on the next page if its commit ends with it.
func (s *Scanned) due(b []byte, t Title, off, end int64) int64 {
	if t.Version == 1 {
		return due1(b, off, end)
	}
	if s.left > 0 {
		return off
	}
	return Up(off, Page)
}

// NextFrame gives the first right frame at or after off whose number is from
// want to limit, and where it stands.
func NextFrame(b []byte, t Title, off, end int64, want, limit uint64) (Frame, int64, bool) {
	for off < end {
		if off%Page == 0 && off+Page <= int64(len(b)) && Blank(b[off:off+Page]) {
			off += Page
			continue
		}
		// The number is looked at before the checksum is computed: on the way
		// through a damaged stretch nearly every place fails here.
		if off+FrameHeader <= int64(len(b)) {
			if seq := be.Uint64(b[off+atSeq:]); seq >= want && seq <= limit {
				if f, ok := ParseFrame(b[off:], t); ok {
					return f, off, true
				}
			}
		}
		off += FrameAlign
	}
	return Frame{}, 0, false
}

// Blank says that b is all zeros.
func Blank(b []byte) bool {
	for len(b) > Page {
		if !bytes.Equal(b[:Page], zeros[:]) {
			return false
		}
		b = b[Page:]
	}
	return bytes.Equal(b, zeros[:len(b)])
}
