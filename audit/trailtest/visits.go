package trailtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// visits puts the records inside a scope into visits, in the words of decision 0046 and as
// slowly as they are said: two records are of one visit when one visitor left both and
// the time between them is not longer than the gap, and so are any that a row of such pairs
// connects. Whoever finds that package audit or a store says otherwise finds them wrong.
func (m *Memory) visits(s audit.Scope) [][]*audit.Record {
	s.Limit = 1 << 30
	all := m.where(s, func(*audit.Record) bool { return true })
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.visited[s]; known.of == len(m.read) { // asked before, of the same records
		return known.visits
	}
	visit := make([]int, len(all)) // of each record: its number
	for i := range visit {
		visit[i] = i
	}
	for i, a := range all {
		for j, b := range all[:i] {
			if visit[i] != visit[j] && oneVisitor(a, b) && a.TimeIn.UnixMicro()-b.TimeIn.UnixMicro() <= s.Gap().Microseconds() {
				for k, other := range visit {
					if other == visit[j] {
						visit[k] = visit[i]
					}
				}
			}
		}
	}
	together := map[int][]*audit.Record{}
	for i, r := range all {
		together[visit[i]] = append(together[visit[i]], r)
	}
	var visits [][]*audit.Record
	for _, records := range together {
		visits = append(visits, records)
	}
	slices.SortFunc(visits, func(a, b []*audit.Record) int { return newest(b).Compare(newest(a)) })
	if m.visited == nil {
		m.visited = map[audit.Scope]grouped{}
	}
	m.visited[s] = grouped{len(m.read), visits}
	return visits
}

// grouped are visits that were made of so many records.
type grouped struct {
	of     int
	visits [][]*audit.Record
}

func newest(visit []*audit.Record) audit.Place { return audit.PlaceOf(visit[len(visit)-1]) }

// oneVisitor says whether two records may be of one visit.
func oneVisitor(a, b *audit.Record) bool {
	if a.UserID != b.UserID || a.UserOrg != b.UserOrg || a.SessionID != b.SessionID || a.PatientHMAC != b.PatientHMAC || a.IsLook() != b.IsLook() {
		return false
	}
	return a.UserID != "" || a.TraceID == b.TraceID && a.TraceID != ""
}

// Visits implements audit.Trail.
func (m *Memory) Visits(_ context.Context, s audit.Scope, f audit.Filter, before string) (page audit.Visited, err error) {
	if err := f.Check(); err != nil {
		return page, fmt.Errorf("asking memory for visits: %w", err)
	}
	from := audit.Place{}
	if before != "" {
		if from, err = audit.ParseCursor(before); err != nil {
			return page, fmt.Errorf("asking memory for visits: %w", err)
		}
	}
	given := 0
	for _, records := range m.visits(s) {
		if before != "" && newest(records).Compare(from) >= 0 || !slices.ContainsFunc(records, f.Keeps) {
			continue
		}
		if n := len(page.Visits); n == s.Most() || given >= audit.MostOfPage {
			page.Older = page.Visits[n-1].Place().Cursor()
			break
		}
		v := audit.VisitOf(records[max(0, len(records)-audit.MostOfPage):])
		v.ID, v.From, v.Size = records[0].ID, records[0].TimeIn, len(records)
		page.Visits, given = append(page.Visits, v), given+len(v.Records)
	}
	return page, nil
}
