package format

import (
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"
	"time"
)

// The first page of a segment:
//
//	0   magic    8  "MCRSPOOL"
//	8   version  4  2
//	12  key      4  where the checksums of its frames begin
//	16  base     8  number of its first entry
//	24  time     8  when it was begun, nanoseconds since 1970
//	32  prev    32  hash of the entry before its first one
//	64  size     8  of the file; version 1 has the crc here
//	72  crc      4  CRC-32C of all before
//	76  zeros
const (
	// Version is that in which segments are written; 1 is read too.
	Version = 2

	magic         = "MCRSPOOL"
	headerLength  = 76
	headerLength1 = 68 // in version 1
)

// Ends of file names.
const (
	SegmentEnd = ".seg"
	PackedEnd  = ".packed"  // after SegmentEnd
	DamagedEnd = ".damaged" // after either
)

// Title is what the name of a segment says. The number of the first entry, the
// ordinal of the segment and the key stand there a second time: with a damaged
// header the frames can still be read.
type Title struct {
	Base    uint64 // number of the first entry
	Ordinal uint32 // of the segment
	Key     uint32 // where the checksums begin

	// Version of the format, which the name does not say: see VersionOf.
	Version uint32
}

// Name gives the name of the segment's file.
func (t Title) Name() string {
	return fmt.Sprintf("%016x-%08x-%08x", t.Base, t.Ordinal, t.Key) + SegmentEnd
}

// ParseTitle reads a file name; aside says that the file was set aside.
func ParseTitle(name string) (t Title, aside, ok bool) {
	stem, aside := strings.CutSuffix(name, DamagedEnd)
	stem, _ = strings.CutSuffix(stem, PackedEnd)
	if stem, ok = strings.CutSuffix(stem, SegmentEnd); !ok {
		return Title{}, false, false
	}
	base, err1 := strconv.ParseUint(part(stem, 0, 16), 16, 64)
	ordinal, err2 := strconv.ParseUint(part(stem, 17, 25), 16, 32)
	key, err3 := strconv.ParseUint(part(stem, 26, 34), 16, 32)
	t = Title{Base: base, Ordinal: uint32(ordinal), Key: uint32(key)}
	ok = err1 == nil && err2 == nil && err3 == nil && base != 0 && t.Name() == stem+SegmentEnd
	return t, aside, ok
}

func part(s string, from, to int) string {
	if len(s) < to {
		return ""
	}
	return s[from:to]
}

// AppendHeader appends the first page of a segment of size bytes.
func AppendHeader(b []byte, t Title, size int64, prev *Hash, now time.Time) []byte {
	start := len(b)
	b = append(b, magic...)
	b = be.AppendUint32(b, Version)
	b = be.AppendUint32(b, t.Key)
	b = be.AppendUint64(b, t.Base)
	b = be.AppendUint64(b, uint64(now.UnixNano()))
	b = append(b, prev[:]...)
	b = be.AppendUint64(b, uint64(size))
	b = be.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	return append(b, zeros[:Page-(len(b)-start)]...)
}

// Header is what the first page of a segment says.
type Header struct {
	Version uint32
	length  int64 // of what it says; zeros follow
	size    int64 // of the file when it was begun; 0: not said
	Prev    Hash  // of the entry before the first one
	Begun   time.Time
}

// ParseHeader reads the first page of a segment, if it is whole and says the same
// as the name.
func ParseHeader(b []byte, t Title) (Header, bool) {
	if len(b) < headerLength || string(b[:8]) != magic || be.Uint32(b[12:]) != t.Key || be.Uint64(b[16:]) != t.Base {
		return Header{}, false
	}
	h := Header{Version: be.Uint32(b[8:]), Prev: Hash(b[32:]), Begun: time.Unix(0, int64(be.Uint64(b[24:])))}
	h.length = headerLength
	switch h.Version {
	case 1:
		h.length = headerLength1
	case Version:
		h.size = int64(be.Uint64(b[64:]))
	default:
		return Header{}, false
	}
	end := h.length - 4
	return h, be.Uint32(b[end:]) == crc32.Checksum(b[:end], castagnoli)
}

// VersionOf tells in which version of the format a segment was written: its header
// says it, or the frames in it do.
func VersionOf(b []byte, t Title) uint32 {
	if h, ok := ParseHeader(b, t); ok {
		return h.Version
	}
	for _, v := range []uint32{Version, 1} {
		t.Version = v
		if _, _, ok := NextFrame(b, t, Page, int64(len(b)), t.Base, math.MaxUint64); ok {
			return v
		}
	}
	return Version
}
