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
//	4   crc      4  CRC-32C of everything else in the frame, begun at the segment's key
//	8   first    8  number of the first entry of the same commit
//	16  time     8  of the commit, nanoseconds since 1970
//	24  hash    32  link of the chain
//	56  seq      8  number of the entry
//	64  payload     then zeros up to a multiple of 8
//
// The hash stands before the number so that, while the hash of the entry before
// is in its place, hash ‖ number ‖ payload lie side by side, and the new link is
// computed in one call without copying.
const (
	frameHeader = 64
	frameAlign  = 8

	atLength, atCRC, atFirst, atTime, atHash, atSeq = 0, 4, 8, 16, 24, 56
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	be         = binary.BigEndian
	zeros      [page]byte
)

// frame is a frame that was read: its checksum is right.
type frame struct {
	seq, first uint64
	time       int64
	hash       Hash
	payload    []byte // in the bytes that were read
	size       int64  // in the segment, the zeros after it included
}

// frameSize is what a payload of n bytes takes in a segment.
func frameSize(n int) int64 { return up(int64(frameHeader+n), frameAlign) }

// appendFrame appends the frame of payload and gives its link of the chain.
func appendFrame(b []byte, key uint32, prev *Hash, first, seq uint64, now time.Time, payload []byte) ([]byte, Hash) {
	start := len(b)
	b = append(b, zeros[:frameHeader]...)
	h := b[start : start+frameHeader]
	be.PutUint32(h[atLength:], uint32(len(payload)))
	be.PutUint64(h[atFirst:], first)
	be.PutUint64(h[atTime:], uint64(now.UnixNano()))
	copy(h[atHash:], prev[:])
	be.PutUint64(h[atSeq:], seq)
	b = append(b, payload...)
	link := sha256.Sum256(b[start+atHash:])
	h = b[start : start+frameHeader]
	copy(h[atHash:], link[:])
	be.PutUint32(h[atCRC:], checksum(key, b[start:]))
	end := start + int(frameSize(len(payload)))
	return append(b, zeros[:end-len(b)]...), link
}

// checksum covers the length and all that follows the checksum itself.
func checksum(key uint32, f []byte) uint32 {
	c := crc32.Update(key, castagnoli, f[:atCRC])
	return crc32.Update(c, castagnoli, f[atFirst:])
}

// parseFrame reads the frame at the start of b, if a whole and right one is there.
func parseFrame(b []byte, key uint32) (frame, bool) {
	if len(b) < frameHeader {
		return frame{}, false
	}
	n := int64(be.Uint32(b))
	if n == 0 || n > int64(len(b)-frameHeader) {
		return frame{}, false
	}
	b = b[:frameHeader+n]
	if checksum(key, b) != be.Uint32(b[atCRC:]) {
		return frame{}, false
	}
	f := frame{
		seq: be.Uint64(b[atSeq:]), first: be.Uint64(b[atFirst:]), time: int64(be.Uint64(b[atTime:])),
		hash: Hash(b[atHash:]), payload: b[frameHeader:len(b):len(b)], size: frameSize(int(n)),
	}
	return f, f.seq != 0 && f.first != 0 && f.first <= f.seq
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
