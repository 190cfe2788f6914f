package spool

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// frameHeader is the length of what stands before a payload:
//
//	0   length   4  of the payload, never zero
//	4   place    2  how many entries of the same commit stand before this one
//	6   left     2  how many stand after it
//	8   time     8  of the commit, nanoseconds since 1970
//	16  check    4  CRC-32C of the header but check and crc, begun at the segment's key
//	20  crc      4  CRC-32C of the payload, begun at check
//	24  hash    32  link of the chain
//	56  seq      8  number of the entry
//	64  payload     then one to eight bytes of ones, up to a multiple of 8
//
// The header has a check of its own, so that of a frame that is not right it is
// known whether its length can be believed: see judge.
//
// The hash stands before the number so that, while the hash of the entry before
// is in its place, hash ‖ number ‖ payload lie side by side, and the new link is
// computed in one call without copying.
//
// The ones at the end see to it that no sector in which a frame ends could pass
// for one that was never written, whatever the payload ends with.
const (
	frameHeader = 64
	frameAlign  = 8
	minFrame    = frameHeader + frameAlign

	atLength, atPlace, atLeft, atTime, atCheck, atCRC, atHash, atSeq = 0, 4, 6, 8, 16, 20, 24, 56

	// maxEntries is how many entries one commit may have.
	maxEntries = 1 << 16
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	be         = binary.BigEndian
	zeros      [page]byte
	ones       = [frameAlign]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// frame is a frame that was read: its checksums are right.
type frame struct {
	seq, first uint64
	left       uint64 // entries of the same commit after it; version 1 does not say, 0
	time       int64
	hash       Hash
	payload    []byte // in the bytes that were read
	size       int64  // in the segment, what fills it up to a multiple of 8 included
}

// frameSize is what a payload of n bytes takes in a segment.
func frameSize(n int) int64 { return up(int64(frameHeader+n+1), frameAlign) }

// appendFrame appends the frame of payload, the entry seq in a commit of the
// numbers first to last, and gives its link of the chain.
func appendFrame(b []byte, key uint32, prev *Hash, first, seq, last uint64, now time.Time, payload []byte) ([]byte, Hash) {
	start := len(b)
	b = append(b, zeros[:frameHeader]...)
	h := b[start:]
	be.PutUint32(h[atLength:], uint32(len(payload)))
	be.PutUint16(h[atPlace:], uint16(seq-first))
	be.PutUint16(h[atLeft:], uint16(last-seq))
	be.PutUint64(h[atTime:], uint64(now.UnixNano()))
	copy(h[atHash:], prev[:])
	be.PutUint64(h[atSeq:], seq)
	b = append(b, payload...)
	link := sha256.Sum256(b[start+atHash:])
	h = b[start:]
	copy(h[atHash:], link[:])
	check := headCheck(key, h)
	be.PutUint32(h[atCheck:], check)
	be.PutUint32(h[atCRC:], crc32.Update(check, castagnoli, payload))
	end := start + int(frameSize(len(payload)))
	return append(b, ones[:end-len(b)]...), link
}

// headCheck covers the header of a frame but the two checksums in it.
func headCheck(key uint32, f []byte) uint32 {
	c := crc32.Update(key, castagnoli, f[:atCheck])
	return crc32.Update(c, castagnoli, f[atHash:frameHeader])
}

// parseHead reads the header of the frame at the start of b, if a right one is
// there, and gives the length of its payload.
func parseHead(b []byte, key uint32) (f frame, n int, ok bool) {
	if len(b) < frameHeader || headCheck(key, b) != be.Uint32(b[atCheck:]) {
		return frame{}, 0, false
	}
	n = int(be.Uint32(b))
	f = frame{
		seq: be.Uint64(b[atSeq:]), left: uint64(be.Uint16(b[atLeft:])), time: int64(be.Uint64(b[atTime:])),
		hash: Hash(b[atHash:]), size: frameSize(n),
	}
	place := uint64(be.Uint16(b[atPlace:]))
	f.first = f.seq - place
	return f, n, n != 0 && f.seq > place
}

// parseFrame reads the frame at the start of b, if a whole and right one is there.
func parseFrame(b []byte, t title) (frame, bool) {
	if t.version == 1 {
		return parseFrame1(b, t.key)
	}
	f, n, ok := parseHead(b, t.key)
	if !ok || n > len(b)-frameHeader {
		return frame{}, false
	}
	f.payload = b[frameHeader : frameHeader+n : frameHeader+n]
	return f, crc32.Update(be.Uint32(b[atCheck:]), castagnoli, f.payload) == be.Uint32(b[atCRC:])
}

// relink computes the link of the chain that the frame f should carry after
// prev. It borrows the place of the hash in f for that and puts it back.
func relink(f []byte, prev *Hash) Hash {
	was := Hash(f[atHash:])
	copy(f[atHash:], prev[:])
	link := sha256.Sum256(f[atHash:])
	copy(f[atHash:], was[:])
	return link
}
