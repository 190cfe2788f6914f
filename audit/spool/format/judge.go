package format

import "math"

// Verdict is what a scan means for the segment.
type Verdict struct {
	Runs    []Run // that count
	Damaged bool
	Torn    int64  // bytes of a commit that never ended, left where they are
	Claimed uint64 // last number that damaged entries at the very end may have taken, or 0
	Guessed bool   // Claimed is not known but bounded
}

// Judge tells a torn write, which is what a loss of power leaves of a commit
// that was under way and was acknowledged to nobody, from damage to what had
// been acknowledged.
//
// In a segment that has a successor nothing is torn: the successor says how far
// the acknowledged entries went, and a hole before that is damage. In the last
// segment a hole is damage when its number is known to have been reached, or
// when a later commit follows it, since the committer begins a commit only after
// the one before is durable. There remains the last commit of the last segment,
// of which only the bytes can tell: see torn. Where other bytes were altered, or
// frames have moved, they are not believed.
//
// In doubt the answer is damage: a false alarm costs an operator an hour, a
// silent loss the trail.
func Judge(b []byte, s Scanned, t Title, limit, reached uint64) Verdict {
	v := Verdict{Runs: s.Runs, Damaged: !s.Whole || s.Stray}
	last := limit == math.MaxUint64
	for _, h := range s.holes {
		if last && !s.Stray && h.first <= h.seq && h.seq > reached && torn(b, h, t) {
			v.Torn = max(s.End, h.end) - h.off
			v.Runs = s.Runs[:h.runs]
			return v
		}
		// Without it: a few bits in the unused rest, where no entry stood.
		if v.Damaged = true; last && h.first == 0 && (s.left > 0 || !nearlyBlank(b[h.off:h.end])) {
			v.Claimed, v.Guessed = claimed(b, s, h, t)
		}
	}
	if last && v.Damaged && t.Version != 1 {
		// A sector may have changed places with another of this segment.
		v.Claimed = max(v.Claimed, newest(b, t))
	}
	if last && s.Short {
		// What stood beyond, if anything did, had been written.
		v.Damaged, v.Guessed = true, true
		v.Claimed = s.Runs[len(s.Runs)-1].Last + mostEntries(s.size-s.Runs[len(s.Runs)-1].End)
	}
	return v
}

// torn says that the frame which should stand at the beginning of the hole was
// never wholly written.
//
// The segment was full of zeros before, a disk writes whole sectors, and each
// sector of a frame holds something else than zeros. So of a frame that was
// written in part, a sector is all zeros. A header is right if its sectors were
// written, and then its length says which sectors the rest should be in. A header
// that is not right, or a frame that is not although no sector of it is missing,
// was written once and has changed since.
func torn(b []byte, h hole, t Title) bool {
	if t.Version == 1 {
		return torn1(b, h)
	}
	if unwritten(b, h.off, h.off+FrameHeader) {
		return true
	}
	if h.off+FrameHeader > int64(len(b)) {
		return false
	}
	f, _, ok := parseHead(b[h.off:], t.Key)
	return ok && f.Seq == h.seq && unwritten(b, h.off, h.off+f.Size)
}

// unwritten says that one of the sectors from off to end is all zeros. One that the
// file does not have was cut off: a segment has its full length from the beginning.
func unwritten(b []byte, off, end int64) bool {
	for off &^= sector - 1; off < min(end, int64(len(b))-sector+1); off += sector {
		if Blank(b[off : off+sector]) {
			return true
		}
	}
	return false
}

// claimed gives the last number that the entries in a hole at the end of the log
// may have taken. The header of any of them says how many its commit has; without
// one it is as many as there is room for.
func claimed(b []byte, s Scanned, h hole, t Title) (last uint64, guessed bool) {
	if t.Version == 1 {
		return h.seq, false
	}
	if last = newest(b, t); s.left == 0 && last < h.seq {
		return h.seq - 1 + mostEntries(h.end-h.off), true
	}
	return last, false
}

// newest gives the last number of the newest commit of which a header is right,
// wherever it stands.
func newest(b []byte, t Title) (last uint64) {
	for off := int64(Page); off+FrameHeader <= int64(len(b)); off += FrameAlign {
		if f, _, ok := parseHead(b[off:], t.Key); ok {
			last = max(last, f.Seq+f.left)
		}
	}
	return last
}

// mostEntries is how many entries fit into n bytes, at least one.
func mostEntries(n int64) uint64 { return uint64(max(n/minFrame, 1)) }

// nearlyBlank says that b cannot be the rest of a frame, whose hash alone is 32
// bytes that are hardly ever zero.
func nearlyBlank(b []byte) bool {
	n := 0
	for _, c := range b {
		if c != 0 {
			if n++; n >= 8 {
				return false
			}
		}
	}
	return true
}
