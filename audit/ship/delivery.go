package ship

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// deliver sends a batch until the store has it, or the shipper must end.
func (s *Shipper) deliver(b audit.Batch) error {
	for wait, tries := s.opt.RetryMin, 1; ; wait, tries = min(2*wait, s.opt.RetryMax), tries+1 {
		began := s.opt.Clock()
		ctx, cancel := context.WithTimeout(s.allowed, s.opt.DeliverTimeout)
		err := s.store.Deliver(ctx, b)
		cancel()
		s.count(b, err, s.opt.Clock(), s.opt.Clock().Sub(began))
		if err == nil {
			s.resent = false
			if tries > 1 {
				s.opt.Back()
			}
			return nil
		}
		if errors.Is(err, audit.ErrConflict) && b.Broker != s.checkpoint.Mark().Broker {
			// Left over from before an accepted gap, and its numbers were given
			// twice: it is kept beside what the store has.
			b.Broker = s.checkpoint.Mark().Broker + "-earlier"
		}
		if errors.Is(err, audit.ErrForgotten) {
			// It took them, and somebody took them away before they were read back.
			b.Again = Again()
		}
		b.Resent = true // from now on the outcome of an earlier sending is unknown
		s.opt.Log.Warn("the store did not take records; they stay in the spool",
			"error", err, "first", b.First(), "records", len(b.Entries), "again_in", wait)
		if s.closing() && tries >= 3 || s.allowed.Err() != nil {
			// A store that is away while the broker stops: the next start goes on.
			return errNothingLeft
		}
		pause := wait - rand.N(wait/2+1)
		if s.closing() {
			sleep(s.allowed, min(pause, s.opt.RetryMin))
		} else {
			s.pause(pause)
		}
	}
}

// Again gives a name that no sending has had: for audit.Batch.Again.
func Again() string { return "/again-" + audit.NewID() }

// acknowledge makes it durable that the store has a batch: first in the
// checkpoint, then in the spool, so that the spool never forgets what the
// checkpoint does not know.
func (s *Shipper) acknowledge(b audit.Batch) error {
	last := b.Entries[len(b.Entries)-1]
	if s.opt.Delivered != nil {
		s.opt.Delivered(b)
	}
	if m := s.checkpoint.Mark(); last.Seq > m.Seq {
		m.Seq, m.Hash, m.At = last.Seq, last.Hash, s.opt.Clock()
		if err := s.checkpoint.advance(b, m); err != nil {
			return err
		}
	}
	s.after = last.Seq
	if err := s.spool.Ack(last.Seq); err != nil {
		return fmt.Errorf("acknowledging records: %w", err)
	}
	s.tell.look(s.spool.Stats(), s.opt)
	return nil
}

// state is what a shipper tells about itself.
type state struct {
	mu        sync.Mutex
	delivered uint64 // records
	batches   [outcomes]uint64
	lag       time.Duration
	busy      time.Duration
	fault     error // why the last batch was not taken
}

// The outcomes of a delivery, by index.
const (
	wasDelivered = iota
	wasFailed
	wasConflict
	outcomes
)

func (s *state) count(b audit.Batch, err error, now time.Time, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += took
	s.fault = err
	switch {
	case errors.Is(err, audit.ErrConflict):
		s.batches[wasConflict]++
	case err != nil:
		s.batches[wasFailed]++
	default:
		s.batches[wasDelivered]++
		s.delivered += uint64(len(b.Entries))
		if in := b.Columns[0].TimeIn; !in.IsZero() {
			s.lag = max(0, now.Sub(in))
		}
	}
}

// Fault says why the store did not take the last batch that was sent; nil when it did.
func (s *state) Fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// Progress is how a shipper is getting on.
type Progress struct {
	Pending   uint64        // records in the spool that the store has not
	OldestAge time.Duration // of the oldest of them
	Bytes     int64         // of the spool
	MaxBytes  int64         // that it may have
	Short     bool          // delivered records were let go before Hold was over
	Hold      time.Duration // how long delivered records are to stay in the spool
	Held      time.Duration // every record younger than this is there (spool.Stats)
	Delivered uint64        // records since the start
	// Lag is how old the first record of the last batch was when the store had it.
	Lag time.Duration
}

// Progress tells how the shipper is getting on.
func (s *Shipper) Progress() Progress {
	st := s.spool.Stats()
	p := Progress{Pending: st.Pending, Bytes: st.Bytes, MaxBytes: st.MaxBytes, Short: st.Short, Hold: st.Hold, Held: st.Held}
	if !st.Oldest.IsZero() {
		p.OldestAge = max(0, s.opt.Clock().Sub(st.Oldest))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Delivered, p.Lag = s.delivered, s.lag
	return p
}
