package door_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mycarerecord/mcr/door"
)

// told is a listener that tells what its server does with it.
type told struct {
	net.Listener
	accepted, read, closed chan bool
}

type toldConn struct {
	net.Conn
	read chan bool
}

func (l told) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		close(l.closed)
		return nil, err
	}
	l.accepted <- true
	return toldConn{c, l.read}, nil
}

func (c toldConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		select {
		case c.read <- true:
		default:
		}
	}
	return n, err
}

// serve starts a server at the door of this name, which answers with its own name.
func serve(t *testing.T, at, name string, secure bool) (*httptest.Server, told) {
	t.Helper()
	l, err := door.Open(at, net.KeepAliveConfig{}, func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") })
	if err != nil {
		t.Fatal(err)
	}
	own := told{l, make(chan bool, 100), make(chan bool, 1), make(chan bool)}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door.Through(r.Context().Value(http.LocalAddrContextKey))
		fmt.Fprint(w, name)
	}))
	s.Listener.Close()
	s.Listener, s.EnableHTTP2 = own, true
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() { _ = l.Close() })
	return s, own
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends a request by a connection and gives who answers.
func ask(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return answer(t, c)
}

func answer(t *testing.T, c net.Conn) string {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("the request was lost: %v", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func over(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// The judge is net/http: its server drops what it reads on a new connection after Shutdown.
func TestWhoSpeaksAfterTheChangeIsAnsweredByTheNewServer(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			before, at := serve(t, t.Name(), "old", secure)
			var silent []net.Conn
			for range 20 {
				silent = append(silent, dial(t, at))
				<-at.accepted
			}
			after, _ := serve(t, t.Name(), "new", secure)
			door.Settle(t.Context())
			if err := before.Config.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, c := range append(silent, dial(t, at)) {
				if secure {
					trusted := after.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
					c = tls.Client(c, &tls.Config{RootCAs: trusted, ServerName: "example.com"})
				}
				if who := ask(t, c, request); who != "new" {
					t.Errorf("%s answered", who)
				}
			}
		})
	}
}

func TestWhoHasBegunIsWaitedForAndAnsweredByTheOldServer(t *testing.T) {
	before, at := serve(t, t.Name(), "old", false)
	c := dial(t, at)
	if _, err := io.WriteString(c, request[:10]); err != nil {
		t.Fatal(err)
	}
	<-at.read
	serve(t, t.Name(), "new", false)
	settled, late := make(chan bool), 0
	go func() { defer close(settled); late = door.Settle(t.Context()) }()
	<-at.closed
	select {
	case <-settled:
		t.Fatal("nobody was waited for")
	default:
	}
	if _, err := io.WriteString(c, request[10:]); err != nil {
		t.Fatal(err)
	}
	if <-settled; late != 0 {
		t.Errorf("%d are said to be late", late)
	}
	if err := before.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if who := answer(t, c); who != "old" {
		t.Errorf("%s answered", who)
	}
}

func TestNobodyIsWaitedForLongerThanSaid(t *testing.T) {
	_, at := serve(t, t.Name(), "old", false)
	c := dial(t, at)
	if _, err := io.WriteString(c, request[:10]); err != nil {
		t.Fatal(err)
	}
	<-at.read
	serve(t, t.Name(), "new", false)
	if late := door.Settle(over(t)); late != 1 {
		t.Errorf("%d are said to be late", late)
	}
	if who := ask(t, dial(t, at), request); who != "new" {
		t.Errorf("%s answered", who)
	}
}

// A new server that is given up after it served leaves everything as it was.
func TestWhoSpeaksAfterTheNewServerWasGivenUpIsAnsweredByTheOld(t *testing.T) {
	_, at := serve(t, t.Name(), "old", false)
	after, other := serve(t, t.Name(), "new", false)
	var silent []net.Conn
	for taken := false; !taken; { // either may take a connection: until the new one has one
		silent = append(silent, dial(t, at))
		select {
		case <-at.accepted:
		case <-other.accepted:
			taken = true
		}
	}
	if err := after.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range append(silent, dial(t, at)) {
		if who := ask(t, c, request); who != "old" {
			t.Errorf("%s answered", who)
		}
	}
}

func TestTheLastDoorClosesTheSocket(t *testing.T) {
	_, at := serve(t, t.Name(), "old", false)
	c := dial(t, at)
	<-at.accepted
	door.Settle(t.Context()) // nobody is newer: nothing is closed
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection that nobody serves was left: %v", err)
	}
	again, err := net.Listen("tcp", at.Addr().String())
	if err != nil {
		t.Fatalf("the address is not free: %v", err)
	}
	_ = again.Close()
}

func TestWhatCannotBeOpenedIsSaid(t *testing.T) {
	fault := errors.New("no")
	if _, err := door.Open(t.Name(), net.KeepAliveConfig{}, func() (net.Listener, error) { return nil, fault }); !errors.Is(err, fault) {
		t.Errorf("%v", err)
	}
}
