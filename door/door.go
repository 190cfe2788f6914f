package door

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
)

var (
	mu      sync.Mutex
	sockets = map[string]*socket{}
)

// socket is one listening socket with all who accept from it.
type socket struct {
	net.Listener
	name  string
	came  chan arrival
	ended chan struct{}
	doors []*door // the newest last
}

type arrival struct {
	conn net.Conn
	err  error
}

// Open opens a door at the socket of this name. listen makes the socket when there is none;
// it lasts until its last door is closed. Its own keep-alive should be off: each door sets
// what it is given.
func Open(name string, keepAlive net.KeepAliveConfig, listen func() (net.Listener, error)) (net.Listener, error) {
	mu.Lock()
	defer mu.Unlock()
	s := sockets[name]
	if s == nil {
		l, err := listen()
		if err != nil {
			return nil, err
		}
		s = &socket{Listener: l, name: name, came: make(chan arrival), ended: make(chan struct{})}
		sockets[name] = s
		go s.accept()
	}
	d := &door{socket: s, keepAlive: keepAlive, closed: make(chan struct{}), empty: make(chan struct{}), coming: map[*conn]bool{}}
	s.doors = append(s.doors, d)
	return d, nil
}

// Settle closes every door but the newest of its socket, and waits until each request that
// had begun to come in by one has reached its server, or ctx ends. It gives how many have
// not: their servers will drop them.
func Settle(ctx context.Context) (late int) {
	mu.Lock()
	var older []*door
	for _, s := range sockets {
		older = append(older, s.doors[:len(s.doors)-1]...)
	}
	mu.Unlock()
	for _, d := range older {
		_ = d.Close()
	}
	for _, d := range older {
		select {
		case <-d.empty:
		case <-ctx.Done():
			d.mu.Lock()
			late += len(d.coming)
			d.mu.Unlock()
		}
	}
	return late
}

func (s *socket) accept() {
	for {
		c, err := s.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		s.bring(c, err)
	}
}

// bring hands what came to whichever open door takes it first.
func (s *socket) bring(c net.Conn, err error) {
	select {
	case s.came <- arrival{c, err}:
	case <-s.ended:
		if c != nil {
			_ = c.Close()
		}
	}
}

// door is what one server accepts from.
type door struct {
	*socket
	keepAlive net.KeepAliveConfig
	closed    chan struct{}
	empty     chan struct{} // closed when the door is, and nobody is coming any more
	emptied   sync.Once

	mu     sync.Mutex
	shut   bool
	coming map[*conn]bool // those whose first request has not reached the server
}

func (d *door) Accept() (net.Conn, error) {
	for {
		select {
		case <-d.closed:
			return nil, &net.OpError{Op: "accept", Net: d.Addr().Network(), Addr: d.Addr(), Err: net.ErrClosed}
		case a := <-d.came:
			if a.err != nil {
				return nil, a.err
			}
			if c := d.let(a.conn); c != nil {
				return c, nil
			}
			go d.bring(a.conn, nil) // it was closed meanwhile: this one is another's
		}
	}
}

func (d *door) let(raw net.Conn) net.Conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return nil
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(d.keepAlive) // as net does, which tells nobody either
	}
	c := &conn{Conn: raw, door: d}
	c.local = &local{raw.LocalAddr(), c}
	d.coming[c] = true
	return c
}

// Close lets nobody in any more, and calls those back who have said nothing yet.
func (d *door) Close() error {
	mu.Lock()
	defer mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return nil
	}
	d.shut = true
	close(d.closed)
	for c := range d.coming {
		c.call()
	}
	d.leave(nil) // there may be nobody to wait for
	d.doors = slices.DeleteFunc(d.doors, func(other *door) bool { return other == d })
	if len(d.doors) > 0 {
		return nil
	}
	delete(sockets, d.name)
	close(d.ended)
	return d.Listener.Close()
}

// leave notes that a connection is not coming any more. d.mu is held.
func (d *door) leave(c *conn) {
	delete(d.coming, c)
	if d.shut && len(d.coming) == 0 {
		d.emptied.Do(func() { close(d.empty) })
	}
}
