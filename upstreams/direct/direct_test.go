package direct_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/upstreams/direct"
)

// counted counts the connections that are made.
type counted struct {
	net.Dialer
	made atomic.Int64
}

func (c *counted) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.made.Add(1)
	return c.DialContext(ctx, network, address)
}

func ask(t *testing.T, by http.RoundTripper, ctx context.Context, method, address string) (*http.Response, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := by.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, text, err
}

// Go's own server answers in every way that it has, and one connection serves.
func TestOneConnectionServes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/chunked":
			for range 3 {
				fmt.Fprint(w, strings.Repeat("piece ", 2000))
				w.(http.Flusher).Flush()
			}
		case "/hints":
			w.WriteHeader(http.StatusEarlyHints)
			fmt.Fprint(w, "after a hint")
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/redirect":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			fmt.Fprint(w, r.Method, r.URL.RequestURI(), r.Host, r.Header.Get("X-Request-Id"))
		}
	}))
	defer server.Close()
	var dialer counted
	d := direct.New(direct.Config{Dial: dialer.dial})
	defer d.CloseIdleConnections()
	goes := &http.Transport{DisableCompression: true}
	defer goes.CloseIdleConnections()
	for _, path := range []string{"/", "/chunked", "/hints", "/none", "/redirect", "/a%2Fb?c=%7C"} {
		for _, method := range []string{"GET", "HEAD"} {
			got, text, err := ask(t, d, t.Context(), method, server.URL+path)
			if err != nil {
				t.Fatal(method, path, err)
			}
			want, wanted, err := ask(t, goes, t.Context(), method, server.URL+path)
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != want.StatusCode || !bytes.Equal(text, wanted) || got.ContentLength != want.ContentLength {
				t.Errorf("%s %s: %d %q, and by net/http %d %q", method, path, got.StatusCode, text, want.StatusCode, wanted)
			}
		}
	}
	if n := dialer.made.Load(); n != 1 {
		t.Errorf("%d connections were made", n)
	}
	for _, unfit := range []*http.Request{
		httptest.NewRequest("POST", server.URL, strings.NewReader("x")), httptest.NewRequest("PUT", server.URL, nil),
		httptest.NewRequest("GET", "https://source.example/", nil),
	} {
		if _, err := d.RoundTrip(unfit); err == nil {
			t.Errorf("%s %s is carried", unfit.Method, unfit.URL)
		}
	}
	for name, value := range map[string]string{"X Y": "z", "X": "a\r\nHost: other"} {
		r := httptest.NewRequest("GET", server.URL, nil)
		r.Header = http.Header{name: {value}}
		if _, err := d.RoundTrip(r); err == nil {
			t.Errorf("a header %q: %q is sent", name, value)
		}
	}
}

// raw answers each connection by a function.
func raw(t *testing.T, answer func(n int, c net.Conn, in *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				answer(n, c, bufio.NewReader(c))
			})
		}
	})
	return "http://" + l.Addr().String()
}

func heard(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	return err == nil && r != nil
}

// A source that closes after each answer without saying so, or while nobody asks, is asked again.
func TestAClosedConnectionIsReplaced(t *testing.T) {
	closed := make(chan struct{}, 10)
	address := raw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if heard(in) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
		c.Close()
		closed <- struct{}{}
	})
	var dialer counted
	d := direct.New(direct.Config{Dial: dialer.dial})
	for range 5 {
		if _, text, err := ask(t, d, t.Context(), "GET", address); err != nil || string(text) != "ok" {
			t.Fatalf("%q, %v", text, err)
		}
		<-closed
	}
	if n := dialer.made.Load(); n != 5 {
		t.Errorf("%d connections", n)
	}
}

// What a source sends that nobody asked for is never the answer to the next question, whether it comes with
// an answer or after it.
func TestWhatNobodyAskedForIsNoAnswer(t *testing.T) {
	const more = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nanother"
	send, sent := make(chan struct{}), make(chan struct{})
	for name, after := range map[string]bool{"with it": false, "after it": true} {
		address := raw(t, func(_ int, c net.Conn, in *bufio.Reader) {
			for heard(in) {
				text := "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown"
				if !after {
					text += more
				}
				fmt.Fprint(c, text)
				if after {
					<-send
					fmt.Fprint(c, more)
					sent <- struct{}{}
				}
			}
		})
		var told []string
		d := direct.New(direct.Config{Dial: new(counted).dial, Unasked: func(address string) { told = append(told, "http://"+address) }})
		for range 3 {
			if _, text, err := ask(t, d, t.Context(), "GET", address); err != nil || string(text) != "own" {
				t.Fatalf("%s: %q, %v", name, text, err)
			}
			if after {
				send <- struct{}{}
				<-sent // on this machine what was written is there
			}
		}
		d.CloseIdleConnections()
		if !slices.Equal(told, []string{address, address, address}) { // one was found as it was closed
			t.Errorf("%s: told of %v, and it was %s", name, told, address)
		}
	}
}

