package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// Search gives a page of records: see audit.Trail.
func (s *Store) Search(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Found, error) {
	var from *audit.Place
	if before != "" {
		place, err := audit.ParseCursor(before)
		if err != nil {
			return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
		}
		from = &place
	}
	if err := f.Check(); err != nil {
		return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
	}
	found, err := s.page(ctx, wanted{scope: sc, filter: f}, from)
	if err != nil {
		return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
	}
	return found, nil
}

// walked gives the newest records, the oldest of them first.
func (s *Store) walked(ctx context.Context, want wanted) ([]*audit.Record, error) {
	found, err := s.page(ctx, want, nil)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	slices.Reverse(found.Records)
	return found.Records, nil
}

// page gives the newest records from a place on.
func (s *Store) page(ctx context.Context, want wanted, from *audit.Place) (found audit.Found, err error) {
	var keys []int64
	var last audit.Place
	err = s.walk(ctx, want, from, func(r *row, _ *audit.Record) bool {
		if len(keys) == want.scope.Most() {
			found.Older = last.Cursor()
			return false
		}
		keys, last = append(keys, r.key), r.Place
		return true
	})
	if err == nil && len(keys) > 0 {
		found.Records, err = s.documents(ctx, keys)
	}
	return found, err
}
