package registry_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/registry"
)

func TestAnAgeIsWholeYearsOfLondonsCalendar(t *testing.T) {
	const unknown = -1
	for _, c := range []struct {
		born, at string
		want     int
	}{
		{"2010-05-17", "2026-05-16T22:59:59Z", 15}, // 23:59:59 in London
		{"2010-05-17", "2026-05-16T23:00:00Z", 16}, // midnight there: the birthday
		{"2010-12-17", "2026-12-16T23:59:59Z", 15},
		{"2010-12-17", "2026-12-17T00:00:00Z", 16},
		{"2008-02-29", "2026-02-28T12:00:00Z", 17},
		{"2008-02-29", "2026-03-01T00:00:00Z", 18},
		{"2008-02-29", "2028-02-29T00:00:00Z", 20},
		{"2026-05-17", "2026-05-17T12:00:00Z", 0},
		{"2026-05-18", "2026-05-17T12:00:00Z", unknown},
		{"2010", "2026-12-31T12:00:00Z", 16},
		{"2010", "2026-12-30T12:00:00Z", unknown},
		{"2010", "2026-01-01T00:00:00Z", unknown},
		{"2010-05", "2026-04-30T12:00:00Z", 15},
		{"2010-05", "2026-05-01T12:00:00Z", unknown},
		{"2010-05", "2026-05-31T12:00:00Z", 16},
		{"2026-05", "2026-05-17T12:00:00Z", unknown},
		{"1900-01-01", "2026-05-17T12:00:00Z", 126},
		{"", "2026-05-17T12:00:00Z", unknown},
		{"2010-02-30", "2026-05-17T12:00:00Z", unknown},
		{"2010-05-17T10:00:00Z", "2026-05-17T12:00:00Z", unknown},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := registry.Age(c.born, at)
		if !ok {
			got = unknown
		}
		if got != c.want {
			t.Errorf("born %s, at %s: %d, want %d", c.born, c.at, got, c.want)
		}
	}
}

// Whatever part of a date is missing: the age that is known is that of every day it may mean, and
// it is not known where two of these differ.
func FuzzAge(f *testing.F) {
	f.Add("2010-05", int64(1_779_000_000))
	f.Add("2008-02-29", int64(1_900_000_000))
	f.Add("2010", int64(1_798_718_400))
	f.Fuzz(func(t *testing.T, birth string, unix int64) {
		at := time.Unix(unix%(1<<38), 0)
		got, known := registry.Age(birth, at)
		d, ok := fhirdate.Parse(birth)
		if !ok || d.Precision > fhirdate.Day {
			if known {
				t.Fatalf("%q is no date, and says %d", birth, got)
			}
			return
		}
		same, first := true, 0
		for i, day := 0, d.Time; day.Before(d.Until()); i, day = i+1, day.AddDate(0, 0, 1) {
			years, ok := registry.Age(day.Format(time.DateOnly), at)
			if i == 0 {
				first = years
			}
			same = same && ok && years == first
		}
		if known != same || known && got != first {
			t.Fatalf("%q at %v: %d, %v; its days say %d, %v", birth, at, got, known, first, same)
		}
	})
}
