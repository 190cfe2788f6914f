package spool

import (
	"fmt"
	"path/filepath"
	"time"
)

// lookEvery is how often the spool looks whether its files are there. It looks at
// each new segment as well.
const lookEvery = time.Second

// watcher sees that files of the spool are deleted or replaced underneath although
// nobody appends, or though they are not the one that is written to.
//
// While one of them is away nothing can be appended. The way back: put it back by
// moving it (a copy is another file), and the next Append finds it; or open the spool
// anew, which takes what is there, says in its Report what is lost, and goes on.
//
// A full segment whose file is changed on purpose while the spool is open must get
// another name with that: one that was not seen before is taken as it is.
type watcher struct {
	soon  chan struct{}     // look at once
	stop  chan struct{}     // closed when the spool closes
	ended chan struct{}     // closed when the goroutine has ended
	seen  map[string]string // name of a full segment → its identity; guarded by cleanMu
}

// watch looks at each tick, away from the requests, and writes down how far the log
// has come, for a process that ends without closing it.
func (s *Spool) watch(tick <-chan time.Time) {
	defer close(s.w.ended)
	if tick == nil {
		t := time.NewTicker(lookEvery)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-s.w.stop:
			return
		case <-tick:
		case <-s.w.soon:
		}
		if s.look() == nil {
			s.mu.Lock()
			acked := s.acked
			s.mu.Unlock()
			// Not synced, and an error is met again by the next Ack: it can only be
			// too low, which costs a second delivery, or the knowledge of an end.
			_ = s.putAck(acked)
		}
	}
}

// look says whether every file of the spool is where it was: the lock, which stands
// for the directory, the acknowledgement, the segment in use and those that wait or
// are held. Those set aside are the operator's to take away.
func (s *Spool) look() error {
	s.cleanMu.Lock()
	defer s.cleanMu.Unlock()
	away, err := s.lookAtSegments()
	err = first(s.fs.InPlace(s.lock, filepath.Join(s.dir, "lock"), 0), s.lookAtAck(), s.lookAtActive(), err)
	if err != nil {
		err = fmt.Errorf("%w: the spool was deleted or replaced underneath: put it back, or restart the broker: %w", ErrFailed, err)
	}
	s.mu.Lock()
	s.away, s.missing = away, err
	s.mu.Unlock()
	return err
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lookAtSegments gives the full segments that are not what they were. Their files
// are not held open, so they are known by what the file system says of them.
func (s *Spool) lookAtSegments() (away []*segment, err error) {
	s.mu.Lock()
	names := map[*segment]string{}
	for _, g := range s.segments {
		if !g.active && !g.aside {
			names[g] = g.file
		}
	}
	s.mu.Unlock()
	seen := make(map[string]string, len(names))
	for g, name := range names {
		is, failed := s.fs.Identity(s.path(name))
		was, known := s.w.seen[name]
		switch {
		case known:
			seen[name] = was
			if failed == nil && is != was {
				failed = fmt.Errorf("%s is another file now, or was written to", s.path(name))
			}
		case failed == nil:
			seen[name] = is
		}
		if failed != nil {
			away, err = append(away, g), failed
		}
	}
	s.w.seen = seen
	return away, err
}

// lookAtAck compares the two files of the acknowledgement with what has their names.
func (s *Spool) lookAtAck() error {
	s.ackMu.Lock()
	defer s.ackMu.Unlock()
	for i, f := range s.ack.files {
		if err := s.fs.InPlace(f, s.path(ackNames[i]), ackLength); err != nil {
			return err
		}
	}
	return nil
}

// lookAtActive compares the segment in use with what has its name.
func (s *Spool) lookAtActive() error {
	s.mu.Lock()
	f, g := s.writing, s.segments[max(len(s.segments)-1, 0):]
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	err := s.fs.InPlace(f, s.path(g[0].Title.Name()), g[0].size)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing != f {
		return nil // it was closed in the meantime
	}
	return err
}

// present says why nothing can be appended for want of a file, after another look:
// what was put back is taken at once.
func (s *Spool) present() error {
	s.mu.Lock()
	missing := s.missing
	s.mu.Unlock()
	if missing == nil {
		return nil
	}
	return s.look()
}

// withAway adds to a report what is not there at the moment. The caller holds mu.
func (s *Spool) withAway(r Report) Report {
	for _, g := range s.away {
		r.Flaws = append(r.Flaws, Flaw{g.file, "it was deleted or replaced while the spool was open"})
		for _, run := range g.runs {
			if from := max(run.First, s.acked+1); from <= run.Last {
				r.Lost = append(r.Lost, Loss{First: from, Last: run.Last, Segment: g.file})
			}
		}
	}
	return r
}
