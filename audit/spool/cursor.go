package spool

import (
	"errors"
	"fmt"
	"io"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// readChunk is what is read from a file at once.
const readChunk = 256 << 10

// cursor is where reading stands in a file, so that the next Read need not
// search.
type cursor struct {
	name string
	file File
	in   format.Title

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
func (c *cursor) frame() (format.Frame, error) {
	for {
		var rest []byte
		if at := c.off - c.start; at >= 0 && at < int64(len(c.buf)) {
			rest = c.buf[at:]
		}
		if len(rest) < format.FrameHeader {
			if c.off+format.FrameHeader > c.end {
				return format.Frame{}, fmt.Errorf("%w: entry %d", ErrDamaged, c.next)
			}
			if err := c.load(readChunk); err != nil {
				return format.Frame{}, err
			}
			continue
		}
		if seq, need := format.Peek(rest); seq == c.next {
			if need > int64(len(rest)) && c.off+need <= c.end {
				if err := c.load(max(need, readChunk)); err != nil {
					return format.Frame{}, err
				}
				continue
			}
			f, ok := format.ParseFrame(rest, c.in)
			if ok && (!c.known || format.Relink(rest[:format.FrameHeader+len(f.Payload)], &c.prev) == f.Hash) {
				c.next, c.off, c.prev, c.known = f.Seq+1, c.off+f.Size, f.Hash, true
				return f, nil
			}
		}
		if skip := format.Up(c.off, format.Page) - c.off; skip > 0 && skip <= int64(len(rest)) && format.Blank(rest[:skip]) {
			c.off += skip
		} else {
			c.off += format.FrameAlign
		}
	}
}

// load reads up to n bytes from the cursor on.
func (c *cursor) load(n int64) error {
	b := make([]byte, min(n, c.end-c.off))
	got, err := c.file.ReadAt(b, c.off)
	if err != nil && !errors.Is(err, io.EOF) {
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
