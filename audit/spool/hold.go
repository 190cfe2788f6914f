package spool

import "time"

// What the spool tells about how long it holds entries, and what they cost. The caller of
// each holds mu.

// short says that an entry was let go before its time which would still be held now.
func (s *Spool) short() bool {
	return !s.yielded.IsZero() && s.now().Sub(s.yielded) < s.opt.Hold
}

// heldFor gives an age: all entries younger than that are here.
func (s *Spool) heldFor() time.Duration {
	from := s.yielded
	if !s.short() {
		if from = oldest(s.segments, 1); from.IsZero() {
			return 0
		}
	}
	return max(0, s.now().Sub(from))
}

// perEntry gives the bytes that an entry takes in the segments that are full.
func (s *Spool) perEntry() float64 {
	bytes, entries := int64(0), uint64(0)
	for i, g := range s.segments {
		if i < len(s.segments)-1 && !g.active && !g.aside {
			bytes += g.disk()
			entries += g.limit + 1 - g.Base
		}
	}
	if entries == 0 {
		return 0
	}
	return float64(bytes) / float64(entries)
}

// pendingBytes gives the bytes that cannot be given up.
func (s *Spool) pendingBytes() int64 {
	n := s.spare + s.packer.bytes
	for i, g := range s.segments {
		if !g.aside && (g.limit > s.acked || g.active || i == len(s.segments)-1) {
			n += g.disk()
		}
	}
	return n
}

// packed gives how many segments are packed.
func (s *Spool) packed() (n int) {
	for _, g := range s.segments {
		if g.packed > 0 {
			n++
		}
	}
	return n
}
