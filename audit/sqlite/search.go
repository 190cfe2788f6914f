package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// Search gives a page of records: see audit.Trail.
func (s *Store) Search(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Found, error) {
	if err := f.Check(); err != nil {
		return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
	}
	from, err := audit.Place{}, error(nil)
	if before != "" {
		if from, err = audit.ParseCursor(before); err != nil {
			return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
		}
	}
	var all []*audit.Record
	err = s.each(ctx, sc, func(r *audit.Record) {
		if f.Keeps(r) && (before == "" || audit.PlaceOf(r).Compare(from) < 0) {
			all = append(all, r)
		}
	})
	if err != nil {
		return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
	}
	slices.SortFunc(all, func(a, b *audit.Record) int { return audit.PlaceOf(b).Compare(audit.PlaceOf(a)) })
	most := sc.Most()
	if len(all) <= most {
		return audit.Found{Records: all}, nil
	}
	return audit.Found{Records: all[:most], Older: audit.PlaceOf(all[most-1]).Cursor()}, nil
}

// Count counts records: see audit.Trail.
func (s *Store) Count(ctx context.Context, sc audit.Scope, f audit.Filter, by audit.Dimension) ([]audit.Count, error) {
	tally, err := audit.NewTally(f, by)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	err = s.each(ctx, sc, func(r *audit.Record) {
		if f.Keeps(r) {
			tally.Add(r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	return tally.Counts(), nil
}

// each reads every record inside a scope.
func (s *Store) each(ctx context.Context, sc audit.Scope, do func(*audit.Record)) error {
	wide := args(audit.Scope{Since: sc.Since, Until: sc.Until})
	rows, err := s.read.QueryContext(ctx, tailQuery, append(wide, -1)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		var document sql.RawBytes
		if err := rows.Scan(&key, &document); err != nil {
			return err
		}
		r := new(audit.Record)
		if err := json.Unmarshal(document, r); err != nil {
			return fmt.Errorf("record %d: %w", seq(key), err)
		}
		r.Sequence = seq(key)
		if sc.Holds(r) {
			do(r)
		}
	}
	return rows.Err()
}

// withStaff answers what the queries of one organisation's part cannot: what its
// own staff did elsewhere stands in it too.
func (s *Store) withStaff(ctx context.Context, sc audit.Scope, f audit.Filter, wanted func(*audit.Record) bool) ([]*audit.Record, error) {
	var all []*audit.Record
	err := s.each(ctx, sc, func(r *audit.Record) {
		if f.Keeps(r) && wanted(r) {
			all = append(all, r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	slices.SortFunc(all, func(a, b *audit.Record) int { return audit.PlaceOf(a).Compare(audit.PlaceOf(b)) })
	return all[max(0, len(all)-sc.Most()):], nil
}
