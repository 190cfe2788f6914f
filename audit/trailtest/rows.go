package trailtest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// CountRows implements audit.RowCounter.
func (m *Memory) CountRows(_ context.Context, since, until time.Time) ([]audit.Rows, error) {
	at := map[[3]string]*audit.Rows{}
	for _, r := range m.where(audit.Scope{Since: since, Until: until, Limit: 1 << 30}, func(*audit.Record) bool { return true }) {
		k := [3]string{r.Broker, r.TimeIn.UTC().Format(time.DateOnly), r.SourceOrg}
		if at[k] == nil {
			at[k] = &audit.Rows{Broker: k[0], Day: k[1], SourceOrg: k[2]}
		}
		if audit.OfRequest(r.Source) {
			at[k].Requests++
		} else {
			at[k].Others++
		}
	}
	var all []audit.Rows
	for _, r := range at {
		all = append(all, *r)
	}
	return sortedRows(all), nil
}

func sortedRows(all []audit.Rows) []audit.Rows {
	slices.SortFunc(all, func(a, b audit.Rows) int {
		return cmp.Or(cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Day, b.Day), cmp.Compare(a.SourceOrg, b.SourceOrg))
	})
	return all
}

// rows: a store counts its records as the model does, those of whole days.
func rows(t *testing.T, s Kept) {
	counter, ok := s.(audit.RowCounter)
	if !ok {
		t.Skip("it does not count its rows")
	}
	model := mixed(t, s)
	day := begin.Truncate(24 * time.Hour)
	for _, span := range [][2]time.Time{{day, day.AddDate(0, 0, 9)}, {day.AddDate(0, 0, 1), day.AddDate(0, 0, 2)}, {day.AddDate(0, 0, 90), day.AddDate(0, 0, 91)}} {
		want, _ := model.CountRows(t.Context(), span[0], span[1])
		got, err := counter.CountRows(t.Context(), span[0], span[1])
		if diff := gocmp.Diff(want, sortedRows(got)); err != nil || diff != "" {
			t.Errorf("%v: %v (-want +got):\n%s", span, err, diff)
		}
	}
}
