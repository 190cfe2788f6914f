package broker_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

// spoken is a source that says of every search what a test has it say, in bytes, and then
// hangs up, or stays. Of the patient it answers as it should.
func spoken(t *testing.T, says string, stays bool) (host string, asked func() []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var answering sync.WaitGroup
	var mu sync.Mutex
	var heads []string
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
				mu.Lock()
				heads = append(heads, fmt.Sprint(r.RequestURI, " ", r.Host, " close=", r.Close, " ", len(r.Header)))
				mu.Unlock()
				if strings.HasPrefix(r.RequestURI, "/fhir/Patient") {
					write(c, fhirHead+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(patient))+patient)
					return
				}
				write(c, says)
				if stays {
					<-over
				}
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		listener.Close()
		answering.Wait()
	})
	return listener.Addr().String(), func() []string { mu.Lock(); defer mu.Unlock(); return heads }
}

// What a source says, in bytes, and what comes of it through a transport: what came of it
// through a proxy. Nothing of an answer that did not come to its end leaves.
func TestWhatComesThroughATransport(t *testing.T) {
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n", n) }
	const redirect = "HTTP/1.1 302 Found\r\nLocation: /fhir/Observation?patient=p1\r\nContent-Length: 0\r\n\r\n"
	for name, c := range map[string]struct {
		says    string
		stays   bool
		status  int
		reason  string
		outcome audit.Outcome
	}{
		"an answer":                {fhirHead + length(len(result)) + result, false, 200, "permission-to-view", audit.Released},
		"hints before":             {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + fhirHead + length(len(result)) + result, false, 200, "permission-to-view", audit.Released},
		"trailers":                 {fhirHead + "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\nX-End: 1\r\n\r\n", len(result), result), false, 200, "permission-to-view", audit.Released},
		"no length":                {fhirHead + "Connection: close\r\n\r\n" + result, false, 200, "permission-to-view", audit.Released},
		"cut short":                {fhirHead + length(len(result)) + result[:len(result)-9], false, 502, "source-unavailable", audit.Incomplete},
		"a chunk cut short":        {fhirHead + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" + result, false, 502, "source-unavailable", audit.Incomplete},
		"no last chunk":            {fhirHead + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(result), result), false, 502, "source-unavailable", audit.Incomplete},
		"two lengths":              {fhirHead + "Content-Length: 7\r\n" + length(len(result)) + result, false, 502, "source-unavailable", audit.Failed},
		"no HTTP":                  {"+OK here is the record " + canary + "\r\n", false, 502, "source-unavailable", audit.Failed},
		"nothing":                  {"", false, 502, "source-unavailable", audit.Failed},
		"a redirect":               {redirect, false, 502, "source-answer-not-understood", audit.Failed},
		"a tunnel":                 {"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: canary\r\n\r\n", true, 502, "source-answer-not-understood", audit.Failed},
		"packed, which nobody may": {fhirHead + "Content-Encoding: gzip\r\n" + length(len(result)) + result, false, 502, "source-answer-not-understood", audit.Failed},
		"more than the limit":      {fhirHead + "Connection: close\r\n\r\n" + strings.Repeat(" ", 1<<20) + result, false, 502, "source-answer-not-understood", audit.Failed},
		"an error":                 {"HTTP/1.1 500 Oops\r\n" + length(len(canary)) + canary, false, 502, "source-unavailable", audit.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, asked := spoken(t, c.says, c.stays)
			k := newKit(t)
			carrier := &http.Transport{DisableCompression: true}
			defer carrier.CloseIdleConnections()
			k.next = broker.Through(to{host, carrier})
			w := k.get(search)
			rec := k.only()
			if w.Code != c.status || rec.Reasons[0] != c.reason || rec.Outcome != c.outcome {
				t.Errorf("%d %v %s; want %d %s %s", w.Code, rec.Reasons, rec.Outcome, c.status, c.reason, c.outcome)
			}
			if (w.Code == http.StatusOK) != strings.Contains(w.Body.String(), canary) {
				t.Errorf("the content left with %d: %s", w.Code, w.Body)
			}
			if n := len(asked()); n < 2 || n > 3 { // Go asks once more where a connection that was open before is gone
				t.Errorf("it was asked %q", asked())
			}
		})
	}
}

// The client's own connection, and its headers, are nothing to the source.
func TestTheSourceIsSentWhatTheBrokerBuilt(t *testing.T) {
	host, asked := spoken(t, fhirHead+"Connection: close\r\n\r\n"+result, false)
	k := newKit(t)
	carrier := &http.Transport{DisableCompression: true, DisableKeepAlives: false}
	defer carrier.CloseIdleConnections()
	k.next = broker.Through(to{host, carrier})
	handler := k.handler()
	front := newFront(t, handler)
	r, err := http.NewRequest(http.MethodGet, front+search, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	r.Header = http.Header{"Authorization": {"Bearer token"}, "X-Forwarded-For": {"192.0.2.1"}, "Cookie": {"a=b"}, "Via": {"x"}, "Te": {"trailers"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	for _, head := range asked() { // Accept, Accept-Encoding, Prefer, User-Agent, X-Request-Id
		if !strings.HasSuffix(head, " source.example close=false 5") {
			t.Errorf("the source was sent %s", head)
		}
	}
	if len(asked()) != 2 {
		t.Errorf("it was asked %q", asked())
	}
}

func newFront(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
