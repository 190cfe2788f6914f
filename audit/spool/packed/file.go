package packed

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// File reads a packed file as the image that it holds. What is damaged reads as
// zeros, as a disk gives sectors that were never written: the entries there are missed by
// whoever reads, and told, and all others are read. A head of which one copy is not whole
// counts as damage to the image's first page, so that it is told and the file set aside.
//
// It may be used by many goroutines at once.
type File struct {
	file   io.ReaderAt
	head   head
	codec  Codec
	size   int64 // on the disk
	whole  bool  // both heads are, and say the same
	mu     sync.Mutex
	cached int    // the block in cache, or -1
	good   bool   // it was whole
	cache  []byte // what it holds of the image
	packed []byte
}

// Open reads the head of f, a file of size bytes that has that name. Without any head the
// image is empty. The error is one of the disk, or ErrCodec. Whoever opened f closes it.
func Open(f io.ReaderAt, size int64, name string, codec Codec) (*File, error) {
	p := &File{file: f, codec: codec, size: size, cached: -1}
	first, one, err := headFromStart(f, size)
	if err != nil {
		return nil, err
	}
	second, two, err := headFromEnd(f, size)
	if err != nil {
		return nil, err
	}
	if first == nil {
		first = second
	}
	t, _, ok := format.ParseTitle(name)
	if first == nil || !ok || first.Title != t {
		return p, nil // no head of this file: nothing can be read
	}
	p.head = *first
	p.whole = second != nil && bytes.Equal(one, two) && p.head.end() == size
	if codec == nil || codec.Name() != p.head.codec {
		return nil, fmt.Errorf("%s is packed by the codec %q: %w", name, p.head.codec, ErrCodec)
	}
	return p, nil
}

// end gives where the second head ends.
func (h *head) end() int64 {
	end := 2 * headSize(len(h.blocks))
	for _, b := range h.blocks {
		end += b.size
	}
	return end
}

func headFromStart(f io.ReaderAt, size int64) (*head, []byte, error) {
	b, err := readSome(f, 0, min(size, fixedLength))
	if err != nil || len(b) < fixedLength || string(b[8:16]) != magic {
		return nil, nil, err
	}
	return readHead(f, 0, headSize(int(min(be.Uint32(b[72:]), format.MaxSegment))), size)
}

func headFromEnd(f io.ReaderAt, size int64) (*head, []byte, error) {
	b, err := readSome(f, max(0, size-8), min(size, 8))
	if err != nil || len(b) < 8 || string(b[4:]) != endMagic {
		return nil, nil, err
	}
	n := int64(be.Uint32(b))
	return readHead(f, size-n, n, size)
}

// readHead reads the head of n bytes at off; nil when there is none.
func readHead(f io.ReaderAt, off, n, size int64) (*head, []byte, error) {
	if off < 0 || n > size-off {
		return nil, nil, nil
	}
	b, err := readSome(f, off, n)
	if err != nil {
		return nil, nil, err
	}
	h, err := parseHead(b)
	if errors.Is(err, errNoHead) {
		return nil, nil, nil
	}
	return h, b, err
}

// readSome reads n bytes at off, fewer at the end of the file.
func readSome(f io.ReaderAt, off, n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := f.ReadAt(b, off)
	if err == io.EOF {
		err = nil
	}
	return b[:got], err
}

// Size gives the length of the image, in bytes.
func (p *File) Size() int64 { return p.head.image }

// Stored gives the length of the packed file, in bytes.
func (p *File) Stored() int64 { return p.size }

// Limit gives the last number in the segment; 0 when there is no head to say it.
func (p *File) Limit() uint64 { return p.head.limit }

// ReadAt reads the image.
func (p *File) ReadAt(b []byte, off int64) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(b) && off < p.head.image {
		i := p.head.at(off)
		if err := p.load(i); err != nil {
			return n, err
		}
		from, _ := p.head.span(i)
		did := copy(b[n:], p.cache[off-from:])
		n += did
		off += int64(did)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// load unpacks block i into the cache.
func (p *File) load(i int) error {
	if p.cached == i {
		return nil
	}
	p.cached = -1
	one := p.head.blocks[i]
	if int64(cap(p.packed)) < one.size {
		p.packed = make([]byte, one.size)
	}
	p.packed = p.packed[:one.size]
	got, err := p.file.ReadAt(p.packed, one.off)
	if err != nil && err != io.EOF {
		return err // the disk's, which is no damage: whoever reads may try again
	}
	from, to := p.head.span(i)
	size := int(to - from)
	if cap(p.cache) < size {
		p.cache = make([]byte, 0, size)
	}
	p.good = false
	if int64(got) == one.size && crc32.Update(p.head.Key, castagnoli, p.packed) == one.crc {
		b, err := p.codec.Decode(p.cache[:0:size], p.packed, size)
		if err == nil && len(b) == size && crc32.Update(p.head.Key, castagnoli, b) == one.before {
			p.cache, p.good = b, true
		}
	}
	if !p.good || i == 0 && !p.whole {
		p.cache = p.cache[:size]
		clear(p.cache)
	}
	p.cached = i
	return nil
}

// Sound says that every byte of the file is as it was written.
func (p *File) Sound() (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.head.blocks {
		if err := p.load(i); err != nil || !p.good {
			return false, err
		}
	}
	return p.whole, nil
}
