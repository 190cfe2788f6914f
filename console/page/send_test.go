package page_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// A browser that asks for a page and reads nothing of it is given up on.
func TestABrowserThatReadsNothingIsGivenUpOn(t *testing.T) {
	t.Cleanup(page.Hurry(20 * time.Millisecond))
	done := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		done <- page.Send(w, make([]byte, 64<<20)) // more than any socket holds
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("given up with %v", err)
	}
}

// timed is a connection whose deadlines are seen.
type timed struct {
	*httptest.ResponseRecorder
	deadline time.Time
	without  int // writes without a deadline
	longest  time.Duration
}

func (c *timed) SetWriteDeadline(t time.Time) error { c.deadline = t; return nil }

func (c *timed) Write(p []byte) (int, error) {
	c.seen()
	return c.ResponseRecorder.Write(p)
}

func (c *timed) Flush() { c.seen() }

func (c *timed) seen() {
	if c.deadline.IsZero() {
		c.without++
	}
	c.longest = max(c.longest, time.Until(c.deadline))
}

// Every page is written and flushed under a deadline, which the next request on the
// connection does not inherit.
func TestEveryPageHasADeadline(t *testing.T) {
	set, err := page.New("/console", fstest.MapFS{"templates/long.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "content"}}{{.}}{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &timed{ResponseRecorder: httptest.NewRecorder()}
	set.Render(c, httptest.NewRequest("GET", "/console/long", nil), nil, 200, "long", strings.Repeat("long ", 100_000))
	if c.without != 0 || c.longest == 0 || c.longest > time.Minute || !c.deadline.IsZero() {
		t.Errorf("%d writes without a deadline, the longest was %s, and %s is left", c.without, c.longest, c.deadline)
	}
	if got := c.Result().Header.Get("Content-Length"); got == "" || !bytes.HasSuffix(bytes.TrimSpace(c.Body.Bytes()), []byte("</html>")) {
		t.Errorf("the page is not whole: Content-Length %q", got)
	}
}
