//go:build servers

package servers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tap stands before a broker, at an address of its own, and notes word for word
// what clients send to it, and what they get. Tokens are not noted.
type tap struct {
	base string // public address of the broker, through the tap

	mu   sync.Mutex
	sent []*sent // since the last note
	asks []noted
}

// noted is one ask with all that was sent for it.
type noted struct {
	outcome
	sent []*sent
}

// sent is one request and its answer, which is complete when done is closed: a
// client may be gone before.
type sent struct {
	line   string
	header []string
	body   []byte

	to     http.ResponseWriter
	status int
	answer []byte
	done   chan struct{}
}

func (one *sent) Header() http.Header         { return one.to.Header() }
func (one *sent) Unwrap() http.ResponseWriter { return one.to }
func (one *sent) WriteHeader(status int) {
	one.status = status
	one.to.WriteHeader(status)
}
func (one *sent) Write(b []byte) (int, error) {
	one.answer = append(one.answer, b...)
	return one.to.Write(b)
}

func newTap(t *testing.T, s *stand) *tap {
	t.Helper()
	tap := &tap{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := &sent{line: r.Method + " " + r.RequestURI, to: w, done: make(chan struct{})}
		defer close(one.done)
		for name, values := range r.Header {
			if name == "Authorization" {
				values = []string{"Bearer ..."}
			}
			one.header = append(one.header, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(one.header)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading what a client sent: %v", err)
		}
		if one.body = body; len(body) > 0 {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		tap.mu.Lock()
		tap.sent = append(tap.sent, one)
		tap.mu.Unlock()
		s.front.ServeHTTP(one, r)
	}))
	t.Cleanup(server.Close)
	tap.base = server.URL + path
	return tap
}

// note says that what was sent until now belongs to an ask.
func (tap *tap) note(t *testing.T, s *stand, o outcome) {
	t.Helper()
	tap.mu.Lock()
	all := tap.sent
	tap.sent = nil
	tap.mu.Unlock()
	tap.asks = append(tap.asks, noted{o, all})
	for _, one := range all {
		<-one.done
		one.judge(t, s, o)
	}
}

// judge holds for every answer: nothing of it names the source, and a refusal says
// in words what is refused, what to do, and which record to quote.
func (one *sent) judge(t *testing.T, s *stand, o outcome) {
	t.Helper()
	source := strings.TrimSuffix(strings.TrimPrefix(s.hapi, "http://"), "/fhir")
	for _, trace := range []string{source, "_getpages", "HAPI"} {
		if bytes.Contains(one.answer, []byte(trace)) {
			t.Errorf("%s: %s: the answer to %s holds %q of the source", o.Client, o.Ask, one.line, trace)
		}
	}
	if one.status < 400 || strings.HasPrefix(one.line, "OPTIONS ") { // a preflight has no record, and no page reads it
		return
	}
	var outcome struct {
		Issue []struct {
			Diagnostics string
			Details     struct{ Text string }
		}
	}
	record := "Record " + one.Header().Get("X-Record-Id") + "."
	if json.Unmarshal(one.answer, &outcome) != nil || len(outcome.Issue) != 1 || outcome.Issue[0].Details.Text == "" {
		t.Errorf("%s: %s: %s was answered %d without a reason in words: %s", o.Client, o.Ask, one.line, one.status, one.answer)
	} else if remedy, ok := strings.CutSuffix(outcome.Issue[0].Diagnostics, record); !ok || remedy == "" {
		t.Errorf("%s: %s: %s was answered %d without a remedy and the record to quote: %s", o.Client, o.Ask, one.line, one.status, one.answer)
	}
}
