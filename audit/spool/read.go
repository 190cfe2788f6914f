package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// readBytes bounds what one Read holds in memory, give or take one entry.
const readBytes = 4 << 20

// Read gives up to limit entries after the number after, in order, verified by
// checksum and chain; fewer when they come to more than 4 MiB, none when there
// are none yet. Their payloads are the caller's to keep.
//
// A number that is missing between two entries is a loss, and stands in
// Stats().Report; entries that were acknowledged and deleted are left out.
// Damage that is found while reading is treated as at Open: the segment is set
// aside, and reading goes on after it. An error of the disk is returned, with
// what was read before it.
func (s *Spool) Read(after uint64, limit int) ([]Entry, error) {
	s.readMu.Lock()
	defer s.readMu.Unlock()
	out := s.lately(after, limit)
	if len(out) > 0 {
		return out, nil
	}
	healed := uint64(0)
	for size := 0; len(out) < limit && size < readBytes; {
		e, err := s.readNext(after)
		if errors.Is(err, ErrDamaged) && healed != after+1 {
			healed = after + 1
			err = s.heal(after + 1)
			if err == nil {
				continue
			}
		}
		if errors.Is(err, errNone) {
			break
		}
		if err != nil {
			s.cur.close()
			return out, fmt.Errorf("reading after %d: %w", after, err)
		}
		out = append(out, e)
		size += len(e.Payload)
		after = e.Seq
	}
	return out, nil
}

// errNone says that there is no such entry yet.
var errNone = errors.New("no entry")

// readNext reads the first entry after the given number.
func (s *Spool) readNext(after uint64) (Entry, error) {
	c := &s.cur
	// Within the part of a run that was durable when it was looked up, nothing
	// needs to be looked up again.
	if c.file == nil || c.next != after+1 || c.next > c.last {
		if err := s.seek(after + 1); err != nil {
			return Entry{}, err
		}
	}
	for {
		f, err := c.frame()
		if err != nil {
			return Entry{}, err
		}
		if f.Seq > after {
			return Entry{Seq: f.Seq, Hash: f.Hash, Payload: f.Payload}, nil
		}
	}
}

// seek puts the cursor at or before the first entry from the number seq on.
func (s *Spool) seek(seq uint64) error {
	c := &s.cur
	for {
		s.mu.Lock()
		if s.closing {
			s.mu.Unlock()
			return ErrClosed
		}
		g, r := find(s.segments, seq)
		if g == nil {
			s.mu.Unlock()
			return errNone
		}
		name, m, from := g.file, r.Mark(max(seq, r.First)), max(seq, r.First)
		first, last, end, anchored := r.First, r.Last, r.End, r.Anchored
		s.mu.Unlock()

		if c.file == nil || c.name != name {
			c.close()
			f, err := s.fs.Open(s.path(name))
			if errors.Is(err, os.ErrNotExist) && (s.moved(g, name) || s.takenAway(g)) {
				continue // acknowledged and deleted, or packed just now, or set aside and taken away
			}
			if err != nil {
				return err
			}
			c.name, c.file, c.in = name, f, g.Title
		}
		if c.next != from || from == first {
			c.next, c.off, c.prev, c.known = m.Seq, m.Off, m.Prev, anchored || m.Seq > first
		}
		c.last, c.end = last, end
		return nil
	}
}

// moved says that the segment is no longer to be found under that name.
func (s *Spool) moved(g *segment, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.file != name || !slices.Contains(s.segments, g)
}

// takenAway says that the segment, whose file is not there, had been set aside: an
// operator may delete it. What was still to be read in it is lost.
func (s *Spool) takenAway(g *segment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.aside {
		for _, r := range g.runs {
			if from := max(r.First, s.acked+1); from <= r.Last {
				s.report.Lost = append(s.report.Lost, Loss{First: from, Last: r.Last, Segment: g.file})
			}
		}
		g.runs = g.runs[:0]
	}
	return g.aside
}

// gone says that the segment is no longer part of the spool.
func (s *Spool) gone(g *segment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.Contains(s.segments, g)
}
