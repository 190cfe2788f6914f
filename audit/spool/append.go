package spool

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// waiter is one Append under way. Its fields are written by the appender before
// it enters the queue and by the committer before done is signalled.
type waiter struct {
	payload []byte // nil for Check: only see to it that there is a segment
	seq     uint64
	hash    Hash
	err     error
	taken   bool // guarded by Spool.mu: the committer has it
	done    chan struct{}
}

var waiters = sync.Pool{New: func() any { return &waiter{done: make(chan struct{}, 1)} }}

// Append makes payload durable and returns its entry, whose Payload is the
// caller's own slice. Nothing is durable before Append returns without an error;
// afterwards the entry survives the end of the process and a loss of power.
//
// The caller MUST NOT change payload while Append runs, nor ever again when the
// error is ErrUncertain: the committer may still be reading it.
//
// When ctx ends first, a payload that no commit has taken yet is withdrawn and
// the error is that of ctx; one that is being written gives ErrUncertain too.
// Other errors: ErrFull, ErrFailed, ErrClosed, ErrSize.
func (s *Spool) Append(ctx context.Context, payload []byte) (Entry, error) {
	if len(payload) == 0 || len(payload) > s.maxPayload {
		return Entry{}, fmt.Errorf("appending entry of %d bytes: %w", len(payload), ErrSize)
	}
	w, err := s.submit(ctx, payload)
	if err != nil {
		return Entry{}, fmt.Errorf("appending entry: %w", err)
	}
	e, err := Entry{Seq: w.seq, Hash: w.hash, Payload: payload}, w.err
	release(w)
	if err != nil {
		return Entry{}, fmt.Errorf("appending entry: %w", err)
	}
	return e, nil
}

// Check says whether an Append would be accepted now. It looks whether the segment
// in use is in its place, and every file if one was not at the last look; when the last attempt to write failed it tries again,
// so that a probe brings the spool back to work although nobody appends. It writes
// no entry.
func (s *Spool) Check(ctx context.Context) error {
	w, err := s.submit(ctx, nil)
	if err != nil {
		return err
	}
	err = w.err
	release(w)
	return err
}

// submit puts a waiter into the queue and waits for it.
func (s *Spool) submit(ctx context.Context, payload []byte) (*waiter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := waiters.Get().(*waiter)
	w.payload, w.err, w.taken = payload, nil, false
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		release(w)
		return nil, ErrClosed
	}
	s.queue = append(s.queue, w)
	first := len(s.queue) == 1
	s.mu.Unlock()
	if first {
		s.more.Signal()
	}
	select {
	case <-w.done:
		return w, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	taken := w.taken
	if i := slices.Index(s.queue, w); !taken && i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	s.mu.Unlock()
	if !taken {
		release(w)
		return nil, ctx.Err()
	}
	// It may have been finished in the meantime. Otherwise the waiter is left to
	// the committer, and never used again.
	select {
	case <-w.done:
		return w, nil
	default:
		return nil, fmt.Errorf("%w: %w", ErrUncertain, ctx.Err())
	}
}

func release(w *waiter) {
	w.payload = nil
	waiters.Put(w)
}
