package spool

import (
	"context"
	"fmt"
)

// Wait returns as soon as there is an entry after the given number, or with
// ctx's error, or with ErrClosed when the spool is closed.
func (s *Spool) Wait(ctx context.Context, after uint64) error {
	for {
		s.mu.Lock()
		closing, there := s.closing, s.last > after
		if s.grown == nil && !closing && !there {
			s.grown = make(chan struct{})
		}
		grown := s.grown
		s.mu.Unlock()
		switch {
		case closing:
			return fmt.Errorf("waiting for an entry: %w", ErrClosed)
		case there:
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("waiting for an entry: %w", ctx.Err())
		}
	}
}

// wakeReaders wakes those who wait. The caller holds mu.
func (s *Spool) wakeReaders() {
	if s.grown != nil {
		close(s.grown)
		s.grown = nil
	}
}