// A source that hangs up sends nothing.
func TestHangingUpIsNotToldOf(t *testing.T) {
	closed := make(chan struct{})
	address := raw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if heard(in) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
		c.Close()
		closed <- struct{}{}
	})
	d := direct.New(direct.Config{Dial: new(counted).dial, Unasked: func(string) { t.Error("it was told of") }})
	if _, _, err := ask(t, d, t.Context(), "GET", address); err != nil {
		t.Fatal(err)
	}
	<-closed
	d.CloseIdleConnections()
}

// A request ends when its context does, wherever it is, and the connection is not used again.
func TestItEndsWithTheRequest(t *testing.T) {
	for name, begun := range map[string]string{
		"before the header": "", "in the header": "HTTP/1.1 200 OK\r\nContent-", "in the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
	} {
		reached := make(chan struct{})
		address := raw(t, func(n int, c net.Conn, in *bufio.Reader) {
			if !heard(in) {
				return
			}
			if n > 0 {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				return
			}
			fmt.Fprint(c, begun)
			close(reached)
			_, _ = in.ReadByte() // until it is hung up
		})
		d := direct.New(direct.Config{Dial: new(counted).dial})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		if _, text, err := ask(t, d, ctx, "GET", address); err == nil {
			t.Errorf("%s: %q", name, text)
		}
		if _, text, err := ask(t, d, t.Context(), "GET", address); err != nil || string(text) != "ok" {
			t.Errorf("%s, and then: %q, %v", name, text, err)
		}
	}
}

func TestAHeaderIsAwaitedForSoLong(t *testing.T) {
	address := raw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for heard(in) {
			_, _ = in.ReadByte()
		}
	})
	d := direct.New(direct.Config{Dial: new(counted).dial, HeaderWithin: 20 * time.Millisecond})
	_, _, err := ask(t, d, t.Context(), "GET", address)
	if timeout := net.Error(nil); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v", err)
	}
	long := raw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		if heard(in) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 9000)+"\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	if _, _, err := ask(t, direct.New(direct.Config{Dial: new(counted).dial, HeaderBytes: 8000}), t.Context(), "GET", long); err == nil {
		t.Error("a header of 9,000 bytes is read where 8,000 may be")
	}
}

// Many ask at once, and each has its own answer.
func TestManyAtOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("n")) }))
	defer server.Close()
	d := direct.New(direct.Config{Dial: new(counted).dial, MostIdle: 4})
	defer d.CloseIdleConnections()
	var all sync.WaitGroup
	for one := range 16 {
		all.Go(func() {
			for two := range 100 {
				n := fmt.Sprint(one, "-", two)
				ctx, cancel := context.WithCancel(t.Context())
				if two%7 == 3 {
					go cancel()
				}
				_, text, err := ask(t, d, ctx, "GET", server.URL+"?n="+n)
				if err == nil && string(text) != n || err != nil && ctx.Err() == nil {
					t.Errorf("%s: %q, %v", n, text, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}

// FuzzAsGoDoes: whatever a source sends, what comes of it is what comes of it by Go's own transport.
func FuzzAsGoDoes(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "HTTP/1.0 200 OK\r\n\r\nto the end",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
		"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 200\r\n\r\n", "nonsense\r\n\r\n", "",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte(" 101")) {
			t.Skip("nothing is read of a tunnel")
		}
		dial := func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				if heard(bufio.NewReader(server)) {
					_, _ = server.Write(text)
				}
				server.Close()
			}()
			return client, nil
		}
		d := direct.New(direct.Config{Dial: dial})
		goes := &http.Transport{DialContext: dial, DisableCompression: true, MaxResponseHeaderBytes: 1 << 20}
		defer goes.CloseIdleConnections()
		got, said, err := ask(t, d, t.Context(), "GET", "http://source.example/")
		want, wanted, fault := ask(t, goes, t.Context(), "GET", "http://source.example/")
		switch {
		case (err == nil) != (fault == nil):
			t.Fatalf("%v, by Go's own %v", err, fault)
		case err != nil:
		case got.StatusCode != want.StatusCode || !bytes.Equal(said, wanted) || fmt.Sprint(got.Header) != fmt.Sprint(want.Header):
			t.Fatalf("%d %v %q, by Go's own %d %v %q", got.StatusCode, got.Header, said, want.StatusCode, want.Header, wanted)
		}
	})
}
