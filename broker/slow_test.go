package broker_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

// rawSource speaks HTTP by hand, so that it can stop where no HTTP library would. What
// say writes before it comes back is all that is sent; the connection stays open.
func rawSource(t *testing.T, say func(c net.Conn, target string, over <-chan struct{})) http.Handler {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var answering sync.WaitGroup
	answering.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			answering.Go(func() {
				defer c.Close()
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				say(c, strings.TrimPrefix(r.RequestURI, "/fhir/"), over)
				<-over
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		listener.Close()
		answering.Wait()
	})
	next := broker.Through(to{listener.Addr().String(), &http.Transport{DisableKeepAlives: true}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := next(w, r); err != nil {
			panic(http.ErrAbortHandler) // as a proxy does; a handler has no other way to tell
		}
	})
}

// to sends every request to one address.
type to struct {
	host      string
	transport http.RoundTripper
}

func (t to) RoundTrip(r *http.Request) (*http.Response, error) {
	at := *r.URL
	at.Host = t.host
	out := r.WithContext(r.Context())
	out.URL = &at
	return t.transport.RoundTrip(out)
}

// How a source can keep somebody waiting.
var slowly = map[string]func(c net.Conn, over <-chan struct{}){
	"says nothing":            func(net.Conn, <-chan struct{}) {},
	"hangs within its status": func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 2") },
	"hangs within a header":   func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 200 OK\r\nContent-Ty") },
	"informs for ever": func(c net.Conn, over <-chan struct{}) {
		drip(c, over, "HTTP/1.1 103 Early Hints\r\n\r\n")
	},
	"hangs after its headers": func(c net.Conn, _ <-chan struct{}) { write(c, fhirHead+"Content-Length: 100\r\n\r\n") },
	"hangs after its headers, of no length": func(c net.Conn, _ <-chan struct{}) {
		write(c, fhirHead+"Connection: close\r\n\r\n")
	},
	"hangs within its body": func(c net.Conn, _ <-chan struct{}) { write(c, fhirHead+"Content-Length: 100\r\n\r\n{\"resourceType\"") },
	"hangs within a chunk": func(c net.Conn, _ <-chan struct{}) {
		write(c, fhirHead+"Transfer-Encoding: chunked\r\n\r\nff\r\n{\"resourceType\"")
	},
	"hangs before its last chunk": func(c net.Conn, _ <-chan struct{}) {
		write(c, fhirHead+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
	},
	"hangs within its trailers": func(c net.Conn, _ <-chan struct{}) {
		write(c, fhirHead+"Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n2\r\n{}\r\n0\r\nX-En")
	},
	"drips": func(c net.Conn, over <-chan struct{}) {
		write(c, fhirHead+"Content-Length: 1000000\r\n\r\n")
		drip(c, over, " ")
	},
	"drips chunks": func(c net.Conn, over <-chan struct{}) {
		write(c, fhirHead+"Transfer-Encoding: chunked\r\n\r\n")
		drip(c, over, "1\r\n \r\n")
	},
	"drips an error": func(c net.Conn, over <-chan struct{}) {
		write(c, "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n")
		drip(c, over, " ")
	},
}

const fhirHead = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"

func write(c net.Conn, s string) { _, _ = c.Write([]byte(s)) }

// drip writes the same again and again, until nobody reads it any more.
func drip(c net.Conn, over <-chan struct{}, drop string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			if _, err := c.Write([]byte(drop)); err != nil {
				return
			}
		}
	}
}

// slowPlaces are all the places where a source is waited for: what is asked, and the
// target at which the source is slow, or the beginning of one. What it is asked before
// it answers at once.
var slowPlaces = map[string]struct{ ask, slow string }{
	"a read":                 {"/fhir/Observation/o1", "Observation/o1"},
	"whose a read is":        {"/fhir/Observation/o1", "Patient/p1"},
	"who is searched for":    {search, "Patient/p1"},
	"a search":               {search, searchTarget},
	"a search by NHS number": {"/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018", "Patient?"},
	"the lookup of a number": {"/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018", "Patient?"},
	"a version":              {"/fhir/Observation/o1/_history/1", "Observation/o1/_history/1"},
	"a history":              {"/fhir/Observation/o1/_history", "Observation/o1/_history?"},
	"the directory":          {"/fhir/Organization/x1", "Organization/x1"},
	"everything":             {"/fhir/Patient/p1/$everything?_type=Observation", searchTarget},
	"everybody of it":        {"/fhir/Patient/p1/$everything?_type=Observation", "Patient/p1"},
}

// Attack 162: a source that is slow, wherever and however, is 504, at its time limit.
func TestAttack162ASourceThatDripsOrHangsIs504(t *testing.T) {
	at := map[string]string{"Patient/p1": patient, searchTarget: result, "Observation/o1": observation}
	for place, p := range slowPlaces {
		for how, say := range slowly {
			t.Run(place+" "+how, func(t *testing.T) {
				t.Parallel()
				k := newKit(t)
				k.source = rawSource(t, func(c net.Conn, target string, over <-chan struct{}) {
					body, ok := at[target]
					switch {
					case target == p.slow, strings.HasSuffix(p.slow, "?") && strings.HasPrefix(target, p.slow):
						say(c, over)
					case ok:
						write(c, fhirHead+"Connection: close\r\n\r\n"+body)
						c.Close()
					default:
						write(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
					}
				})
				k.configure = func(c *broker.Config) { c.Source.Timeout = 50 * time.Millisecond }
				w := k.get(p.ask)
				closed(t, w, http.StatusGatewayTimeout, "source-unavailable")
				if last := k.record.records[len(k.record.records)-1]; last.Outcome != audit.Failed || last.Status != http.StatusGatewayTimeout {
					t.Errorf("the record: %+v", last)
				}
			})
		}
	}
}

// The same of a document, and of the resource that points to it.
func TestAttack162ADocumentThatDripsOrHangsIs504(t *testing.T) {
	for how, say := range slowly {
		for _, target := range []string{"Binary/b1", "DocumentReference/d1"} {
			l := withLetters(t)
			link := l.link()
			there, slow := l.source, rawSource(t, func(c net.Conn, _ string, over <-chan struct{}) { say(c, over) })
			l.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, target) {
					slow.ServeHTTP(w, r)
					return
				}
				there.ServeHTTP(w, r)
			})
			before := l.configure
			l.configure = func(c *broker.Config) { before(c); c.Source.Timeout = 50 * time.Millisecond }
			t.Run(target+" "+how, func(t *testing.T) { l.shut(link, http.StatusGatewayTimeout, "source-unavailable") })
		}
	}
}
