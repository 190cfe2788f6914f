package format

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
func parseFrame1(b []byte, key uint32) (Frame, bool) {
	if len(b) < FrameHeader {
		return Frame{}, false
	}
	n := int64(be.Uint32(b))
	if n == 0 || n > int64(len(b)-FrameHeader) {
		return Frame{}, false
	}
	b = b[:FrameHeader+n]
	c := crc32.Update(key, castagnoli, b[:atCRC1])
	if crc32.Update(c, castagnoli, b[atFirst1:]) != be.Uint32(b[atCRC1:]) {
		return Frame{}, false
	}
	f := Frame{
		Seq: be.Uint64(b[atSeq:]), First: be.Uint64(b[atFirst1:]), Time: int64(be.Uint64(b[atTime1:])),
		Hash: Hash(b[atHash:]), Payload: b[FrameHeader:len(b):len(b)], Size: Up(FrameHeader+n, FrameAlign),
	}
	return f, f.Seq != 0 && f.First != 0 && f.First <= f.Seq
}

// due1 skips the zeros with which a commit of version 1 ends, if it ends here: its
// frames do not say.
func due1(b []byte, off, end int64) int64 {
	if next := Up(off, Page); next < end && Blank(b[off:next]) {
		return next
	}
	return off
}

// torn1 says that part of the hole's bytes were never written. It believes the
// length that it finds: a flip there can make damage pass for a torn write, which
// is why there is a version 2.
func torn1(b []byte, h hole) bool {
	for off := Up(h.off, sector); off+sector <= h.end; off += sector {
		if Blank(b[off : off+sector]) {
			return true
		}
	}
	// A write cut at its end leaves a frame that promises more than is there, and
	// the cut lies between two sectors, give or take zeros of the frame's own.
	cut := Up(h.end, sector)
	if h.first != 0 || cut-h.end >= FrameAlign || h.off+FrameHeader > int64(len(b)) {
		return false
	}
	return h.off+FrameHeader+int64(be.Uint32(b[h.off:])) > cut
}
