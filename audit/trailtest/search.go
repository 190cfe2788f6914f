package trailtest

import (
	"context"
	"fmt"
	"maps"
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

// Documents implements audit.Trail.
func (m *Memory) Documents(ctx context.Context, s audit.Scope, f audit.Filter, before string) (audit.Documents, error) {
	found, err := m.Search(ctx, s, f, before)
	if err != nil {
		return audit.Documents{}, err
	}
	page := audit.Documents{Older: found.Older}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range found.Records {
		page.Texts = append(page.Texts, m.kept[r.Broker][r.Sequence].Payload)
	}
	return page, nil
}

// Count implements audit.Trail.
func (m *Memory) Count(_ context.Context, s audit.Scope, f audit.Filter, by audit.Dimension) ([]audit.Count, error) {
	tally, err := audit.NewTally(f, by)
	if err != nil {
		return nil, fmt.Errorf("counting in memory: %w", err)
	}
	s.Limit = 1 << 30
	for _, r := range m.where(s, f.Keeps) {
		tally.Add(r, 1)
	}
	type counted struct {
		key string
		audit.Measure
	}
	numbers := map[counted]int{}
	for _, visit := range m.visits(s) {
		in := map[counted]bool{}
		for _, r := range visit {
			for _, measure := range append(audit.Measures(), audit.Everything) {
				for _, key := range tally.Keys(r) {
					if f.Keeps(r) && measure.Counts(r) {
						in[counted{key, measure}] = true
					}
				}
			}
		}
		for c := range in {
			numbers[c]++
		}
	}
	for c, n := range numbers {
		tally.SetVisits(c.key, c.Measure, n)
	}
	return tally.Counts(), nil
}

// People implements audit.Trail.
func (m *Memory) People(_ context.Context, s audit.Scope) ([]audit.Person, error) {
	s.Limit = 1 << 30
	newest := map[[3]string]audit.Named{}
	for _, r := range m.where(s, func(r *audit.Record) bool { return true }) { // the oldest first
		newest[[3]string{r.UserID, r.UserOrg, r.RoleCode}] = audit.Named{UserID: r.UserID, Name: r.UserName, Last: audit.PlaceOf(r)}
	}
	return audit.People(slices.Collect(maps.Values(newest))), nil
}
