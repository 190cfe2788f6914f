package spool

import "fmt"

// makeRoom reserves the bytes of one more segment, or says that the spool is
// full. Acknowledged segments that may go are deleted first.
func (s *Spool) makeRoom() error {
	full := s.tooFull()
	if full != nil {
		if err := s.clean(s.opt.Yield); err != nil {
			return fmt.Errorf("%w: %w", full, err)
		}
		full = s.tooFull()
	}
	if full == nil {
		s.reserve(s.opt.SegmentBytes)
	}
	return full
}

// tooFull says why there is no room for one more segment; nil when there is.
func (s *Spool) tooFull() error {
	need := s.opt.SegmentBytes
	free, err := s.fs.Free(s.dir)
	if err != nil {
		return fmt.Errorf("asking for free space: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if used := s.used(); used+need > s.opt.MaxBytes {
		return fmt.Errorf("%w: %d of %d bytes are used", ErrFull, used, s.opt.MaxBytes)
	}
	if floor := uint64(need) + uint64(s.opt.MinFreeBytes); free < floor {
		return fmt.Errorf("%w: %d bytes are free on the volume, a segment needs %d", ErrFull, free, floor)
	}
	return nil
}

// reserve changes the bytes counted for segments that are being made.
func (s *Spool) reserve(n int64) {
	s.mu.Lock()
	s.spare += n
	s.mu.Unlock()
}

// used gives the bytes that count towards MaxBytes. The caller holds mu.
func (s *Spool) used() int64 {
	n := s.spare
	for _, g := range s.segments {
		if !g.aside {
			n += g.disk()
		}
	}
	return n
}
