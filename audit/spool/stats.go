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
	Bytes    int64     // of the disk: what counts towards MaxBytes, the prepared segment included, and what is being packed
	MaxBytes int64
	// PendingBytes are those of Bytes that no Yield can give up: of segments with entries
	// after Acked, of the segment in use and of the one prepared.
	PendingBytes int64
	Segments     int
	// BytesPerEntry is what an entry takes on the disk in the segments that are no longer
	// written to, packed or not; 0 while there is none. Two segments come on top, the one
	// in use and the one prepared.
	BytesPerEntry float64
	// Hold is how long delivered entries are to be held (Options.Hold), and Held how long
	// they were: every entry younger than that is here. Short says that segments were let
	// go before their Hold was over, since there was no room (Options.Yield), and that
	// what is held does not make up for it yet. Otherwise Held is the age of the oldest
	// entry, however short that is: nothing was let go early since Open.
	Hold, Held time.Duration
	Short      bool
	// Packed is how many segments are packed, and PackFault why the last attempt to pack
	// one failed. It stays as it is then, and is tried again.
	Packed    int
	PackFault error
	Aside     int64  // bytes of files set aside
	Commits   uint64 // writes since Open, each with one sync
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
		Last: s.last, Acked: s.acked, Bytes: s.used() + s.packer.bytes, MaxBytes: s.opt.MaxBytes,
		Segments: len(s.segments), Aside: s.aside, Commits: s.commits, Fault: first(s.fault, s.missing),
		Report: s.withAway(Report{
			Lost: slices.Clone(s.report.Lost), Torn: slices.Clone(s.report.Torn),
			Flaws: slices.Clone(s.report.Flaws), Aside: slices.Clone(s.report.Aside),
		}),
	}
	st.PendingBytes = s.pendingBytes()
	st.BytesPerEntry, st.Packed, st.PackFault = s.perEntry(), s.packed(), s.packer.fault
	st.Hold, st.Held, st.Short = s.opt.Hold, s.heldFor(), s.short()
	if s.last > s.acked {
		st.Pending = s.last - s.acked
		st.Oldest = oldest(s.segments, s.acked+1)
	}
	return st
}
