package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Options say how often and how gently a store is compared. The zero Options are right for a
// broker with a store nearby.
type Options struct {
	// Every is how often all that the spool still holds is compared. Default 1 minute.
	Every time.Duration
	// Timeout bounds one question, and one delivery. Default 30 s.
	Timeout time.Duration
	// Receipts, unless nil, gives the runs of records that were taken out of the store under a
	// receipt, which are not missed (ReceiptsIn). It is asked before the first comparison, since
	// the store may be away when a broker starts, and once it has answered no more: nothing is
	// retired while the broker runs.
	Receipts func(context.Context) ([]retention.RetiredRun, error)
	// Clock gives the time. Default time.Now.
	Clock func() time.Time
	// Log takes what an operator must know. Default slog.Default.
	Log *slog.Logger
}

func (o Options) filled() Options {
	if o.Every <= 0 {
		o.Every = time.Minute
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// Reconciler compares one store with what one spool delivered to it.
type Reconciler struct {
	spool      *spool.Spool
	store      audit.Store
	checkpoint *ship.Checkpoint
	opt        Options
	alarms     *alarms

	one     sync.Mutex // one comparison at a time
	slow    place      // where the slow round goes on; of the one comparison
	retired []retention.RetiredRun
	// spoolAsked: the receipts of erasures in the spool were read; of the one comparison.
	spoolAsked bool

	back  chan struct{} // the store is back
	alive context.Context
	end   context.CancelFunc
	ended chan struct{} // nil: it was not begun

	state
}

// state is what a reconciler tells about itself.
type state struct {
	mu          sync.Mutex
	made, done  time.Time // done: the last comparison of all that is held ended
	whole       time.Time // the last round over all that was ever delivered ended
	compared    uint64    // records, in the last comparison
	redelivered uint64
	// tried is the block that was being delivered again when that failed, with how many of it.
	tried        place
	triedRecords uint64
	fault        error // why the last comparison did not end
}

// New makes a reconciler, which does nothing by itself before Begin. It owns none of what it is
// given. The keys seal its file beside the checkpoint, which keeps alarms over a restart.
func New(sp *spool.Spool, store audit.Store, c *ship.Checkpoint, k *protect.Keys, opt Options) (*Reconciler, error) {
	r := &Reconciler{spool: sp, store: store, checkpoint: c, opt: opt.filled(), back: make(chan struct{}, 1)}
	r.alive, r.end = context.WithCancel(context.Background())
	r.made = r.opt.Clock()
	var err error
	if r.alarms, err = openAlarms(c.Beside("alarms"), k.Derive("mcr missing 1"), r.opt.Log); err != nil {
		return nil, err
	}
	return r, nil
}

// Begin begins to compare, until Close.
func (r *Reconciler) Begin() {
	r.ended = make(chan struct{})
	go r.run()
}

// Close ends it; what is under way is broken off.
func (r *Reconciler) Close() {
	r.end()
	if r.ended != nil {
		<-r.ended
	}
}

// Back says that the store is back after a failure: it is compared now. It does not wait.
func (r *Reconciler) Back() {
	select {
	case r.back <- struct{}{}:
	default: // it is to be compared already
	}
}

func (r *Reconciler) run() {
	defer close(r.ended)
	for {
		err := r.compare(r.alive, rest)
		if err != nil && r.alive.Err() == nil {
			r.opt.Log.Warn("the store could not be compared with what was delivered", "error", err)
		}
		wait := time.NewTimer(r.opt.Every)
		select {
		case <-r.alive.Done():
		case <-r.back:
		case <-wait.C:
		}
		wait.Stop()
		if r.alive.Err() != nil {
			return
		}
	}
}

// Now compares all that the spool holds, or all that was ever delivered, without resting, and
// tells what came of it. It may be called whether or not the reconciler was begun.
func (r *Reconciler) Now(ctx context.Context, all bool) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.alive, cancel)()
	how := hurry
	if all {
		how = everything
	}
	before := r.Report().Redelivered
	err := r.compare(ctx, how)
	report := r.Report()
	report.Redelivered -= before
	return report, err
}

// compare does one comparison, after the one that is under way.
func (r *Reconciler) compare(ctx context.Context, how pace) error {
	r.one.Lock()
	defer r.one.Unlock()
	c := comparison{r: r, ctx: ctx, how: how}
	err := r.readReceipts(ctx)
	if err == nil {
		err = c.all()
	}
	err = errors.Join(err, r.alarms.keep())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = err
	if err == nil {
		r.done, r.compared = r.opt.Clock(), c.records
	}
	return err
}

// Fault says why the last comparison did not come to its end; nil when it did.
func (r *Reconciler) Fault() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}
