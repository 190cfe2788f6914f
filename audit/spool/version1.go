package spool

import "hash/crc32"

// Version 1 of the format is read and no longer written. Its frames have one
// checksum for all, and end in zeros; length, hash, number and payload stand
// where they stand today:
//
//	4   crc      4  CRC-32C of everything else in the frame, begun at the segment's key
//	8   first    8  number of the first entry of the same commit
//	16  time     8  of the commit
const (
	atCRC1, atFirst1, atTime1 = 4, 8, 16
)

// parseFrame1 reads a frame of version 1.
func parseFrame1(b []byte, key uint32) (frame, bool) {
	if len(b) < frameHeader {
		return frame{}, false
	}
	n := int64(be.Uint32(b))
	if n == 0 || n > int64(len(b)-frameHeader) {
		return frame{}, false
	}
	b = b[:frameHeader+n]
	c := crc32.Update(key, castagnoli, b[:atCRC1])
	if crc32.Update(c, castagnoli, b[atFirst1:]) != be.Uint32(b[atCRC1:]) {
		return frame{}, false
	}
	f := frame{
		seq: be.Uint64(b[atSeq:]), first: be.Uint64(b[atFirst1:]), time: int64(be.Uint64(b[atTime1:])),
		hash: Hash(b[atHash:]), payload: b[frameHeader:len(b):len(b)], size: up(frameHeader+n, frameAlign),
	}
	return f, f.seq != 0 && f.first != 0 && f.first <= f.seq
}

// due1 skips the zeros with which a commit of version 1 ends, if it ends here: its
// frames do not say.
func due1(b []byte, off, end int64) int64 {
	if next := up(off, page); next < end && blank(b[off:next]) {
		return next
	}
	return off
}

// torn1 says that part of the hole's bytes were never written. It believes the
// length that it finds: a flip there can make damage pass for a torn write, which
// is why there is a version 2.
func torn1(b []byte, h hole) bool {
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
