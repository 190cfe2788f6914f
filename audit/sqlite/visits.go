package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// visits numbers the visits of records that come the newest first.
type visits struct {
	gap  int64 // microseconds
	n    uint32
	last map[int64]lastSeen // by visitor
}

// lastSeen is the oldest record of a visitor yet, and its visit.
type lastSeen struct {
	at    int64 // microseconds since 1970
	visit uint32
}

// of gives the number of a record's visit.
func (v *visits) of(r *row) uint32 {
	if v.last == nil {
		v.last = map[int64]lastSeen{}
	}
	at := r.TimeIn.UnixMicro()
	seen, known := v.last[r.visitor]
	if !known || seen.at-at > v.gap {
		seen.visit = v.n
		v.n++
	}
	seen.at = at
	v.last[r.visitor] = seen
	return seen.visit
}

// among gives the rows of all records of which visits are made, the newest first, and of
// each whether the filter keeps it, until each says no.
func (s *Store) among(ctx context.Context, want wanted, each func(r *row, kind *audit.Record, kept bool) bool) error {
	f, trace := want.filter, string(packed(want.filter.Trace))
	ids, err := s.keysOf(ctx, f.ID)
	if err != nil {
		return err
	}
	judged := map[int64]bool{} // kinds, by the filter
	want.filter, want.trace = f.OfVisitor(), f.Trace != ""
	return s.walk(ctx, want, nil, func(r *row, kind *audit.Record) bool {
		kept, known := judged[r.kind]
		if !known {
			kept = f.KeepsKind(kind)
			judged[r.kind] = kept
		}
		return each(r, kind, kept && f.KeepsTime(r.TimeIn) && (f.Trace == "" || r.trace == trace) && (f.ID == "" || slices.Contains(ids, r.key)))
	})
}

// keysOf gives the keys of the records with an id.
func (s *Store) keysOf(ctx context.Context, id string) (keys []int64, err error) {
	if id == "" {
		return nil, nil
	}
	var key int64
	err = list(ctx, s.read, func() error { keys = append(keys, key); return nil }, []any{&key}, `SELECT key FROM record WHERE id = ?`, packedID(id))
	return keys, err
}

// Visits gives a page of visits: see audit.Trail.
func (s *Store) Visits(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Visited, error) {
	p := visiting{want: wanted{scope: sc, filter: f}, open: map[int64]*seenVisit{}}
	if before != "" {
		place, err := audit.ParseCursor(before)
		if err != nil {
			return audit.Visited{}, fmt.Errorf("asking sqlite: %w", err)
		}
		p.before = &place
	}
	if err := f.Check(); err != nil {
		return audit.Visited{}, fmt.Errorf("asking sqlite: %w", err)
	}
	if err := p.find(ctx, s); err != nil {
		return audit.Visited{}, fmt.Errorf("asking sqlite: %w", err)
	}
	page, err := p.read(ctx, s)
	if err != nil {
		return audit.Visited{}, fmt.Errorf("asking sqlite: %w", err)
	}
	return page, nil
}

// visiting finds a page of visits, walking from the newest record to the oldest: visits come
// up in the order of their last records, and each ends once the gap lies behind it.
type visiting struct {
	want   wanted
	before *audit.Place         // nil, or where the page before ended
	open   map[int64]*seenVisit // the last of each visitor
	found  []*seenVisit         // that are not decided yet, in order
	page   []*seenVisit
	given  int // records of the page
	kept   int // visits that are kept, on the page or found beyond it
}

// seenVisit is a visit as far as it has been seen.
type seenVisit struct {
	newest audit.Place
	keys   []int64 // of its newest records
	oldest int64   // when its first record yet came in, in microseconds since 1970
	first  int64   // the key of that
	size   int
	kept   bool // a record is
	shown  bool // on an earlier page
}

func (p *visiting) find(ctx context.Context, s *Store) error {
	gap := p.want.scope.Gap()
	if p.before != nil {
		// What is of a visit on an earlier page, and comes before its end, is within the gap.
		if until := p.before.TimeIn.Add(gap + 2*time.Microsecond); p.want.scope.Until.IsZero() || until.Before(p.want.scope.Until) {
			p.want.scope.Until = until
		}
	}
	err := s.among(ctx, p.want, func(r *row, _ *audit.Record, kept bool) bool {
		at := r.TimeIn.UnixMicro()
		v := p.open[r.visitor]
		if v == nil || v.oldest-at > gap.Microseconds() {
			v = &seenVisit{newest: r.Place, shown: p.before != nil && r.Compare(*p.before) >= 0}
			p.open[r.visitor] = v
			if !v.shown {
				p.found = append(p.found, v)
			}
		}
		if v.size++; v.size <= audit.MostOfPage && !p.full() {
			v.keys = append(v.keys, r.key)
		}
		v.oldest, v.first = at, r.key
		if kept && !v.kept && !v.shown {
			v.kept = true
			p.kept++
		}
		p.decide(at + gap.Microseconds())
		return !p.full() || p.kept == len(p.page) // or there are more
	})
	p.decide(math.MinInt64)
	return err
}

// decide takes what ended, since all of it came in after a time, onto the page.
func (p *visiting) decide(after int64) {
	for !p.full() && len(p.found) > 0 && p.found[0].oldest > after {
		if v := p.found[0]; v.kept {
			p.page, p.given = append(p.page, v), p.given+len(v.keys)
		}
		p.found = p.found[1:]
	}
}

func (p *visiting) full() bool {
	return len(p.page) == p.want.scope.Most() || p.given >= audit.MostOfPage
}

// read reads the records of the page. What somebody has taken out of the file is left out:
// proof tells of it.
func (p *visiting) read(ctx context.Context, s *Store) (page audit.Visited, err error) {
	var keys []int64
	for _, v := range p.page {
		keys = append(append(keys, v.keys...), v.first)
	}
	list, err := json.Marshal(keys)
	if err != nil || len(keys) == 0 {
		return page, err
	}
	at := make(map[int64]*audit.Record, len(keys))
	if err := s.records(ctx, func(key int64, r *audit.Record) { at[key] = r }, documentsQuery, string(list)); err != nil {
		return page, err
	}
	for _, v := range p.page {
		var records []*audit.Record
		for _, key := range slices.Backward(v.keys) {
			if r := at[key]; r != nil {
				records = append(records, r)
			}
		}
		if len(records) == 0 {
			continue
		}
		visit := audit.VisitOf(records)
		if first := at[v.first]; first != nil {
			visit.ID, visit.From = first.ID, first.TimeIn
		}
		visit.Size = v.size
		page.Visits = append(page.Visits, visit)
	}
	if p.kept > len(p.page) {
		page.Older = p.page[len(p.page)-1].newest.Cursor()
	}
	return page, nil
}
