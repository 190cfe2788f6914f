package trailtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// Search implements audit.Trail.
func (m *Memory) Search(_ context.Context, s audit.Scope, f audit.Filter, before string) (audit.Found, error) {
	if err := f.Check(); err != nil {
		return audit.Found{}, fmt.Errorf("searching in memory: %w", err)
	}
	from, err := audit.Place{}, error(nil)
	if before != "" {
		if from, err = audit.ParseCursor(before); err != nil {
			return audit.Found{}, fmt.Errorf("searching in memory: %w", err)
		}
	}
	most := s.Most()
	s.Limit = 1 << 30
	all := m.where(s, func(r *audit.Record) bool {
		return f.Keeps(r) && (before == "" || audit.PlaceOf(r).Compare(from) < 0)
	})
	slices.SortFunc(all, func(a, b *audit.Record) int { return audit.PlaceOf(b).Compare(audit.PlaceOf(a)) })
	if len(all) <= most {
		return audit.Found{Records: all}, nil
	}
	return audit.Found{Records: all[:most], Older: audit.PlaceOf(all[most-1]).Cursor()}, nil
}

// Count implements audit.Trail.
func (m *Memory) Count(_ context.Context, s audit.Scope, f audit.Filter, by audit.Dimension) ([]audit.Count, error) {
	tally, err := audit.NewTally(f, by)
	if err != nil {
		return nil, fmt.Errorf("counting in memory: %w", err)
	}
	s.Limit = 1 << 30
	for _, r := range m.where(s, f.Keeps) {
		tally.Add(r)
	}
	return tally.Counts(), nil
}
