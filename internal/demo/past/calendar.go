package past

import (
	"cmp"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// round is a kind of visit that comes again and again.
type round struct {
	who           []Colleague
	week, weekend int // how many a day, on average
	from, to      int // hours of the day; to is after midnight where it is not after from
	whom          func(*month, Colleague) []*people.Person
	tell          func(*telling)
}

// midnight is when a day of London begins.
func midnight(t time.Time) time.Time {
	t = t.In(fhirdate.London)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, fhirdate.London)
}

// day is the beginning of a day so many days before the last.
func (m *month) day(ago int) time.Time { return midnight(m.Until).AddDate(0, 0, -ago) }

// last is the beginning of the last such day of the week that is at least so many days before the end.
func (m *month) last(day time.Weekday, ago int) time.Time {
	for m.day(ago).Weekday() != day {
		ago++
	}
	return m.day(ago)
}

func free(day time.Time) bool { return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday }

// clock is a time of a day.
func clock(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, fhirdate.London)
}

// visits plans the month: all visits, in the order of their times.
func (m *month) visits() (all []visit) {
	rounds := m.rounds()
	for ago := m.Days; ago >= 0; ago-- {
		day := m.day(ago)
		for _, r := range rounds {
			n := r.week
			if free(day) {
				n = r.weekend
			}
			for range m.about(n) {
				hours := r.to - r.from
				if hours <= 0 {
					hours += 24
				}
				who := pick(m.Rand, r.who)
				whom := r.whom(m, who)
				at := clock(day, r.from, 0).Add(time.Duration(m.Int64N(int64(hours) * int64(time.Hour))))
				if len(whom) > 0 {
					all = append(all, visit{at, who, pick(m.Rand, whom), r.tell})
				}
			}
		}
	}
	all = append(all, m.misuse()...)
	begins := m.Until.Add(-time.Duration(m.Days) * 24 * time.Hour)
	all = slices.DeleteFunc(all, func(v visit) bool { return v.at.Before(begins) || !v.at.Before(m.Until) })
	slices.SortStableFunc(all, func(a, b visit) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.who.Name, b.who.Name)) })
	return all
}

// about is a number near n, the same on average.
func (m *month) about(n int) int {
	if n == 0 {
		return 0
	}
	return n - 1 + m.IntN(3)
}
