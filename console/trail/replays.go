package trail

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/replay"
)

// keptReplays is how many reports are held: each may hold some thousand changes. None is shown for longer
// than heldFor: what it says of people may be erased from the trail.
const (
	keptReplays = 4
	heldFor     = 12 * time.Hour
)

// replays are the requests of a part of the trail, decided again under a draft. One goes on at a
// time, by itself: whoever asked may leave, and whoever asks the same has the same.
type replays struct {
	mu   sync.Mutex
	all  []*replayed // the newest last
	turn chan struct{}
}

// replayed is one of them.
type replayed struct {
	of     replayOf
	began  time.Time
	read   atomic.Int64
	done   chan struct{}
	report *replay.Report // when done
	err    error
}

// replayOf says what is decided again: which records, under which draft.
type replayOf struct {
	draft        string // fingerprint
	part         string
	ownStaff     bool
	since, until time.Time
}

// find gives the one that is so; nil when nobody began it.
func (r *replays) find(of replayOf, now time.Time) *replayed {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = slices.DeleteFunc(r.all, func(one *replayed) bool { return one.over() && now.Sub(one.began) >= heldFor })
	if i := slices.IndexFunc(r.all, func(one *replayed) bool { return one.of == of }); i >= 0 {
		return r.all[i]
	}
	return nil
}

var errManyReplays = errors.New("as many as can be held are being decided already")

// begin begins one, if nobody has. It ends with ctx.
func (r *replays) begin(ctx context.Context, t *Room, of replayOf, s audit.Scope, draft *decision.Revision) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = slices.DeleteFunc(r.all, func(one *replayed) bool { return one.over() && (one.of == of || one.err != nil) })
	if slices.ContainsFunc(r.all, func(one *replayed) bool { return one.of == of }) {
		return nil
	}
	if len(r.all) >= keptReplays {
		oldest := slices.IndexFunc(r.all, (*replayed).over)
		if oldest < 0 {
			return errManyReplays
		}
		r.all = slices.Delete(r.all, oldest, oldest+1)
	}
	if r.turn == nil {
		r.turn = make(chan struct{}, 1)
	}
	one := &replayed{of: of, began: t.cfg.Clock(), done: make(chan struct{})}
	r.all = append(r.all, one)
	go func() {
		defer close(one.done)
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
			one.report, one.err = one.run(ctx, t, s, draft)
		case <-ctx.Done():
			one.err = ctx.Err()
		}
		if one.err != nil {
			t.cfg.Log.Error("requests could not be decided again", "error", one.err)
		}
	}()
	return nil
}

func (r *replayed) run(ctx context.Context, t *Room, s audit.Scope, draft *decision.Revision) (*replay.Report, error) {
	var own map[string]*decision.Revision
	if t.cfg.Own != nil {
		own = t.cfg.Own()
	}
	return replay.Run(ctx, replay.Trail(t.cfg.Trail, s, audit.Filter{}), replay.Options{
		Draft: draft, Before: t.cfg.DecidedBy, Own: own,
		Workers:  max(1, runtime.GOMAXPROCS(0)/2), // this program answers clinicians too
		Progress: func(records int) { r.read.Store(int64(records)) },
	})
}

func (r *replayed) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// wait waits until it is over, but no longer than a page may take.
func (r *replayed) wait(ctx context.Context, most time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case <-r.done:
		return true
	case <-ctx.Done():
		return r.over()
	}
}
