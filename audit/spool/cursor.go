package spool

import (
	"errors"
	"fmt"
	"io"
)

// readChunk is what is read from a file at once.
const readChunk = 256 << 10

// cursor is where reading stands in a file, so that the next Read need not
// search.
type cursor struct {
	name string
	file File
	key  uint32

	next  uint64 // number of the frame to read
	off   int64  // where it stands, or zeros before it
	prev  Hash   // that it links to
	known bool   // prev is known

	last uint64 // of the run, as far as it was durable when looked up
	end  int64

	buf   []byte // bytes of the file; entries given out lie in it, so it is never used again
	start int64  // where they stand
}

// frame reads and verifies the frame at the cursor and moves on.
func (c *cursor) frame() (frame, error) {
	for {
		var rest []byte
		if at := c.off - c.start; at < int64(len(c.buf)) {
			rest = c.buf[at:]
		}
		if f, ok := parseFrame(rest, c.key); ok {
			raw := rest[:frameHeader+len(f.payload)]
			if f.seq != c.next || c.known && relink(raw, &c.prev) != f.hash {
				return f, fmt.Errorf("%w: entry %d", ErrDamaged, c.next)
			}
			c.next, c.off, c.prev, c.known = f.seq+1, c.off+f.size, f.hash, true
			return f, nil
		}
		// A commit ends in zeros up to the next page.
		if skip := up(c.off, page) - c.off; skip > 0 && len(rest) > 0 && blank(rest[:min(skip, int64(len(rest)))]) {
			c.off += skip
			continue
		}
		need := int64(frameHeader)
		if len(rest) >= frameHeader {
			need += int64(be.Uint32(rest))
		}
		if need <= int64(len(rest)) || c.off+need > c.end {
			return frame{}, fmt.Errorf("%w: entry %d", ErrDamaged, c.next)
		}
		if err := c.load(max(need, readChunk)); err != nil {
			return frame{}, err
		}
	}
}

// load reads up to n bytes from the cursor on.
func (c *cursor) load(n int64) error {
	b := make([]byte, min(n, c.end-c.off))
	got, err := c.file.ReadAt(b, c.off)
	if err != nil && err != io.EOF {
		return err
	}
	if got < len(b) {
		return errors.Join(ErrDamaged, io.ErrUnexpectedEOF)
	}
	c.buf, c.start = b, c.off
	return nil
}

func (c *cursor) close() {
	if c.file != nil {
		c.file.Close()
	}
	*c = cursor{}
}
