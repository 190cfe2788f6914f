package door

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// The stages of a connection. It changes under its door's lock.
const (
	silent   int32 = iota // nothing was said yet
	called                // nothing was said yet, and its door is closed: it is to go back
	back                  // it went back to the socket: this server has it no longer
	speaking              // the first request is coming
	through               // the first request has reached the server
)

var past = time.Unix(1, 0)

// conn is a connection that came in by a door.
type conn struct {
	net.Conn
	door  *door
	local *local
	stage atomic.Int32
	until time.Time // the server's own limit for reading
	held  []byte    // what is written together, while it is being written
}

// local is a local address that knows its connection: a server shows it with each request.
type local struct {
	net.Addr
	conn *conn
}

// Through says that a request has reached its server. at is [http.LocalAddrContextKey]'s.
func Through(at any) {
	l, ok := at.(*local)
	if !ok || l.conn.stage.Load() == through {
		return
	}
	d := l.conn.door
	d.mu.Lock()
	defer d.mu.Unlock()
	l.conn.stage.Store(through)
	d.leave(l.conn)
}

func (c *conn) LocalAddr() net.Addr { return c.local }

func (c *conn) Read(p []byte) (int, error) {
	if c.stage.Load() >= speaking {
		return c.Conn.Read(p)
	}
	if c.gone() {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.speak()
	} else if errors.Is(err, os.ErrDeadlineExceeded) && c.gone() {
		return 0, io.EOF
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	if c.stage.Load() < speaking {
		if c.gone() {
			return 0, net.ErrClosed
		}
		c.speak()
	}
	if c.held != nil {
		return c.hold(p)
	}
	return c.Conn.Write(p)
}

// CloseWrite is what wire and net/http look for.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || c.gone() {
		return nil
	}
	return half.CloseWrite()
}

func (c *conn) Close() error {
	if c.gone() {
		return nil
	}
	c.door.mu.Lock()
	c.door.leave(c)
	c.door.mu.Unlock()
	return c.Conn.Close()
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	if c.stage.Load() >= speaking {
		return c.Conn.SetReadDeadline(t)
	}
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	c.until = t
	if s := c.stage.Load(); s == called || s == back {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.stage.Load() == back {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// call calls a silent connection back: a server that waits for it is woken. The door's lock
// is held, as it is in what follows.
func (c *conn) call() {
	if c.stage.CompareAndSwap(silent, called) {
		_ = c.Conn.SetReadDeadline(past)
	}
}

// gone says that the connection is no longer this server's; one that was called goes now.
func (c *conn) gone() bool {
	if c.stage.Load() >= speaking {
		return false
	}
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	if c.stage.CompareAndSwap(called, back) {
		_ = c.Conn.SetDeadline(time.Time{})
		c.door.leave(c)
		go c.door.bring(c.Conn, nil)
	}
	return c.stage.Load() == back
}

// speak notes that the first request begins. One that was called in the same moment stays.
func (c *conn) speak() {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	if c.stage.CompareAndSwap(called, speaking) {
		_ = c.Conn.SetReadDeadline(c.until)
	}
	c.stage.CompareAndSwap(silent, speaking)
}
