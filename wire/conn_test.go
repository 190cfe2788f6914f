package wire_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mycarerecord/mcr/wire"
)

const ending = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"

// judged reads text through a connection, and gives what a server would see.
func judged(text io.Reader) (seen []byte, faults []wire.Fault, err error) {
	c := wire.New(reading{Reader: text}, func(f wire.Fault) { faults = append(faults, f) })
	seen, err = io.ReadAll(c)
	return seen, faults, err
}

type reading struct {
	io.Reader
	net.Conn
}

func (r reading) Read(p []byte) (int, error) { return r.Reader.Read(p) }

// Whatever is written as RFC 9112 says comes through as it was, in one piece or
// byte by byte.
func TestWhatIsWrittenAsItShouldBeComesThroughUnchanged(t *testing.T) {
	for _, text := range []string{
		ending,
		"GET / HTTP/1.0\r\n\r\n",
		"GET http://h/x?a=b HTTP/1.1\r\nHost: H\r\n\r\n",
		"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
		"POST /a HTTP/1.1\r\nhost:h\r\ncontent-length:\t5 \r\n\r\nhello" + ending,
		"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\n" + ending,
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + ending + ending,
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("0\r\n\r\n", 20000) + ending,
		"GET / HTTP/1.1\r\nHost: h\r\nX-Name: Andr\xe9\r\nX: \r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00anything at all\n\n\x00",
	} {
		for name, reader := range map[string]io.Reader{"whole": strings.NewReader(text), "by bytes": iotest.OneByteReader(strings.NewReader(text))} {
			if seen, faults, err := judged(reader); err != nil || len(faults) > 0 || string(seen) != text {
				t.Errorf("%s, %.80q: %v, %v; %d bytes of %d", name, text, faults, err, len(seen), len(text))
			}
		}
	}
}

// A head that is too long is the server's to refuse, in its own words.
func TestAHeadWithoutEndIsHandedOver(t *testing.T) {
	text := "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 100<<10)
	seen, faults, err := judged(strings.NewReader(text))
	if err != nil || len(faults) > 0 || len(seen) < 32<<10 || !strings.HasPrefix(text, string(seen)) {
		t.Errorf("%d bytes, %v, %v", len(seen), faults, err)
	}
}

// What follows a request that was refused is never read, and a server answers it
// with 400 in its turn.
func TestNothingAfterWhatWasRefusedIsRead(t *testing.T) {
	first := "GET /first HTTP/1.1\r\nHost: h\r\n\r\n"
	seen, faults, err := judged(strings.NewReader(first + "GET /bad HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n" + ending))
	if err != nil || !slices.Equal(faults, []wire.Fault{wire.BadHost}) {
		t.Fatalf("%v, %v", faults, err)
	}
	rest, kept := bytes.CutPrefix(seen, []byte(first))
	if !kept || bytes.Contains(rest, []byte("next")) {
		t.Errorf("the server sees %q", seen)
	}
	if r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(rest))); err == nil {
		t.Errorf("what stands for a refused request is one: %v", r)
	}
}

// messages finds the ends by trying: a message ends where what follows is judged as
// a head, so that two newlines there are a fault of the request line.
func messages(text string) (at []int) {
	for i := 1; i <= len(text); i++ {
		_, faults, err := judged(strings.NewReader(text[:i] + "\x00"))
		if err == nil && slices.Equal(faults, []wire.Fault{wire.BadLine}) {
			at = append(at, i)
		}
	}
	return at
}

// FuzzTheServerSeesTheSameRequests holds against net/http, which none of us wrote:
// where it reads requests out of what was let through, they end at the same bytes.
func FuzzTheServerSeesTheSameRequests(f *testing.F) {
	f.Add(ending + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + ending)
	f.Add("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + ending)
	f.Add("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\tchunked\r\nExpect: x\r\n\r\n00\r\n\r\n" + ending)
	f.Add("POST / HTTP/1.0\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx" + ending)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 400 {
			return
		}
		seen, faults, err := judged(strings.NewReader(text))
		if len(faults) > 0 || err != nil {
			return
		}
		if !strings.HasPrefix(text, string(seen)) {
			t.Fatalf("let through, but altered: %q", seen)
		}
		if text = string(seen); strings.HasPrefix(text, "PRI ") {
			return
		}
		under := strings.NewReader(text)
		buffer := bufio.NewReader(under)
		var theirs []int
		for {
			r, err := http.ReadRequest(buffer)
			if err != nil {
				break
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				break
			}
			theirs = append(theirs, len(text)-under.Len()-buffer.Buffered())
		}
		ours := messages(text)
		if len(theirs) > len(ours) {
			t.Fatalf("the server reads %v, we %v: %q", theirs, ours, text)
		}
		for i, end := range theirs {
			if end != ours[i] {
				t.Fatalf("the server reads %v, we %v: %q", theirs, ours, text)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := "GET /fhir/Observation?patient=p1&category=laboratory HTTP/1.1\r\nHost: broker.example\r\nUser-Agent: an-application/1.0\r\n" +
		"Accept: application/fhir+json\r\nAuthorization: Bearer " + strings.Repeat("x", 900) + "\r\n\r\n"
	for _, each := range []int{1, 100} {
		b.Run(fmt.Sprint(each, " requests"), func(b *testing.B) {
			all := strings.Repeat(text, each)
			p := make([]byte, 4096)
			b.ReportAllocs()
			for b.Loop() {
				c := wire.New(reading{Reader: strings.NewReader(all)}, func(wire.Fault) { b.Fatal("refused") })
				for {
					if _, err := c.Read(p); err != nil {
						break
					}
				}
			}
		})
	}
}
