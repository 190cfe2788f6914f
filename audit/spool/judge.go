package spool

import "math"

// verdict is what a scan means for the segment.
type verdict struct {
	runs    []run
	damaged bool
	torn    int64  // bytes of a commit that never ended, left where they are
	claimed uint64 // number that a damaged entry at the very end had taken, or 0
}

// judge tells a torn write, which is what a loss of power leaves of a commit
// that was under way and was acknowledged to nobody, from damage to what had
// been acknowledged.
//
// In a segment that has a successor nothing is torn: the successor says how far
// the acknowledged entries went, and a hole before that is damage. In the last
// segment a hole is damage when a later commit follows it, since the committer
// begins a commit only after the one before is durable. There remains the last
// commit of the last segment. The segment was full of zeros before, and a disk
// writes whole sectors, so what a torn write leaves out is sectors of zeros;
// where there are none the bytes were all written once and have changed since.
// In doubt the answer is damage: a false alarm costs an operator an hour, a
// silent loss the trail.
func judge(b []byte, s scanned, limit uint64) verdict {
	v := verdict{runs: s.runs, damaged: !s.header || s.stray}
	for _, h := range s.holes {
		last := limit == math.MaxUint64
		switch {
		case !last || h.first > h.seq:
			v.damaged = true
		case torn(b, h):
			v.torn = s.end - h.off
			v.runs = s.runs[:h.runs]
			return v
		case nearlyBlank(b[h.off:h.end]):
			v.damaged = true // a few bits in the unused rest: no entry stood here
		default:
			v.damaged = true
			if h.first == 0 {
				v.claimed = h.seq
			}
		}
	}
	return v
}

// torn says that part of the hole's bytes were never written.
func torn(b []byte, h hole) bool {
	for off := up(h.off, sector); off+sector <= h.end; off += sector {
		if blank(b[off : off+sector]) {
			return true
		}
	}
	// A write cut at its end leaves a frame that promises more than is there, and
	// the cut lies between two sectors, give or take zeros of the frame's own.
	cut := up(h.end, sector)
	if h.first != 0 || cut-h.end >= frameAlign || h.off+frameHeader > int64(len(b)) {
		return false
	}
	return h.off+frameHeader+int64(be.Uint32(b[h.off:])) > cut
}

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
