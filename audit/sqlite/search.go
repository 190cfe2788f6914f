package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// Search gives a page of records: see audit.Trail.
func (s *Store) Search(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Found, error) {
	from, err := goesOn(f, before)
	if err != nil {
		return audit.Found{}, err
	}
	found, err := s.page(ctx, wanted{scope: sc, filter: f}, from)
	if err != nil {
		return audit.Found{}, fmt.Errorf("asking sqlite: %w", err)
	}
	return found, nil
}

// Documents gives a page of records as they were written: see audit.Trail.
func (s *Store) Documents(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Documents, error) {
	from, err := goesOn(f, before)
	if err != nil {
		return audit.Documents{}, err
	}
	keys, older, err := s.keys(ctx, wanted{scope: sc, filter: f}, from)
	if err != nil {
		return audit.Documents{}, fmt.Errorf("asking sqlite: %w", err)
	}
	texts, err := s.written(ctx, keys)
	if err != nil {
		return audit.Documents{}, fmt.Errorf("asking sqlite: %w", err)
	}
	return audit.Documents{Texts: texts, Older: older}, nil
}

// goesOn checks a question, and gives the place from which it goes on; nil from the newest.
func goesOn(f audit.Filter, before string) (*audit.Place, error) {
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	if before == "" {
		return nil, nil
	}
	place, err := audit.ParseCursor(before)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	return &place, nil
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
	keys, older, err := s.keys(ctx, want, from)
	if err == nil && len(keys) > 0 {
		found.Older = older
		found.Records, err = s.documents(ctx, keys)
	}
	return found, err
}

// keys gives those of a page, and where the next one begins.
func (s *Store) keys(ctx context.Context, want wanted, from *audit.Place) (keys []int64, older string, err error) {
	var last audit.Place
	err = s.walk(ctx, want, from, func(r *row, _ *audit.Record) bool {
		if len(keys) == want.scope.Most() {
			older = last.Cursor()
			return false
		}
		keys, last = append(keys, r.key), r.Place
		return true
	})
	return keys, older, err
}
