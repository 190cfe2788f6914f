package ship

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Options say how records travel from a spool to a store. The zero
// options are right for a broker with a store nearby.
type Options struct {
	// BatchRecords is the most that a batch holds. Default 2,000.
	BatchRecords int
	// Every is how long records gather before a batch that is not full is sent.
	// Default 250 ms. Longer is lighter, and the trail is that much behind.
	Every time.Duration
	// RetryMin and RetryMax bound the pause before a batch is sent again, which
	// doubles each time and is shortened by up to half at random. Defaults 200 ms
	// and 30 s.
	RetryMin, RetryMax time.Duration
	// DeliverTimeout bounds one delivery. Default 30 s.
	DeliverTimeout time.Duration
	// Drain bounds how long Close goes on delivering what is left. Default 5 s;
	// what is left after it stays in the spool for the next start.
	Drain time.Duration
	// Clock gives the time. Default time.Now.
	Clock func() time.Time
	// Log takes what an operator must know. Default slog.Default.
	Log *slog.Logger
}

func (o Options) filled() Options {
	o.BatchRecords = orDefault(o.BatchRecords, 2000)
	o.Every = orDefault(o.Every, 250*time.Millisecond)
	o.RetryMin = orDefault(o.RetryMin, 200*time.Millisecond)
	o.RetryMax = max(orDefault(o.RetryMax, 30*time.Second), o.RetryMin)
	o.DeliverTimeout = orDefault(o.DeliverTimeout, 30*time.Second)
	o.Drain = orDefault(o.Drain, 5*time.Second)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

func orDefault[T int | time.Duration](v, fallback T) T {
	if v <= 0 {
		return fallback
	}
	return v
}

// Shipper carries the records of a spool to a store, in order, each exactly
// once, and acknowledges to the spool what the store was seen to have. There is
// one for each spool.
type Shipper struct {
	spool      *spool.Spool
	store      audit.Store
	checkpoint *Checkpoint
	opt        Options
	after      uint64 // delivered up to here; of the run goroutine
	resent     bool   // the next batch may have been sent before this start
	tell       teller // of the run goroutine

	working context.Context // ends when Close begins: hurry, and end when nothing is left
	hurry   context.CancelFunc
	allowed context.Context // ends when Close must return
	expire  context.CancelFunc
	once    sync.Once
	ended   chan struct{}

	state
}

// Begin begins to deliver where the start check says. The shipper owns
// neither the spool nor the store: close it first, then them.
func Begin(sp *spool.Spool, store audit.Store, c *Checkpoint, start Start, opt Options) *Shipper {
	s := &Shipper{
		spool: sp, store: store, checkpoint: c, opt: opt.filled(), after: start.After, resent: true,
		ended: make(chan struct{}),
	}
	s.allowed, s.expire = context.WithCancel(context.Background())
	s.working, s.hurry = context.WithCancel(s.allowed)
	if start.Lacking > 0 {
		s.opt.Log.Error("the store lacks records that it once had; those still in the spool are delivered again",
			"records", start.Lacking, "after", start.After)
	}
	go s.run()
	return s
}

// Close delivers what is left for as long as Drain and ctx allow, and ends. The
// error says how much is left in the spool; the next start delivers it.
func (s *Shipper) Close(ctx context.Context) error {
	s.once.Do(func() {
		s.hurry()
		timer := time.AfterFunc(s.opt.Drain, s.expire)
		defer timer.Stop()
		stop := context.AfterFunc(ctx, s.expire)
		defer stop()
		<-s.ended
		s.expire()
	})
	if left := s.spool.Stats().Pending; left > 0 {
		return fmt.Errorf("closing the shipper: %d records are left for the next start", left)
	}
	return nil
}

func (s *Shipper) run() {
	defer close(s.ended)
	s.pause(s.opt.Every)
	for s.allowed.Err() == nil {
		full, err := s.step()
		switch {
		case errors.Is(err, errNothingLeft):
			return
		case err != nil:
			s.opt.Log.Error("records cannot be shipped", "error", err)
			if s.closing() {
				return
			}
			s.pause(s.opt.RetryMax)
		case !full:
			s.pause(s.opt.Every)
		}
	}
}

// errNothingLeft ends a shipper that is closing.
var errNothingLeft = errors.New("nothing is left to ship")

// step ships one batch, waiting for it if need be. full says that more than a
// batch was there, so that the next one is not waited for.
func (s *Shipper) step() (full bool, err error) {
	if err := s.wait(); err != nil {
		return false, err
	}
	b, full, err := s.next()
	if err != nil || len(b.Entries) == 0 {
		return false, err
	}
	if err := s.deliver(b); err != nil {
		return false, err
	}
	return full, s.acknowledge(b)
}

// wait returns when there is something to ship.
func (s *Shipper) wait() error {
	if s.spool.Stats().Last > s.after {
		return nil
	}
	err := s.spool.Wait(s.working, s.after)
	switch {
	case err == nil:
		s.pause(s.opt.Every) // let a batch gather
		return nil
	case errors.Is(err, spool.ErrClosed), s.closing():
		return errNothingLeft
	default:
		return err
	}
}

func (s *Shipper) closing() bool { return s.working.Err() != nil }

// pause waits for d, or until the shipper is to hurry.
func (s *Shipper) pause(d time.Duration) { sleep(s.working, d) }

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
