package spool

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
	magic         = "MCRSPOOL"
	formatVersion = 2
	headerLength  = 76
	headerLength1 = 68 // in version 1
)

// Ends of file names.
const (
	segmentEnd = ".seg"
	packedEnd  = ".packed"  // after segmentEnd
	damagedEnd = ".damaged" // after either
	tempEnd    = ".tmp"
)

// title is what the name of a segment says. The number of the first entry, the
// ordinal of the segment and the key stand there a second time: with a damaged
// header the frames can still be read.
type title struct {
	base    uint64
	ordinal uint32
	key     uint32

	// version of the format, which the name does not say: see versionOf.
	version uint32
}

func (t title) name() string {
	return fmt.Sprintf("%016x-%08x-%08x", t.base, t.ordinal, t.key) + segmentEnd
}

// parseTitle reads a file name; aside says that the file was set aside.
func parseTitle(name string) (t title, aside, ok bool) {
	stem, aside := strings.CutSuffix(name, damagedEnd)
	stem, _ = strings.CutSuffix(stem, packedEnd)
	if stem, ok = strings.CutSuffix(stem, segmentEnd); !ok {
		return title{}, false, false
	}
	base, err1 := strconv.ParseUint(part(stem, 0, 16), 16, 64)
	ordinal, err2 := strconv.ParseUint(part(stem, 17, 25), 16, 32)
	key, err3 := strconv.ParseUint(part(stem, 26, 34), 16, 32)
	t = title{base: base, ordinal: uint32(ordinal), key: uint32(key)}
	ok = err1 == nil && err2 == nil && err3 == nil && base != 0 && t.name() == stem+segmentEnd
	return t, aside, ok
}

func part(s string, from, to int) string {
	if len(s) < to {
		return ""
	}
	return s[from:to]
}

// appendHeader appends the first page of a segment of size bytes.
func appendHeader(b []byte, t title, size int64, prev *Hash, now time.Time) []byte {
	start := len(b)
	b = append(b, magic...)
	b = be.AppendUint32(b, formatVersion)
	b = be.AppendUint32(b, t.key)
	b = be.AppendUint64(b, t.base)
	b = be.AppendUint64(b, uint64(now.UnixNano()))
	b = append(b, prev[:]...)
	b = be.AppendUint64(b, uint64(size))
	b = be.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	return append(b, zeros[:page-(len(b)-start)]...)
}

// header is what the first page of a segment says.
type header struct {
	version uint32
	length  int64 // of what it says; zeros follow
	size    int64 // of the file when it was begun; 0: not said
	prev    Hash  // of the entry before the first one
	begun   time.Time
}

// parseHeader reads the first page of a segment, if it is whole and says the same
// as the name.
func parseHeader(b []byte, t title) (header, bool) {
	if len(b) < headerLength || string(b[:8]) != magic || be.Uint32(b[12:]) != t.key || be.Uint64(b[16:]) != t.base {
		return header{}, false
	}
	h := header{version: be.Uint32(b[8:]), prev: Hash(b[32:]), begun: time.Unix(0, int64(be.Uint64(b[24:])))}
	h.length = headerLength
	switch h.version {
	case 1:
		h.length = headerLength1
	case formatVersion:
		h.size = int64(be.Uint64(b[64:]))
	default:
		return header{}, false
	}
	end := h.length - 4
	return h, be.Uint32(b[end:]) == crc32.Checksum(b[:end], castagnoli)
}

// versionOf tells in which version of the format a segment was written: its header
// says it, or the frames in it do.
func versionOf(b []byte, t title) uint32 {
	if h, ok := parseHeader(b, t); ok {
		return h.version
	}
	for _, v := range []uint32{formatVersion, 1} {
		t.version = v
		if _, _, ok := nextFrame(b, t, page, int64(len(b)), t.base, math.MaxUint64); ok {
			return v
		}
	}
	return formatVersion
}
