package follow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Follower keeps the logs of one chain of records.
type Follower struct {
	spool Spool
	older Older
	mark  audit.Mark
	opt   Options
	// first is the spool's end when the follower began: where logs begin that are kept for
	// the first time.
	first signed.Link

	// Of the following goroutine alone.
	state    state
	broker   *track
	at       signed.Link // the last record that was read
	through  uint64      // the last record that is signed
	sealedAt time.Time

	mu     sync.RWMutex
	key    *signed.Key
	tracks map[string]*track // by organisation; "" is the broker's
	closed []*track          // of chains that have ended
	fault  error             // why nothing is followed or signed now
	lost   uint64            // records that neither spool nor store had

	read, sealed atomic.Uint64 // at and through, for metrics
	lastSeal     atomic.Int64  // unix time in nanoseconds

	witnesses witnesses

	working context.Context // ends when Close begins
	end     context.CancelFunc
	ended   sync.WaitGroup
}

// Begin follows the records of a chain from where the last run came. mark is what the
// start check gave: the chain's name and where it begins. older is the store. Whatever is
// wrong is told by Red: a broker serves without its logs, and its records wait in the spool
// and the store. Close it before the spool and the store.
func Begin(sp Spool, older Older, mark audit.Mark, opt Options) *Follower {
	f := &Follower{spool: sp, older: older, mark: mark, opt: opt.filled(), tracks: map[string]*track{}}
	f.first.Number, f.first.Hash = sp.Last()
	f.witnesses.begin(f)
	f.working, f.end = context.WithCancel(context.Background())
	f.ended.Go(f.run)
	f.ended.Go(f.cosign)
	return f
}

// Close signs what was read, and ends.
func (f *Follower) Close() error {
	f.end()
	f.ended.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.letGo()
}

// letGo closes the logs. The caller holds mu, or is alone.
func (f *Follower) letGo() error {
	var errs []error
	for _, t := range f.tracks {
		errs = append(errs, t.tree.Close())
	}
	for _, t := range f.closed {
		errs = append(errs, t.tree.Close())
	}
	f.tracks, f.closed, f.broker = map[string]*track{}, nil, nil
	return errors.Join(errs...)
}

// The pauses before a failure is tried again, and for leaves to gather.
const (
	retryMin = time.Second
	retryMax = 30 * time.Second
	gather   = 250 * time.Millisecond
)

// run follows. After any failure it begins anew from what was signed, which is the one way
// to be sure of what is on the disk; a fork is not tried again.
func (f *Follower) run() {
	for wait := retryMin; ; wait = min(2*wait, retryMax) {
		began := f.opt.Clock()
		err := f.load()
		if err == nil {
			f.failed(nil)
			err = f.follow()
		}
		if err == nil {
			return // closing
		}
		f.failed(err)
		f.opt.Log.Error("the log of the records cannot be kept", "error", err, "forked", errors.Is(err, ErrForked))
		f.mu.Lock()
		closing := f.letGo()
		f.mu.Unlock()
		if closing != nil {
			f.opt.Log.Warn("closing the log's files", "error", closing)
		}
		if errors.Is(err, ErrForked) {
			return
		}
		if f.opt.Clock().Sub(began) > 2*retryMax {
			wait = retryMin
		}
		if !sleep(f.working, wait) {
			return
		}
	}
}

func (f *Follower) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

// follow reads and signs until the follower closes.
func (f *Follower) follow() error {
	for {
		some, err := f.take()
		if err != nil {
			return err
		}
		closing := f.working.Err() != nil
		if f.due() || closing {
			if err := f.seal(); err != nil {
				return err
			}
		}
		switch {
		case closing:
			return nil
		case some:
		default:
			ctx, cancel := context.WithTimeout(f.working, max(f.untilDue(), time.Millisecond))
			err = f.spool.Wait(ctx, f.at.Number)
			cancel()
			if errors.Is(err, spool.ErrClosed) {
				return nil
			}
			if err == nil {
				sleep(f.working, min(gather, f.opt.Every))
			}
		}
	}
}

// due says that it is time to sign.
func (f *Follower) due() bool {
	for _, t := range f.tracks {
		if t.again {
			return false
		}
	}
	return f.untilDue() <= 0
}

func (f *Follower) untilDue() time.Duration {
	wait := f.opt.Heartbeat
	if f.broker.grown() {
		wait = f.opt.Every
	}
	if !f.broker.signed.Tied {
		return 0 // the first checkpoint commits to the chain's end at once
	}
	return wait - f.opt.Clock().Sub(f.sealedAt)
}

// sleep waits, and says whether it was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Red says what is wrong, by part, for an operator: "log" when records are not followed or
// signed, "witnesses" when the quorum has been missing for longer than Options.Within, or
// when a witness knows another past. It is empty when all is well.
func (f *Follower) Red() map[string]error {
	red := map[string]error{}
	f.mu.RLock()
	fault, lost := f.fault, f.lost
	f.mu.RUnlock()
	switch {
	case fault != nil:
		red["log"] = fault
	case lost > 0:
		red["log"] = fmt.Errorf("%d records are in no log: neither the spool nor the store had them", lost)
	}
	if err := f.witnesses.red(); err != nil {
		red["witnesses"] = err
	}
	return red
}
