package packed

import (
	"bytes"
	"hash/crc32"
	"io"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// Image is what is packed: a segment, no longer written to.
type Image struct {
	format.Title
	Limit uint64 // the last number in it
	Bytes []byte // of its file
	Block int64  // size of the blocks, BlockBytes but in tests
}

// Write writes an image as a packed file, and gives its length. After each block it calls
// pause with how much is written and how long the block took, and ends if that fails.
// Making it durable is for whoever opened w.
func Write(w io.WriterAt, codec Codec, im Image, pause func(written int64, took time.Duration) error) (int64, error) {
	h := head{Title: im.Title, codec: codec.Name(), limit: im.Limit, image: int64(len(im.Bytes)), block: im.Block}
	off := headSize(int(count(h.image, h.block)))
	var packed []byte
	for i := range int(count(h.image, h.block)) {
		began := time.Now()
		start, end := h.span(i)
		packed = codec.Append(packed[:0], im.Bytes[start:end])
		if _, err := w.WriteAt(packed, off); err != nil {
			return 0, err
		}
		h.blocks = append(h.blocks, block{
			size: int64(len(packed)), crc: crc32.Update(h.Key, castagnoli, packed), before: crc32.Update(h.Key, castagnoli, im.Bytes[start:end]),
		})
		off += int64(len(packed))
		if err := pause(off, time.Since(began)); err != nil {
			return 0, err
		}
	}
	head := h.append(nil)
	if _, err := w.WriteAt(head, off); err != nil {
		return 0, err
	}
	if _, err := w.WriteAt(head, 0); err != nil {
		return 0, err
	}
	return off + int64(len(head)), nil
}

// Differs reads a packed file of size bytes, which is to have that name, as every later
// reader does, and says in words how it differs from the image; "" when it does not.
// After each block it calls pause with how long that took, and ends if it fails.
func Differs(f io.ReaderAt, size int64, name string, codec Codec, im Image, pause func(took time.Duration) error) (string, error) {
	p, err := Open(f, size, name, codec)
	if err != nil {
		return "", err
	}
	if !p.whole || p.head.image != int64(len(im.Bytes)) {
		return "cannot be read back", nil
	}
	part := make([]byte, max(im.Block, format.Page))
	for i := range p.head.blocks {
		began := time.Now()
		start, end := p.head.span(i)
		if _, err := p.ReadAt(part[:end-start], start); err != nil {
			return "", err
		}
		if !p.good || !bytes.Equal(part[:end-start], im.Bytes[start:end]) {
			return "unpacks to something else", nil
		}
		if err := pause(time.Since(began)); err != nil {
			return "", err
		}
	}
	return "", nil
}
