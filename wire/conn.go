package wire

import (
	"bytes"
	"io"
	"net"
)

const (
	// mostHead is more than any server behind reads: it says itself that a head is too long.
	mostHead = 64 << 10
	// preface begins a connection of HTTP/2 (RFC 9113 section 3.4).
	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	// refused is what a server reads in place of a head that was refused. It is no
	// request: every server answers it with 400 and closes. So the answer keeps its
	// place behind those to earlier requests. It is longer than the preface, for which servers wait.
	refused = "refused refused refused refused\r\n\r\n"
)

// Conn is a connection whose requests are judged as they are read. Reads come from
// one goroutine at a time, as those of [net/http].
type Conn struct {
	net.Conn
	fault func(Fault)

	buf    []byte // what was read and not yet given out
	judged int    // how much of buf may be given out
	err    error  // what comes after buf
	over   bool   // nothing that comes after buf is given out
	state  func(*Conn, []byte) (n int, more bool)
	left   int64 // of the body, or of this chunk
	seen   int   // of a head that is not whole yet: how much was searched for its end
	begun  bool  // a request was read: the connection is not new
}

// New judges what is read from c. fault is told of each request that is refused.
func New(c net.Conn, fault func(Fault)) *Conn {
	return &Conn{Conn: c, fault: fault, state: (*Conn).inHead}
}

// Read gives what was judged.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if c.judged > 0 {
			n := copy(p, c.buf[:c.judged])
			c.judged -= n
			c.buf = c.buf[:copy(c.buf, c.buf[n:])]
			return n, nil
		}
		if c.err != nil {
			return 0, c.err
		}
		if c.over {
			return c.drain()
		}
		if c.state == nil || c.left > 0 && len(c.buf) == 0 {
			return c.pass(p)
		}
		if c.judge() {
			continue
		}
		if cap(c.buf)-len(c.buf) < 512 {
			c.buf = append(make([]byte, 0, max(4096, 2*cap(c.buf))), c.buf...)
		}
		n, err := c.Conn.Read(c.buf[len(c.buf):cap(c.buf)])
		c.buf = c.buf[:len(c.buf)+n]
		if n == 0 && err != nil {
			return 0, err // a time limit may pass, and the server read on
		}
	}
}

// pass gives what needs no judging: HTTP/2, and the inside of a body.
func (c *Conn) pass(p []byte) (int, error) {
	if c.state != nil && int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.Conn.Read(p)
	if c.state != nil {
		c.left -= int64(n)
	}
	return n, err
}

// drain waits for the connection's end. A server still answers what was asked before,
// and an end that it saw now would be that of a client who has gone.
func (c *Conn) drain() (int, error) {
	for {
		if _, err := c.Conn.Read(c.buf[:cap(c.buf)]); err != nil {
			return 0, err
		}
	}
}

// judge judges what is in buf as far as it goes, and says whether there is news.
func (c *Conn) judge() (news bool) {
	for len(c.buf) > c.judged && c.state != nil && c.err == nil && !c.over {
		if c.left > 0 {
			n := min(c.left, int64(len(c.buf)-c.judged))
			c.left -= n
			c.judged += int(n)
			continue
		}
		n, more := c.state(c, c.buf[c.judged:])
		c.judged += n
		if more {
			break
		}
	}
	if c.state == nil && c.err == nil {
		c.judged = len(c.buf)
	}
	return c.judged > 0 || c.err != nil || c.over
}

// inHead waits for a whole head. more says that it is not there yet.
func (c *Conn) inHead(text []byte) (n int, more bool) {
	if !c.begun && bytes.HasPrefix([]byte(preface), text[:min(len(text), len(preface))]) {
		if len(text) < len(preface) {
			return 0, true
		}
		c.state = nil
		return len(text), false
	}
	if !token(text[:1]) {
		return c.refuse(BadLine), false
	}
	from := max(0, c.seen-3)
	end := bytes.Index(text[from:], []byte("\r\n\r\n"))
	if end < 0 {
		if bare(text[from:]) {
			return c.refuse(BadField), false
		}
		c.seen = len(text)
		if len(text) > mostHead {
			c.over = true // the server says that it is too long
			return len(text), false
		}
		return 0, true
	}
	end, c.seen = from+end, 0
	f, fault := head(text[:end+4])
	if fault != "" {
		return c.refuse(fault), false
	}
	c.begun = true
	if f.chunked {
		c.state = (*Conn).inChunkSize
	} else {
		c.left = f.length
	}
	return end + 4, false
}

// bare says whether a line ends with a newline alone: then no end may ever come.
// What stands before text was searched already, and is no newline's business.
func bare(text []byte) bool {
	for i, c := range text {
		if c == '\n' && i > 0 && text[i-1] != '\r' {
			return true
		}
	}
	return false
}

// refuse puts what no server takes in the place of what was not yet judged.
func (c *Conn) refuse(why Fault) int {
	c.fault(why)
	c.buf = append(c.buf[:c.judged], refused...)
	c.over = true
	return len(refused)
}

// inChunkSize reads: 1*HEXDIG CRLF. Extensions are refused.
func (c *Conn) inChunkSize(text []byte) (n int, more bool) {
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		if len(text) > 17 {
			return c.broken(), false
		}
		return 0, true
	}
	if end < 2 || end > 17 || text[end-1] != '\r' {
		return c.broken(), false
	}
	var size int64
	for _, d := range text[:end-1] {
		switch {
		case '0' <= d && d <= '9':
			d -= '0'
		case 'a' <= d|0x20 && d|0x20 <= 'f':
			d = d | 0x20 - 'a' + 10
		default:
			return c.broken(), false
		}
		if size >= 1<<50 {
			return c.broken(), false
		}
		size = size<<4 | int64(d)
	}
	c.left, c.state = size, (*Conn).inChunkEnd
	if size == 0 {
		c.state = (*Conn).inLastEnd
	}
	return end + 1, false
}

// inChunkEnd reads the CRLF after a chunk.
func (c *Conn) inChunkEnd(text []byte) (n int, more bool) {
	return c.lineEnd(text, (*Conn).inChunkSize)
}

// inLastEnd reads the CRLF after the last chunk. Trailers are refused.
func (c *Conn) inLastEnd(text []byte) (n int, more bool) {
	return c.lineEnd(text, (*Conn).inHead)
}

func (c *Conn) lineEnd(text []byte, next func(*Conn, []byte) (int, bool)) (n int, more bool) {
	switch {
	case text[0] != '\r' || len(text) > 1 && text[1] != '\n':
		return c.broken(), false
	case len(text) == 1:
		return 0, true
	}
	c.state = next
	return 2, false
}

// broken ends a body that is not understood: the server sees it cut off, and reads
// no further request from this connection.
func (c *Conn) broken() int {
	c.fault(BadChunk)
	c.buf = c.buf[:c.judged]
	c.err = io.ErrUnexpectedEOF
	return 0
}

// CloseWrite lets a server that closes wait for the client to have read its answer.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
