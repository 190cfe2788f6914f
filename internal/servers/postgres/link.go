package postgres

import (
	"net"
	"sync"
	"testing"
)

// Link is a wire between clients and a server that can be cut. It may be used by many
// goroutines at once.
type Link struct {
	listener net.Listener

	mu      sync.Mutex
	mended  *sync.Cond
	to      string
	state   state
	open    map[net.Conn]bool // whether something may pass
	closing bool
}

type state int

const (
	whole  state = iota
	cut          // connections are reset, none is taken
	silent       // connections stay and are taken; nothing passes, as in a partition
	mute         // what clients say passes, what they are answered does not
)

// NewLink gives a wire to the server at an address (host:port). It ends with the test.
func NewLink(t testing.TB, to string) *Link {
	t.Helper()
	return NewLinkAt(t, "127.0.0.1", to)
}

// NewLinkAt is NewLink with another address of the loopback for clients, such as one for which
// the server has no certificate.
func NewLinkAt(t testing.TB, at, to string) *Link {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(at, "0"))
	if err != nil {
		t.Fatalf("laying a wire: %v", err)
	}
	l := &Link{listener: listener, to: to, open: map[net.Conn]bool{}}
	l.mended = sync.NewCond(&l.mu)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.serve()
	}()
	t.Cleanup(func() {
		l.mu.Lock()
		l.closing = true
		l.reset()
		l.mu.Unlock()
		_ = listener.Close()
		<-done
	})
	return l
}

// Addr is the host:port at which clients reach the server.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// Cut ends all connections and takes none until Mend.
func (l *Link) Cut() { l.become(cut) }

// Silence lets nothing pass until Mend, and tells nobody. What was sent meanwhile passes then.
func (l *Link) Silence() { l.become(silent) }

// Mute lets nothing of what the server says pass until Mend: it does what it is asked, and its
// clients do not learn of it.
func (l *Link) Mute() { l.become(mute) }

// Mend lets everything pass again, but on connections that are stranded.
func (l *Link) Mend() { l.become(whole) }

// Strand lets nothing pass any more on the connections that there are, and tells nobody; new ones
// are not concerned.
func (l *Link) Strand() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		l.open[c] = false
	}
}

// Lead leads new connections to another server, and ends those that there are.
func (l *Link) Lead(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
	l.reset()
}

func (l *Link) become(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = s
	if s == cut {
		l.reset()
	}
	l.mended.Broadcast()
}

// reset ends all connections; the caller holds the lock.
func (l *Link) reset() {
	for c := range l.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // RST: the client learns at once
		}
		_ = c.Close()
	}
	clear(l.open)
	l.mended.Broadcast()
}

func (l *Link) serve() {
	var pairs sync.WaitGroup
	defer pairs.Wait()
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		if l.keep(client) {
			pairs.Go(func() { l.join(client) })
		}
	}
}

// keep takes a connection up, or ends it where the wire is cut.
func (l *Link) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == cut || l.closing {
		_ = c.Close()
		return false
	}
	l.open[c] = true
	return true
}

// passes waits until something may pass; false when the connection was ended meanwhile.
func (l *Link) passes(c net.Conn, answer bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		passes, open := l.open[c]
		if !open || passes && l.state != silent && !(answer && l.state == mute) {
			return open
		}
		l.mended.Wait()
	}
}

func (l *Link) join(client net.Conn) {
	defer l.drop(client)
	if !l.passes(client, false) {
		return
	}
	l.mu.Lock()
	to := l.to
	l.mu.Unlock()
	server, err := net.Dial("tcp", to)
	if err != nil || !l.keep(server) {
		return
	}
	defer l.drop(server)
	var ways sync.WaitGroup
	ways.Go(func() { l.carry(client, server, false) })
	ways.Go(func() { l.carry(server, client, true) })
	ways.Wait()
}

// carry carries one way until an end is closed, and then ends the other: PostgreSQL's protocol
// has no half-closed connections.
func (l *Link) carry(from, to net.Conn, answers bool) {
	defer l.drop(to)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !l.passes(from, answers) {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil { // io.EOF, or was ended, which the other end learns when something may pass
			l.passes(from, answers)
			return
		}
	}
}

func (l *Link) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	_ = c.Close()
	l.mended.Broadcast()
}
