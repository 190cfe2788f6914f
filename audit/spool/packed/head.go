package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// A packed file is a segment's bytes, its image, in blocks. Block 0 is the image's first
// page, so that the header can be read without unpacking more; the others are of one size,
// the last one shorter. It begins and ends with the same head:
//
//	+------+---------+---------+-----+---------+------+
//	| head | block 0 | block 1 | ... | block n | head |
//	+------+---------+---------+-----+---------+------+
//
// A head is a skippable frame of Zstandard (RFC 8878 section 3.1.2). So when the codec is
// zstd the whole is a file of that format, and "zstd -dc" makes the image of it. Numbers of
// the frame itself are little-endian, all others big-endian:
//
//	0   magic    4  0x184D2A5E
//	4   size     4  of all that follows in the head
//	8   magic    8  "MCRPACKD"
//	16  version  4  1
//	20  codec   16  its name, then zeros
//	36  base     8  as in the name of the file
//	44  ordinal  4
//	48  key      4  where the checksums of blocks begin too
//	52  limit    8  the last number in the segment
//	60  image    8  its size
//	68  block    4  size of blocks 1 to n in the image
//	72  blocks   4  how many there are
//	76  index   12  for each: its size here, CRC-32C of it here, CRC-32C of it in the image
//	    crc      4  CRC-32C of all before
//	    length   4  of the whole head, to find it from the end of the file
//	    end      4  "PACK"
const (
	// BlockBytes is the size of the blocks in the image.
	BlockBytes = 256 << 10

	magic       = "MCRPACKD"
	endMagic    = "PACK"
	version     = 1
	fixedLength = 76 // before the index
	entryLength = 12 // of the index
	tailLength  = 12 // after it

	skippable = 0x184D2A5E
	maxBlock  = 16 << 20
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	be         = binary.BigEndian
)

// head is the head of a packed file.
type head struct {
	format.Title
	codec  string
	limit  uint64
	image  int64
	block  int64
	blocks []block
}

// block is one block: where it stands in the file, and what it must be.
type block struct {
	off         int64
	size        int64
	crc, before uint32 // packed, and in the image
}

// count gives how many blocks an image of that size has.
func count(image, block int64) int64 {
	if image <= format.Page {
		return min(image, 1)
	}
	return 1 + (image-format.Page+block-1)/block
}

// span gives what of the image block i holds.
func (h *head) span(i int) (from, to int64) {
	if i == 0 {
		return 0, min(format.Page, h.image)
	}
	from = format.Page + int64(i-1)*h.block
	return from, min(from+h.block, h.image)
}

// at gives the block that holds the byte off of the image.
func (h *head) at(off int64) int {
	if off < format.Page {
		return 0
	}
	return 1 + int((off-format.Page)/h.block)
}

// size is the length of a head with so many blocks.
func headSize(blocks int) int64 { return fixedLength + entryLength*int64(blocks) + tailLength }

// append appends the head to b.
func (h *head) append(b []byte) []byte {
	start, size := len(b), headSize(len(h.blocks))
	b = binary.LittleEndian.AppendUint32(b, skippable)
	b = binary.LittleEndian.AppendUint32(b, uint32(size-8))
	b = append(b, magic...)
	b = be.AppendUint32(b, version)
	b = append(append(b, h.codec...), make([]byte, MaxName-len(h.codec))...)
	b = be.AppendUint64(b, h.Base)
	b = be.AppendUint32(b, h.Ordinal)
	b = be.AppendUint32(b, h.Key)
	b = be.AppendUint64(b, h.limit)
	b = be.AppendUint64(b, uint64(h.image))
	b = be.AppendUint32(b, uint32(h.block))
	b = be.AppendUint32(b, uint32(len(h.blocks)))
	for _, one := range h.blocks {
		b = be.AppendUint32(b, uint32(one.size))
		b = be.AppendUint32(b, one.crc)
		b = be.AppendUint32(b, one.before)
	}
	b = be.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	b = be.AppendUint32(b, uint32(size))
	return append(b, endMagic...)
}

// errNoHead says that no whole head stands there.
var errNoHead = errors.New("no head of a packed file")

// parseHead reads a head that fills b. It fails with errNoHead when b is none, and
// with ErrCodec when it is one of a version that is not known here.
func parseHead(b []byte) (*head, error) {
	n := int64(len(b))
	if n < headSize(0) || string(b[8:16]) != magic || string(b[n-4:]) != endMagic || int64(be.Uint32(b[n-8:])) != n ||
		binary.LittleEndian.Uint32(b) != skippable || int64(binary.LittleEndian.Uint32(b[4:])) != n-8 ||
		crc32.Checksum(b[:n-tailLength], castagnoli) != be.Uint32(b[n-tailLength:]) {
		return nil, errNoHead
	}
	if v := be.Uint32(b[16:]); v != version {
		return nil, fmt.Errorf("version %d of packed files: %w", v, ErrCodec)
	}
	h := &head{
		Title: format.Title{Base: be.Uint64(b[36:]), Ordinal: be.Uint32(b[44:]), Key: be.Uint32(b[48:])},
		codec: strings.TrimRight(string(b[20:20+MaxName]), "\x00"), limit: be.Uint64(b[52:]),
		image: int64(be.Uint64(b[60:])), block: int64(be.Uint32(b[68:])),
	}
	blocks := int64(be.Uint32(b[72:]))
	if h.image < 0 || h.image > 2*format.MaxSegment || h.block <= 0 || h.block > maxBlock ||
		blocks != count(h.image, h.block) || n != headSize(int(blocks)) {
		return nil, errNoHead
	}
	off := n
	for at := int64(fixedLength); at < n-tailLength; at += entryLength {
		one := block{off: off, size: int64(be.Uint32(b[at:])), crc: be.Uint32(b[at+4:]), before: be.Uint32(b[at+8:])}
		if one.size > 2*maxBlock {
			return nil, errNoHead
		}
		h.blocks = append(h.blocks, one)
		off += one.size
	}
	return h, nil
}
