//go:build servers

package servers_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/upstreams"
)

// When the source refuses, breaks or lies, its words do not leave (attacks 91, 93).
func sourceFails(t *testing.T, w world) {
	a := w.patients[0]
	for _, c := range []struct {
		name   string
		asked  string
		change func(*upstreams.Source)
		code   string
		status int
	}{
		{"not a type there", byNumber(a), func(s *upstreams.Source) { s.BaseURL += "/Patient" }, "source-answer-not-understood", http.StatusBadGateway},
		{"no such place", byNumber(a), func(s *upstreams.Source) { s.BaseURL += "-not-here" }, "source-answer-not-understood", http.StatusBadGateway},
		{"no such place, by id", byID(a), func(s *upstreams.Source) { s.BaseURL += "-not-here" }, "source-answer-not-understood", http.StatusBadGateway},
		{"nobody listens", byNumber(a), func(s *upstreams.Source) { s.BaseURL = "http://" + deaf(t) + "/fhir" }, "source-unavailable", http.StatusBadGateway},
		{"too large", byNumber(a), func(s *upstreams.Source) { s.MaxBytes = 8 << 10 }, "source-answer-not-understood", http.StatusBadGateway},
		{"too slow", byNumber(a), func(s *upstreams.Source) { s.Timeout = time.Millisecond / 10 }, "source-unavailable", http.StatusGatewayTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStand(t, w, c.change)
			got := s.get(consultant, "/Observation?_count=100&"+c.asked)
			s.is(got, c.status, c.code)
			for _, word := range []string{"Unknown resource", "Exception", "Known resource types", "<html", a.LocalID} {
				if bytes.Contains(got.body, []byte(word)) {
					t.Errorf("the source's words leave: %q", word)
				}
			}
			for _, rec := range s.records() {
				if rec.Outcome == "released" {
					t.Errorf("recorded as %s", rec.Outcome)
				}
			}
		})
	}
}

// A client that is gone before its answer leaves its record all the same (attack 133).
func clientHangsUp(t *testing.T, w world) {
	s := newStand(t, w)
	conn, err := net.Dial("tcp", s.host)
	s.must(err)
	gone := make(chan struct{})
	s.onForward = func() {
		s.try(conn.Close())
		close(gone)
	}
	_, err = io.WriteString(conn, request("GET", path+"/Patient/"+w.patients[0].LocalID, s.token(consultant), ""))
	s.must(err)
	<-gone // what is left is judged when the test ends: one request, one record
}

// deaf is an address at which nobody listens.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
