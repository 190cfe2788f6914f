package spool

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// heal looks at the segment that should hold the entry seq once more, after it
// was found damaged. The committer is made to begin another segment if it still
// writes to this one. When the second look finds nothing wrong the first may
// have been a fault on the way from the disk, and reading is simply tried again.
func (s *Spool) heal(seq uint64) error {
	s.cur.close()
	g := s.at(seq)
	if g == nil {
		return nil
	}
	s.mu.Lock()
	active := g.active
	s.renew = s.renew || active
	s.mu.Unlock()
	if active {
		w, err := s.submit(context.Background(), nil)
		if err != nil {
			return err
		}
		err = w.err
		release(w)
		if s.isActive(g) {
			return fmt.Errorf("%w: entry %d, in the segment in use: %w", ErrDamaged, seq, err)
		}
	}
	s.cleanMu.Lock()
	defer s.cleanMu.Unlock()
	if s.gone(g) {
		return nil
	}
	s.mu.Lock()
	limit, copied := min(g.limit, max(s.last, s.next-1)), segment{Title: g.Title, file: g.file, aside: g.aside}
	first := g.runs[0]
	s.mu.Unlock()
	b, err := load(s.fs, s.dir, &copied, nil, true)
	if err != nil {
		return err
	}
	before := &first.Prev
	if !first.Anchored {
		before = nil
	}
	found := format.Scan(b, g.Title, limit, before)
	if !format.Judge(b, found, g.Title, limit, limit).Damaged && found.Runs[len(found.Runs)-1].Last >= limit {
		return nil
	}
	s.mu.Lock()
	r := s.report
	s.mu.Unlock()
	setAside(s.fs, s.dir, &copied, &r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !g.aside {
		s.aside += g.disk()
	}
	s.report.Flaws, s.report.Aside = r.Flaws, r.Aside
	g.file, g.aside, g.runs = copied.file, true, found.Runs
	s.report.Lost = slices.DeleteFunc(s.report.Lost, func(l Loss) bool { return l.First >= g.Base && l.Last <= limit })
	s.report.Lost = append(s.report.Lost, losses([]*segment{g}, max(s.acked+1, g.Base), limit+1)...)
	s.last = 0
	for _, g := range s.segments {
		s.last = max(s.last, g.last())
	}
	return nil
}

// at gives the segment in which seq is, or the next entry after it.
func (s *Spool) at(seq uint64) *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _ := find(s.segments, seq)
	return g
}

func (s *Spool) isActive(g *segment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.active
}
