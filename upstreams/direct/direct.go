// Package direct carries requests over HTTP/1.1 without TLS, on connections that each are driven by
// the goroutine that asks.
//
// Go's own transport has two goroutines for each connection, which hand every request and answer over
// to each other; under load that is a third of what a request to a source nearby costs. What is
// written and read is left to net/http here too.
//
// A connection is used for one request at a time, and again only when its answer was read to its end
// and nothing came after it: what a source sends that nobody asked for is never taken for the next
// answer, which would be about another patient.
package direct

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Config is all that a Transport needs. Every field without a stated default is required.
type Config struct {
	// Dial connects.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HeaderWithin is how long an answer's header may take from when the request was sent. Default: for
	// as long as the request may.
	HeaderWithin time.Duration
	// HeaderBytes bounds an answer's header. Default 1 MiB.
	HeaderBytes int64
	// IdleFor is how long a connection waits for the next request. Default 90 s.
	IdleFor time.Duration
	// Unasked is told of each connection, by the host and port that it goes to, on which something
	// came that nobody asked for: after an answer, or while it waited. It may be nil.
	Unasked func(address string)
	// MostIdle are the connections that wait, for each address. Default 32.
	MostIdle int
}

// Transport is an http.RoundTripper for GET and HEAD requests to addresses without TLS. It follows no
// redirect, decodes nothing, and goes through no proxy. It may be used by many goroutines at once.
type Transport struct {
	cfg Config

	mu     sync.Mutex
	idle   map[string][]*conn // by host and port, the one that was used last at the end
	closed bool

	sweeping bool
}

// New makes a Transport.
func New(cfg Config) *Transport {
	if cfg.HeaderBytes == 0 {
		cfg.HeaderBytes = 1 << 20
	}
	if cfg.IdleFor == 0 {
		cfg.IdleFor = 90 * time.Second
	}
	if cfg.MostIdle == 0 {
		cfg.MostIdle = 32
	}
	return &Transport{cfg: cfg, idle: map[string][]*conn{}}
}

var errUnfit = errors.New("direct: only GET and HEAD over http, without a body, are carried")

// RoundTrip asks once. A connection that turns out to have been closed while it waited is replaced by
// another, as net/http does for requests that may be sent twice.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "http" || r.URL.Host == "" || r.Method != http.MethodGet && r.Method != http.MethodHead ||
		r.Body != nil && r.Body != http.NoBody || !fit(r.Header) {
		return nil, errUnfit
	}
	for {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		c, err := t.connection(r.Context(), r.URL)
		if err != nil {
			return nil, err
		}
		answer, err := c.ask(r)
		if err == nil {
			return answer, nil
		}
		waited := c.uses > 0 && !c.heard
		c.close()
		if over := r.Context().Err(); over != nil {
			return nil, over
		}
		if !waited {
			return nil, err
		}
	}
}

// connection gives one that waits, or a new one.
func (t *Transport) connection(ctx context.Context, to *url) (*conn, error) {
	address := hostPort(to)
	for {
		c := t.waiting(address)
		if c == nil {
			break
		}
		quiet, unasked := c.look()
		if quiet {
			return c, nil
		}
		if unasked {
			c.unasked()
		}
		c.close()
	}
	raw, err := t.cfg.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return newConn(t, address, raw), nil
}

// waiting takes the connection that was used last.
func (t *Transport) waiting(address string) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.idle[address]
	n := len(all)
	if n == 0 {
		return nil
	}
	c := all[n-1]
	all[n-1] = nil
	t.idle[address] = all[:n-1]
	return c
}

// sweep closes what has waited for too long, and comes again while anything waits.
func (t *Transport) sweep() {
	for _, c := range t.outworn() {
		c.leave()
	}
}

func (t *Transport) outworn() (gone []*conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweeping = false
	now, waits := time.Now(), false
	for address, all := range t.idle {
		old := 0
		for old < len(all) && now.Sub(all[old].since) >= t.cfg.IdleFor {
			old++
		}
		gone = append(gone, all[:old]...)
		if all = slices.Delete(all, 0, old); len(all) == 0 {
			delete(t.idle, address)
			continue
		}
		t.idle[address], waits = all, true
	}
	if waits {
		t.willSweep()
	}
	return gone
}

// willSweep: the caller holds mu.
func (t *Transport) willSweep() {
	if !t.sweeping {
		t.sweeping = true
		time.AfterFunc(t.cfg.IdleFor, t.sweep)
	}
}

// headerLimit is when an answer's header must be there, if that is before the request ends.
func (t *Transport) headerLimit(ctx context.Context) time.Time {
	if t.cfg.HeaderWithin <= 0 {
		return time.Time{}
	}
	at := time.Now().Add(t.cfg.HeaderWithin)
	if end, ok := ctx.Deadline(); ok && !at.Before(end) {
		return time.Time{}
	}
	return at
}

// back takes a connection back for the next request.
func (t *Transport) back(c *conn) {
	c.uses++
	c.since = time.Now()
	t.mu.Lock()
	if all := t.idle[c.address]; !t.closed && len(all) < t.cfg.MostIdle {
		t.idle[c.address] = append(all, c)
		t.willSweep()
		c = nil
	}
	t.mu.Unlock()
	if c != nil {
		c.close()
	}
}

// CloseIdleConnections closes what waits. Those in use are closed when their answer was read.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	all := t.idle
	t.idle, t.closed = map[string][]*conn{}, true
	t.mu.Unlock()
	for _, waiting := range all {
		for _, c := range waiting {
			c.leave()
		}
	}
}
