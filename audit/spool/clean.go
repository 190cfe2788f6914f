package spool

import (
	"errors"
	"fmt"
)

// clean deletes the oldest segments all of whose entries are acknowledged and
// older than the holding time, or of whatever age when yield is set, but of these
// no more than it takes to have room for the next segment. The last
// segment stays always: it says which number comes next, and how the chain goes
// on. Segments set aside are only forgotten.
func (s *Spool) clean(yield bool) error {
	s.cleanMu.Lock()
	defer s.cleanMu.Unlock()
	s.mu.Lock()
	idle := s.deletable(s.acked, yield) == nil
	s.mu.Unlock()
	if idle {
		return nil
	}
	// First the acknowledgement must be durable, and twice: with the segments gone
	// and an older one in its place their entries would count as lost.
	s.ackMu.Lock()
	err := s.ack.settle()
	acked := s.ack.value.seq
	s.ackMu.Unlock()
	if err != nil {
		return fmt.Errorf("deleting segments: %w", err)
	}
	for {
		s.mu.Lock()
		g := s.deletable(acked, yield)
		s.mu.Unlock()
		early := g != nil && s.held(g)
		if g == nil || early && !errors.Is(s.tooFull(), ErrFull) {
			break
		}
		if !g.aside {
			if err := s.fs.Remove(s.path(g.file)); err != nil {
				return fmt.Errorf("deleting segments: %w", err)
			}
		}
		s.mu.Lock()
		s.segments = s.segments[1:]
		if early && g.newest.After(s.yielded) {
			s.yielded = g.newest
		}
		s.mu.Unlock()
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("deleting segments: %w", err)
	}
	return nil
}

// deletable gives the oldest segment, if it may go. The caller holds mu.
func (s *Spool) deletable(acked uint64, yield bool) *segment {
	if len(s.segments) < 2 {
		return nil
	}
	g := s.segments[0]
	if g.active || g.limit > acked || !yield && s.held(g) {
		return nil
	}
	return g
}

// held says that the holding time of a segment is not over.
func (s *Spool) held(g *segment) bool {
	return s.opt.Hold > 0 && s.now().Sub(g.newest) < s.opt.Hold
}
