package rules_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision/book"
)

// A proof takes longer than a page may: it is begun once, whoever asks, and told when it is there.
func TestAProofIsBegunOnceAndNobodyWaitsForIt(t *testing.T) {
	whole := few(t, "testdata/decisions/opt_out.yaml")
	begun, free := atomic.Int32{}, make(chan struct{})
	r := open(t, func(cfg *rules.Config) {
		*cfg = wired(t, *cfg)
		told := cfg.Prove
		cfg.FS, cfg.Moment = whole, time.Millisecond
		cfg.Prove = func(ctx context.Context, fsys fs.FS) (*rules.Proof, error) {
			begun.Add(1)
			<-free
			return told(ctx, fsys)
		}
	})
	for range 3 {
		status, body := r.get(t, "/rules/checks")
		if status != http.StatusOK {
			t.Fatal(status)
		}
		wants(t, body, "Being worked out", "Load this page again", "It passes", "2 would not be noticed")
	}
	close(free)
	body := ""
	for body == "" || strings.Contains(body, "Being worked out") {
		_, body = r.get(t, "/rules/checks")
	}
	wants(t, body, "2 invariants over 1,234,567 states")
	if begun.Load() != 1 {
		t.Errorf("it was begun %d times", begun.Load())
	}
}

func TestWhatGoesWrongInAProofIsSaidAndNotTriedAgainAtOnce(t *testing.T) {
	tries := atomic.Int32{}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	r := open(t, func(cfg *rules.Config) {
		cfg.FS, cfg.Clock = few(t, "testdata/decisions/opt_out.yaml"), func() time.Time { return now }
		cfg.Prove = func(context.Context, fs.FS) (*rules.Proof, error) {
			tries.Add(1)
			return nil, errors.New("the rules compare too much")
		}
	})
	for range 2 {
		_, body := r.get(t, "/rules/checks")
		wants(t, body, "It could not be proved: the rules compare too much")
	}
	if tries.Load() != 1 {
		t.Errorf("it was tried %d times", tries.Load())
	}
	now = now.Add(2 * time.Minute)
	r.get(t, "/rules/checks")
	if tries.Load() != 2 {
		t.Errorf("two minutes later it was tried %d times in all", tries.Load())
	}
}

// A server that stops, or a configuration that another takes over from, ends what it began.
func TestAProofEndsWithTheServer(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan struct{})
	r := open(t, func(cfg *rules.Config) {
		cfg.FS, cfg.Moment, cfg.Lasts = few(t, "testdata/decisions/opt_out.yaml"), time.Millisecond, ctx
		cfg.Prove = func(ctx context.Context, _ fs.FS) (*rules.Proof, error) {
			close(began)
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		}
	})
	r.get(t, "/rules/checks")
	<-began
	stop()
	<-ended
}

// The states are not waited for either; what is known without them is shown at once.
func TestWhatWouldChangeIsShownWhileTheStatesAreGoneThrough(t *testing.T) {
	free := make(chan struct{})
	r := open(t, func(cfg *rules.Config) {
		*cfg = wired(t, *cfg)
		cfg.FS, cfg.Moment = cfg.Candidate, time.Millisecond
		through := cfg.States
		cfg.States = func(ctx context.Context, old, next fs.FS) (book.StateChanges, error) {
			<-free
			return through(ctx, old, next)
		}
	})
	_, body := r.get(t, "/rules/next")
	wants(t, body, "Being worked out", "More is let out", "Setting: Emergency access is in use: no → yes.")
	if strings.Contains(body, "4,321") || strings.Contains(body, "Nobody went through") {
		t.Error("what is not known yet is told")
	}
	close(free)
	for strings.Contains(body, "Being worked out") {
		_, body = r.get(t, "/rules/next")
	}
	wants(t, body, "In 4,321 states")
}
