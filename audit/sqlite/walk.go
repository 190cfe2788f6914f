package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// row is a record in brief, with its place and its kind.
type row struct {
	audit.Place
	key, kind   int64
	visitor     int64
	user, trace string // "" unless they are read; trace as the column has it
}

// A first look goes back a little, and each further one four times as far, up to
// some tens of milliseconds: while rows are read, no record can be stored.
const (
	lookFirst = 256
	lookMost  = 16 << 10
)

// walk gives the rows that are wanted, the newest first, from a place on when one
// is given, until each says no. What an index finds is looked for there.
func (s *Store) walk(ctx context.Context, want wanted, from *audit.Place, each func(r *row, kind *audit.Record) bool) error {
	since, until := span(want.scope)
	if from != nil && until > from.TimeIn.UnixMicro() {
		until = from.TimeIn.UnixMicro() + 1
	}
	brokers, err := s.names(ctx)
	if err != nil {
		return err
	}
	w := &walker{store: s, from: from, each: each, brokers: brokers, chosen: chosen{want: want}}
	if err := s.choose(ctx, &w.chosen); err != nil {
		return err
	}
	conditions, args := want.conditions()
	ask := func(with, from string, values ...any) error {
		return w.read(ctx, with+want.columns()+from+conditions+newestFirst, append(values, args...))
	}
	f := want.filter
	switch {
	case f.ID != "":
		err = ask("", briefsOfIDQuery, packedID(f.ID), listed(f.Patient), until, since)
	case len(f.Patient) > 0:
		err = ask(runs, briefsOfPatientQuery, listed(f.Patient), until, since)
	default:
		bound, briefs := boundQuery, briefsQuery
		if want.refused {
			bound, briefs = boundOfRefusedQuery, briefsOfRefusedQuery
		}
		key := int64(math.MinInt64)
		for n, more := lookFirst, true; more && err == nil && !w.done; n = min(4*n, lookMost) {
			if n == 4*lookFirst { // not among the newest: SQLite passes over what is not wanted
				ofKinds, values, some := w.chosen.ofKinds()
				if !some {
					break // none of what is stored
				}
				conditions, args = ofKinds+conditions, append(values, args...)
			}
			boundTime, boundKey := since, int64(math.MinInt64)
			err = s.read.QueryRowContext(ctx, bound, until, key, since, n-1).Scan(&boundTime, &boundKey)
			if more = err == nil; errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
			if err == nil {
				err = ask("", briefs, until, key, boundTime, boundKey)
			}
			until, key = boundTime, boundKey
		}
	}
	if err != nil {
		return err
	}
	return w.flush(ctx)
}

// walker puts rows of one time in the order of their brokers' names.
type walker struct {
	store   *Store
	chosen  chosen
	from    *audit.Place
	each    func(*row, *audit.Record) bool
	brokers map[int64]string
	held    []row // of one time, of which there may be more
	done    bool
}

// read reads rows, lets go of the file, and gives those on which no later one
// depends.
func (w *walker) read(ctx context.Context, query string, args []any) error {
	rows, err := w.store.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var found []row
	var user, trace sql.RawBytes
	for rows.Next() {
		var r row
		var in int64
		if err := rows.Scan(&in, &r.key, &r.kind, &r.visitor, &user, &trace); err != nil {
			return err
		}
		r.TimeIn, r.Seq = time.UnixMicro(in).UTC(), seq(r.key)
		r.user, r.trace = string(user), string(trace)
		found = append(found, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for i := range found {
		if len(w.held) > 0 && !w.held[0].TimeIn.Equal(found[i].TimeIn) {
			if err := w.flush(ctx); err != nil || w.done {
				return err
			}
		}
		w.held = append(w.held, found[i])
	}
	return nil
}

func (w *walker) flush(ctx context.Context) error {
	for i := range w.held {
		r := &w.held[i]
		r.Broker = w.brokers[r.key>>seqBits]
	}
	if len(w.held) > 1 {
		slices.SortFunc(w.held, func(a, b row) int { return b.Compare(a.Place) })
	}
	for i := range w.held {
		r := &w.held[i]
		if w.done || w.from != nil && r.Compare(*w.from) >= 0 {
			continue
		}
		if !w.chosen.has(r.kind) { // it came while we asked
			if err := w.store.choose(ctx, &w.chosen); err != nil {
				return err
			}
		}
		if !w.chosen.has(r.kind) {
			return fmt.Errorf("record %d: no kind %d", r.Seq, r.kind)
		}
		if kind := w.chosen.kind(r.kind); kind != nil && w.chosen.want.filter.KeepsTime(r.TimeIn) {
			w.done = !w.each(r, kind)
		}
	}
	w.held = w.held[:0]
	return nil
}
