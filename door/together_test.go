package door_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/door"
)

// counting counts what is written to its connections, and lets no more than so much through.
type counting struct {
	net.Listener
	writes, most atomic.Int64
}

type countingConn struct {
	net.Conn
	of   *counting
	sent int64
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countingConn{Conn: c, of: l}, nil
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.of.writes.Add(1)
	if c.sent += int64(len(p)); c.sent > c.of.most.Load() {
		n, err := c.Conn.Write(p[:len(p)/2])
		return n, errors.Join(err, io.ErrShortWrite)
	}
	return c.Conn.Write(p)
}

// together is a server that answers with as many bytes as are asked for, written together.
func together(t *testing.T) (address string, l *counting) {
	t.Helper()
	l = new(counting)
	l.most.Store(1 << 40)
	at, err := door.Open(t.Name(), net.KeepAliveConfig{}, func() (net.Listener, error) {
		raw, err := net.Listen("tcp", "127.0.0.1:0")
		l.Listener = raw
		return l, err
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local := r.Context().Value(http.LocalAddrContextKey)
		door.Through(local)
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_ = door.Together(local, func() error {
			_, err := w.Write(bytes.Repeat([]byte{byte('a' + n%26)}, n))
			return errors.Join(err, http.NewResponseController(w).Flush())
		})
	}))
	s.Listener.Close()
	s.Listener = at
	s.Start()
	t.Cleanup(s.Close)
	return l.Addr().String(), l
}

// The client is net/http's, on one connection: each answer is whole, and what is behind it is the next.
func TestWhatIsWrittenTogetherLeavesAtOnce(t *testing.T) {
	address, l := together(t)
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	sizes := []int{1, 2000, 6000, 8000, 100_000, 1 << 20, 7}
	for n := 3800; n < 4200; n++ { // the server's own buffer is full exactly, at one of them
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		before := l.writes.Load()
		answer, err := client.Get(fmt.Sprintf("http://%s/?n=%d", address, n))
		if err != nil {
			t.Fatal(n, err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || len(text) != n || bytes.Count(text, []byte{byte('a' + n%26)}) != n {
			t.Fatalf("of %d bytes %d came: %v", n, len(text), err)
		}
		// Where a socket has a call for several buffers, two are one.
		if wrote := l.writes.Load() - before; n <= 8000 && wrote != 1 || wrote > 2 {
			t.Errorf("%d bytes were written in %d pieces", n, wrote)
		}
	}
}

// After half of an answer nothing follows: not what is left of it, and not the next answer.
func TestAfterHalfOfAnAnswerNothingFollows(t *testing.T) {
	address, l := together(t)
	for _, n := range []int{1000, 6000, 100_000} {
		l.most.Store(500)
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /?n=%d HTTP/1.1\r\nHost: x\r\n\r\nGET /?n=2 HTTP/1.1\r\nHost: x\r\n\r\n", n)
		in := bufio.NewReader(c)
		answer, err := http.ReadResponse(in, nil)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
		}
		if err == nil {
			t.Errorf("half of %d bytes looks whole", n)
		}
		if more, err := io.ReadAll(in); bytes.Contains(more, []byte("HTTP/")) {
			t.Errorf("another answer follows: %q, %v", more, err)
		}
		c.Close()
	}
}
