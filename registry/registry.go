package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options tune a Registry. The zero Options are right for one broker process.
type Options struct {
	// Patients is how many patients' entries are kept in memory, about 4 KB each with ten relationships;
	// 0 is 20,000. More patients than this are read from the store.
	Patients int
	// ChangeTimeout is how long a prepared change may stay uncommitted before it is
	// rolled back, so that a caller that died does not stop all others; 0 is 30 s.
	ChangeTimeout time.Duration
	// PermissionFor is how long a permission holds whose Statement gives no end;
	// 0 is 30 days. A permission without an end is never recorded.
	PermissionFor time.Duration
	// PermissionLongest is the longest permission that is taken; 0 is 366 days.
	PermissionLongest time.Duration
	// EmergencyLongest is how long a declared emergency holds at most; 0 is 8 h.
	EmergencyLongest time.Duration
	// Clock is for tests; nil is time.Now.
	Clock func() time.Time
	// Logger is told of failures, never of patients; nil is slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.ChangeTimeout = cmp.Or(o.ChangeTimeout, 30*time.Second)
	o.PermissionFor = cmp.Or(o.PermissionFor, 30*24*time.Hour)
	o.PermissionLongest = cmp.Or(o.PermissionLongest, 366*24*time.Hour)
	o.EmergencyLongest = cmp.Or(o.EmergencyLongest, 8*time.Hour)
	if o.Patients <= 0 {
		o.Patients = 20_000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Registry is what is known, over a Store.
type Registry struct {
	store   Store
	opt     Options
	people  *people
	failing atomic.Bool
	// unwritten is why the last statement could not be written; nil when it was.
	unwritten atomic.Pointer[error]
}

// What stores answer.
var (
	// ErrClosed is what a closed store answers.
	ErrClosed = errors.New("registry is closed")
	// ErrBusy says that others were writing until the wait was over.
	ErrBusy = errors.New("registry is busy")
)

// New makes a Registry over a store, which is the Registry's from then on: Close closes it.
func New(store Store, opt Options) *Registry {
	opt = opt.withDefaults()
	r := &Registry{store: store, opt: opt, people: newPeople(opt.Patients)}
	store.Watch(r.people.forget)
	return r
}

// Close waits for the change and the reads that are under way and closes the store.
// Facts gathered after it are Unavailable.
func (r *Registry) Close() error { return r.store.Close() }

// Check says whether facts can be gathered now, for a readiness probe.
func (r *Registry) Check(ctx context.Context) error {
	err := r.store.Current()
	if err == nil {
		err = r.store.Check(ctx)
	}
	if err != nil {
		return fmt.Errorf("checking registry: %w", err)
	}
	return nil
}
