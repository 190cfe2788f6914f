package format

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// FrameHeader is the length of what stands before a payload:
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
// known whether its length can be believed: see Judge.
//
// The hash stands before the number so that, while the hash of the entry before
// is in its place, hash ‖ number ‖ payload lie side by side, and the new link is
// computed in one call without copying.
//
// The ones at the end see to it that no sector in which a frame ends could pass
// for one that was never written, whatever the payload ends with.
const (
	FrameHeader = 64
	FrameAlign  = 8
	minFrame    = FrameHeader + FrameAlign

	atLength, atPlace, atLeft, atTime, atCheck, atCRC, atHash, atSeq = 0, 4, 6, 8, 16, 20, 24, 56

	// MaxEntries is how many entries one commit may have.
	MaxEntries = 1 << 16
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	be         = binary.BigEndian
	zeros      [Page]byte
	ones       = [FrameAlign]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// Hash is a link of the chain: SHA-256, as spool.Entry says.
type Hash = [sha256.Size]byte

// Frame is a frame that was read: its checksums are right.
type Frame struct {
	Seq, First uint64 // its number, and that of the first entry of the same commit
	left       uint64 // entries of the same commit after it; version 1 does not say, 0
	Time       int64  // of the commit, nanoseconds since 1970
	Hash       Hash   // link of the chain
	Payload    []byte // in the bytes that were read
	Size       int64  // in the segment, what fills it up to a multiple of 8 included
}

// FrameSize is what a payload of n bytes takes in a segment.
func FrameSize(n int) int64 { return Up(int64(FrameHeader+n+1), FrameAlign) }

// AppendFrame appends the frame of payload, the entry seq in a commit of the
// numbers first to last, and gives its link of the chain.
func AppendFrame(b []byte, key uint32, prev *Hash, first, seq, last uint64, now time.Time, payload []byte) ([]byte, Hash) {
	start := len(b)
	b = append(b, zeros[:FrameHeader]...)
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
	end := start + int(FrameSize(len(payload)))
	return append(b, ones[:end-len(b)]...), link
}

// headCheck covers the header of a frame but the two checksums in it.
func headCheck(key uint32, f []byte) uint32 {
	c := crc32.Update(key, castagnoli, f[:atCheck])
	return crc32.Update(c, castagnoli, f[atHash:FrameHeader])
}

// parseHead reads the header of the frame at the start of b, if a right one is
// there, and gives the length of its payload.
func parseHead(b []byte, key uint32) (f Frame, n int, ok bool) {
	if len(b) < FrameHeader || headCheck(key, b) != be.Uint32(b[atCheck:]) {
		return Frame{}, 0, false
	}
	n = int(be.Uint32(b))
	f = Frame{
		Seq: be.Uint64(b[atSeq:]), left: uint64(be.Uint16(b[atLeft:])), Time: int64(be.Uint64(b[atTime:])),
		Hash: Hash(b[atHash:]), Size: FrameSize(n),
	}
	place := uint64(be.Uint16(b[atPlace:]))
	f.First = f.Seq - place
	return f, n, n != 0 && f.Seq > place
}

// Peek gives what a header at the start of b says, right or not: the number of the entry,
// and how long header and payload are.
func Peek(b []byte) (seq uint64, size int64) {
	return be.Uint64(b[atSeq:]), FrameHeader + int64(be.Uint32(b[atLength:]))
}

// ParseFrame reads the frame at the start of b, if a whole and right one is there.
func ParseFrame(b []byte, t Title) (Frame, bool) {
	if t.Version == 1 {
		return parseFrame1(b, t.Key)
	}
	f, n, ok := parseHead(b, t.Key)
	if !ok || n > len(b)-FrameHeader {
		return Frame{}, false
	}
	f.Payload = b[FrameHeader : FrameHeader+n : FrameHeader+n]
	return f, crc32.Update(be.Uint32(b[atCheck:]), castagnoli, f.Payload) == be.Uint32(b[atCRC:])
}

// Relink computes the link of the chain that the frame f should carry after
// prev. It borrows the place of the hash in f for that and puts it back.
func Relink(f []byte, prev *Hash) Hash {
	was := Hash(f[atHash:])
	copy(f[atHash:], prev[:])
	link := sha256.Sum256(f[atHash:])
	copy(f[atHash:], was[:])
	return link
}
