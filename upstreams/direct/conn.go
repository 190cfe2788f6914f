package direct

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"time"

	"golang.org/x/net/http/httpguts"
)

type url = neturl.URL

// conn is one connection.
type conn struct {
	t       *Transport
	address string
	raw     net.Conn
	in      *bufio.Reader
	out     *bufio.Writer
	left    int64 // bytes that may still be read of a header
	uses    int   // requests that were answered before
	limited bool  // there is a time limit on the connection itself
	heard   bool  // something came since the last request was begun
	since   time.Time
}

var errHeaderTooLong = errors.New("direct: the answer's header is too long")

func newConn(t *Transport, address string, raw net.Conn) *conn {
	c := &conn{t: t, address: address, raw: raw}
	c.in, c.out = bufio.NewReaderSize(c, 8<<10), bufio.NewWriterSize(raw, 4<<10)
	return c
}

// Read reads from the connection for the buffer: no more than a header may have, until that is over.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errHeaderTooLong
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.raw.Read(p)
	c.left -= int64(n)
	c.heard = c.heard || n > 0
	return n, err
}

const noLimit = 1<<63 - 1

// ask sends a request and reads the header of its answer.
func (c *conn) ask(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	c.heard = false
	if err := c.until(c.t.headerLimit(ctx)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, c.interrupt)
	answer, err := c.exchange(r)
	if err == nil && c.limited {
		err = c.until(time.Time{})
		if ctx.Err() != nil { // it may have been taken for the limit that is over
			c.interrupt()
		}
	}
	if err != nil {
		stop()
		return nil, err
	}
	whole := &body{ReadCloser: answer.Body, conn: c, stop: stop, again: !answer.Close && !r.Close && answer.StatusCode != http.StatusSwitchingProtocols}
	answer.Body = whole
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return answer, nil
	}
	c.left = noLimit
	if answer.ContentLength == 0 || r.Method == http.MethodHead {
		whole.ended()
	}
	return answer, nil
}

// until sets until when the connection may be written and read; zero: for as long as somebody waits.
func (c *conn) until(limit time.Time) error {
	if limit.IsZero() && !c.limited {
		return nil
	}
	c.limited = !limit.IsZero()
	return c.raw.SetDeadline(limit)
}

// exchange writes a request and reads up to the end of the header of its answer.
func (c *conn) exchange(r *http.Request) (*http.Response, error) {
	if err := r.Write(c.out); err != nil {
		return nil, err
	}
	if err := c.out.Flush(); err != nil {
		return nil, err
	}
	c.left = c.t.cfg.HeaderBytes
	for { // informational answers go by; all headers together are no longer than one may be
		answer, err := http.ReadResponse(c.in, r)
		if err != nil || answer.StatusCode/100 != 1 || answer.StatusCode == http.StatusSwitchingProtocols {
			return answer, err
		}
	}
}

// interrupt ends whatever is being written or read: nobody waits for it any more.
func (c *conn) interrupt() { _ = c.raw.SetDeadline(time.Unix(1, 0)) }

func (c *conn) close() { _ = c.raw.Close() }

// leave closes a connection that waited, and tells of what came on it meanwhile.
func (c *conn) leave() {
	if _, unasked := c.look(); unasked {
		c.unasked()
	}
	c.close()
}

func (c *conn) unasked() {
	if c.t.cfg.Unasked != nil {
		c.t.cfg.Unasked(c.address)
	}
}

// body is an answer's body. At its end, and not before, the connection may be used again.
type body struct {
	io.ReadCloser
	conn  *conn
	stop  func() bool
	again bool // the connection may be used again, by what the header says
	over  bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.over {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.ended()
	default:
		b.broke()
	}
	return n, err
}

// Close gives up what was not read, and the connection with it.
func (b *body) Close() error {
	b.broke()
	return nil
}

// ended gives the connection back, unless something came that nobody asked for.
func (b *body) ended() {
	if b.over {
		return
	}
	if b.conn.in.Buffered() > 0 {
		b.conn.unasked()
		b.again = false
	}
	if !b.again || !b.stop() {
		b.broke()
		return
	}
	b.over = true
	b.conn.t.back(b.conn)
}

func (b *body) broke() {
	if b.over {
		return
	}
	b.over = true
	b.stop()
	b.conn.close()
}

// fit reports whether headers can be sent as they are.
func fit(h http.Header) bool {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return false
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return false
			}
		}
	}
	return true
}

// hostPort is where to connect to.
func hostPort(to *url) string {
	if to.Port() != "" {
		return to.Host
	}
	return net.JoinHostPort(to.Hostname(), "80")
}
