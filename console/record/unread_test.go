package record_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
)

// unread is a connection whose browser reads nothing more after the first event.
type unread struct {
	http.ResponseWriter
	deadline time.Time
	writes   int
	forever  int // writes that would have waited for ever
}

func (u *unread) SetWriteDeadline(t time.Time) error { u.deadline = t; return nil }

func (u *unread) Flush() {}

func (u *unread) Write(p []byte) (int, error) {
	if u.deadline.IsZero() {
		u.forever++
	}
	if u.writes++; u.writes == 1 {
		return len(p), nil
	}
	return 0, os.ErrDeadlineExceeded
}

// A stream that nobody reads ends, and with it the asking of the other sources: it
// does not hold a patient's record until all have answered, or longer.
func TestAStreamThatNobodyReadsEnds(t *testing.T) {
	stopped := make(chan struct{})
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin), from("hill", collect.Complete)}, wait: func(ctx context.Context, i int) {
		if i == 1 {
			<-ctx.Done()
			close(stopped)
		}
	}}
	pages, err := record.New(record.Config{Base: "/console", Collector: b, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/console/patients/r1/record/parts", nil)
	r.Header.Set("Accept", "text/event-stream")
	r.SetPathValue("ref", "r1")
	w := &unread{ResponseWriter: httptest.NewRecorder()}
	pages.Mount(func(pattern string, h page.Handler) {
		if pattern == "GET /patients/{ref}/record/parts" {
			h(w, r, anna(alice)) // comes back though the second source has not answered
		}
	})
	leave() // as the server does when a handler comes back
	<-stopped
	if w.forever != 0 || w.writes != 2 {
		t.Errorf("%d writes without a deadline of %d", w.forever, w.writes)
	}
}
