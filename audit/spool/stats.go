package spool

import (
	"slices"
	"time"
)

// Stats is the state of a spool at one moment.
type Stats struct {
	Last     uint64    // newest entry that can be read
	Acked    uint64    // acknowledged up to here
	Pending  uint64    // numbers after Acked up to Last
	Oldest   time.Time // not after the time of the oldest pending entry; zero if none
	Bytes    int64     // that count towards MaxBytes, the prepared segment included
	MaxBytes int64
	Segments int
	Aside    int64  // bytes of files set aside
	Commits  uint64 // writes since Open, each with one sync
	// Fault is why nothing can be written now: ErrFull or ErrFailed, with its
	// cause. It stays until an Append or a Check succeeds. Nil: all is well.
	Fault  error
	Report Report
}

// Stats gives the state of the spool; it may be called after Close.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Last: s.last, Acked: s.acked, Bytes: s.used(), MaxBytes: s.opt.MaxBytes,
		Segments: len(s.segments), Aside: s.aside, Commits: s.commits, Fault: first(s.fault, s.missing),
		Report: s.withAway(Report{
			Lost: slices.Clone(s.report.Lost), Torn: slices.Clone(s.report.Torn),
			Flaws: slices.Clone(s.report.Flaws), Aside: slices.Clone(s.report.Aside),
		}),
	}
	if s.last > s.acked {
		st.Pending = s.last - s.acked
		st.Oldest = oldest(s.segments, s.acked+1)
	}
	return st
}
