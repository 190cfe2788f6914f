package spool

import (
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
	in   title

	next  uint64 // number of the frame to read
	off   int64  // where it stands, or zeros before it
	prev  Hash   // that it links to
	known bool   // prev is known

	last uint64 // of the run, as far as it was durable when looked up
	end  int64

	buf   []byte // bytes of the file; entries given out lie in it, so it is never used again
	start int64  // where they stand
}

// frame reads and verifies the next frame and moves on. It stands where the
// cursor stands, or after the zeros that end a commit; where those were altered
// it is looked for, as in recovery.
func (c *cursor) frame() (frame, error) {
	for {
		var rest []byte
		if at := c.off - c.start; at >= 0 && at < int64(len(c.buf)) {
			rest = c.buf[at:]
		}
		if len(rest) < frameHeader {
			if c.off+frameHeader > c.end {
				return frame{}, fmt.Errorf("%w: entry %d", ErrDamaged, c.next)
			}
			if err := c.load(readChunk); err != nil {
				return frame{}, err
			}
			continue
		}
		if be.Uint64(rest[atSeq:]) == c.next {
			need := frameHeader + int64(be.Uint32(rest))
			if need > int64(len(rest)) && c.off+need <= c.end {
				if err := c.load(max(need, readChunk)); err != nil {
					return frame{}, err
				}
				continue
			}
			f, ok := parseFrame(rest, c.in)
			if ok && (!c.known || relink(rest[:frameHeader+len(f.payload)], &c.prev) == f.hash) {
				c.next, c.off, c.prev, c.known = f.seq+1, c.off+f.size, f.hash, true
				return f, nil
			}
		}
		if skip := up(c.off, page) - c.off; skip > 0 && skip <= int64(len(rest)) && blank(rest[:skip]) {
			c.off += skip
		} else {
			c.off += frameAlign
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
		// Only what fills the last frame up may be missing; frame sees whether it is.
		b, c.end = b[:got], c.off+int64(got)
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
