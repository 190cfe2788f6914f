package door

import (
	"errors"
	"net"
	"sync"
)

// holding is what is kept back of one answer: a server of net/http writes 4 KiB at a time.
const holding = 8 << 10

var holders = sync.Pool{New: func() any { return new([holding]byte) }}

// Together sends what write writes to a connection at once, or in as few pieces as it has room for:
// each piece is a call of the system, and wakes whoever reads. It is for an answer of HTTP/1 of
// which write writes the end, and flushes it. at is [http.LocalAddrContextKey]'s. Where some of
// it cannot be sent the connection is closed, and the error is from that.
func Together(at any, write func() error) error {
	l, ok := at.(*local)
	if !ok {
		return write()
	}
	c := l.conn
	room := holders.Get().(*[holding]byte)
	c.held = room[:0]
	err := write()
	if len(c.held) > 0 {
		_, sent := c.send(nil)
		err = errors.Join(err, sent)
	}
	c.held = nil
	clear(room[:]) // record content does not linger
	holders.Put(room)
	return err
}

// hold takes p into what is held, or sends both.
func (c *conn) hold(p []byte) (int, error) {
	if len(c.held)+len(p) <= cap(c.held) {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	return c.send(p)
}

// send sends what is held, and p behind it. After half of an answer nothing may follow.
func (c *conn) send(p []byte) (int, error) {
	held := int64(len(c.held))
	var n int64
	var err error
	if len(p) == 0 {
		_, err = c.Conn.Write(c.held)
	} else {
		both := net.Buffers{c.held, p}
		n, err = both.WriteTo(c.Conn)
	}
	c.held = c.held[:0]
	if err != nil {
		err = errors.Join(err, c.Conn.Close())
	}
	return int(max(n-held, 0)), err
}
