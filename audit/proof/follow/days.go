package follow

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// daysKept is for how many days leaves are counted.
const daysKept = 40

// count counts a leaf by the day (UTC) on which its request came in.
func (t *track) count(day time.Time) {
	if t.days == nil {
		t.days = map[string]int64{}
	}
	key := day.UTC().Format(time.DateOnly)
	if len(t.days) == 0 && (t.begun.Number > 0 || t.signed.Size > 0) {
		t.partial = key // the log, or its counting, began within this day
	}
	t.days[key]++
}

// counted gives what is to be kept with a checkpoint, and shows it to CountLeaves.
func (t *track) counted() map[string]int64 {
	for len(t.days) > daysKept {
		delete(t.days, slices.Min(slices.Collect(maps.Keys(t.days))))
	}
	byDay := maps.Clone(t.days)
	from := t.partial
	t.byDay.Store(&byDay)
	t.began.Store(&from)
	return byDay
}

// CountLeaves counts the signed leaves of the last days by day and organisation: see
// completeness.LeafCounter. The day within which the logs began is left out.
func (f *Follower) CountLeaves(_ context.Context, since, until time.Time) ([]audit.Rows, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	whole := f.tracks[""]
	if whole == nil || whole.byDay.Load() == nil {
		return nil, nil
	}
	first, last := since.UTC().Format(time.DateOnly), until.UTC().Format(time.DateOnly)
	if from := whole.began.Load(); from != nil && *from >= first {
		first = *from + "~" // after it
	}
	var all []audit.Rows
	others := maps.Clone(*whole.byDay.Load()) // of no organisation
	for name, t := range f.tracks {
		byDay := t.byDay.Load()
		if name == "" || byDay == nil {
			continue
		}
		for day, n := range *byDay {
			others[day] -= n
			if first <= day && day < last {
				all = append(all, audit.Rows{Broker: f.mark.Broker, Day: day, SourceOrg: name, Requests: n})
			}
		}
	}
	for day, n := range others {
		if n != 0 && first <= day && day < last {
			all = append(all, audit.Rows{Broker: f.mark.Broker, Day: day, Requests: n})
		}
	}
	return all, nil
}
