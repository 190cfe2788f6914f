package collect_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
	"go.uber.org/goleak"
)

// hangs answers nothing until the collector gives up.
func hangs(gone *atomic.Int64, only string) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, only) {
			return false
		}
		<-r.Context().Done()
		gone.Add(1)
		return true
	}
}

// Attack 139: a source that does not answer in time is seen to be missing, and
// costs the others nothing.
func TestAttack139ALateSourceIsSeenToBeMissing(t *testing.T) {
	var gone atomic.Int64
	reg := newRegion(t, collect.Config{Within: 4 * time.Second, InAll: time.Minute},
		&broker{id: "late", answer: hangs(&gone, "/")}, &broker{id: "late-on", records: record, answer: hangs(&gone, "/Goal/")},
		&broker{id: "drip", answer: drip}, &broker{id: "well", records: record})
	parts := reg.whole(t)
	for id, want := range map[string]said{
		"late":    {Status: collect.TimedOut, Reason: "source-unavailable"},
		"late-on": {collect.TimedOut, "source-unavailable", []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1"}, false},
		"drip":    {Status: collect.TimedOut, Reason: "source-unavailable"},
		"well":    {Status: collect.Complete, Entries: []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1"}},
	} {
		if diff := cmp.Diff(want, what(parts[id])); diff != "" {
			t.Error(id, diff)
		}
	}
	if len(parts) != 4 {
		t.Errorf("%d sources in the answer, want all 4", len(parts))
	}
}

// drip begins an answer and never ends it.
func drip(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "application/fhir+json")
	_, _ = io.WriteString(w, `{"resourceType":"Bundle",`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
	return true
}

func TestTheWholeCollectionHasATime(t *testing.T) {
	var gone atomic.Int64
	reg := newRegion(t, collect.Config{InAll: 50 * time.Millisecond}, &broker{id: "late", answer: hangs(&gone, "/")})
	if got := reg.whole(t)["late"].Status; got != collect.TimedOut {
		t.Errorf("got %s", got)
	}
}

// Parts are given as they come: the slow source is waited for by nobody.
func TestPartsComeAsTheSourcesAnswer(t *testing.T) {
	first := make(chan struct{})
	slow := &broker{id: "a-slow", records: record, answer: func(http.ResponseWriter, *http.Request) bool { <-first; return false }}
	reg := newRegion(t, collect.Config{}, slow, &broker{id: "b-fast", records: record})
	var order []string
	result := reg.Collect(context.Background(), bearer, collect.Question{By: someone, Patient: number(t, theNumber)}, func(part collect.Part) {
		if order = append(order, part.Source.ID); len(order) == 1 {
			close(first)
		}
	})
	if diff := cmp.Diff([]string{"b-fast", "a-slow"}, order); diff != "" {
		t.Error("order of answers:", diff)
	}
	if result.Parts[0].Source.ID != "a-slow" || result.Parts[1].Source.ID != "b-fast" {
		t.Error("the result is not in the order of the sources")
	}
}

// Who goes away is no longer asked for, at any source, and nothing stays behind.
func TestGoingAwayCancelsEverything(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var gone, come atomic.Int64
	ctx, leave := context.WithCancel(context.Background())
	hang := hangs(&gone, "/")
	answer := func(w http.ResponseWriter, r *http.Request) bool {
		if come.Add(1) == 3 {
			leave()
		}
		return hang(w, r)
	}
	t.Run("", func(t *testing.T) {
		reg := newRegion(t, collect.Config{}, &broker{id: "a", answer: answer}, &broker{id: "b", answer: answer}, &broker{id: "c", answer: answer})
		result := reg.Collect(ctx, bearer, collect.Question{By: someone, Patient: number(t, theNumber)}, func(collect.Part) {
			t.Error("a part was given to somebody who has gone")
		})
		for _, part := range result.Parts {
			if part.Status != collect.TimedOut {
				t.Errorf("%s is %s", part.Source.ID, part.Status)
			}
		}
	})
	if gone.Load() != 3 {
		t.Errorf("%d brokers saw the collector go, want 3", gone.Load())
	}
}

// A client that closes its connection cancels everything, in every form.
func TestAClientThatClosesItsConnectionCancelsEverything(t *testing.T) {
	for _, accept := range []string{"application/fhir+json", "application/x-ndjson"} {
		come, gone := make(chan struct{}), make(chan struct{})
		hang := func(_ http.ResponseWriter, r *http.Request) bool {
			come <- struct{}{}
			<-r.Context().Done()
			gone <- struct{}{}
			return true
		}
		reg := newRegion(t, collect.Config{}, &broker{id: "a", answer: hang}, &broker{id: "b", answer: hang})
		server := httptest.NewServer(reg)
		ctx, leave := context.WithCancel(context.Background())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}, "Accept": {accept}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if response, err := http.DefaultClient.Do(r); err == nil {
				response.Body.Close()
			}
		}()
		for range 2 {
			<-come
		}
		leave()
		for range 2 {
			<-gone // or the test does not end
		}
		<-done
		server.Close()
	}
}

// One more than is allowed is told to come again, and that no source was asked.
func TestTooManyCollectionsAtOnce(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	b := &broker{id: "a", answer: func(w http.ResponseWriter, _ *http.Request) bool {
		inside <- struct{}{}
		<-leave
		refuse(w, 403, "opted-out")
		return true
	}}
	reg := newRegion(t, collect.Config{Collections: 1}, b)
	done := make(chan struct{})
	go func() { defer close(done); reg.whole(t) }()
	<-inside
	part := reg.whole(t)["a"]
	if part.Status != collect.Failed || part.Reason.Code != "too-many-requests" {
		t.Errorf("got %s, %s", part.Status, part.Reason.Code)
	}
	w := post(reg, question(theNumber), nil)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	close(leave)
	<-done
	if n := len(b.asked()); n != 1 {
		t.Errorf("the broker was asked %d times, want once", n)
	}
}

// Took is by the clock that was passed in.
func TestTimesAreByTheClock(t *testing.T) {
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	b := &broker{id: "a", answer: func(w http.ResponseWriter, _ *http.Request) bool {
		now.Add(3)
		refuse(w, 403, "opted-out")
		return true
	}}
	reg := newRegion(t, collect.Config{Clock: clock}, b)
	result := reg.Collect(context.Background(), bearer, collect.Question{By: someone, Patient: number(t, theNumber)}, nil)
	if result.Took != 3*time.Second || result.Parts[0].Took != 3*time.Second {
		t.Errorf("took %s and %s", result.Took, result.Parts[0].Took)
	}
}
