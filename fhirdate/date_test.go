package fhirdate_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

func TestWhatADateCovers(t *testing.T) {
	for text, want := range map[string][2]string{
		"2026":                           {"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"2026-03":                        {"2026-03-01T00:00:00Z", "2026-03-31T23:00:00Z"}, // summer time from the 29th
		"2026-07":                        {"2026-06-30T23:00:00Z", "2026-07-31T23:00:00Z"},
		"2024-02":                        {"2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
		"2026-03-29":                     {"2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"}, // 23 hours long
		"2026-10-25":                     {"2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"}, // 25 hours
		"2024-02-29":                     {"2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		"2026-03-02T10:00:00Z":           {"2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"},
		"2026-03-02T10:00:00-05:30":      {"2026-03-02T15:30:00Z", "2026-03-02T15:30:00Z"},
		"2026-03-02T10:00:00.25+14:00":   {"2026-03-01T20:00:00.25Z", "2026-03-01T20:00:00.25Z"},
		"2016-12-31T23:59:60Z":           {"2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z"},
		"2026-03-02T10:00:00.123456789Z": {"2026-03-02T10:00:00.123456789Z", "2026-03-02T10:00:00.123456789Z"},
	} {
		for kind, parse := range readers {
			d, ok := parse(text)
			if !ok {
				t.Errorf("%s does not read %s", kind, text)
				continue
			}
			if got := [2]string{utc(d.Time), utc(d.Until())}; got != want {
				t.Errorf("%s reads %s as %v, want %v", kind, text, got, want)
			}
		}
	}
}

func TestWhatIsReadLenientlyOnly(t *testing.T) {
	for text, want := range map[string]string{
		"2026-07-02T10:00:00":     "2026-07-02T09:00:00Z",
		"2026-07-02T10:00:00.5":   "2026-07-02T09:00:00.5Z",
		"2026-07-02T10:00":        "2026-07-02T09:00:00Z",
		"2026-07-02T10:00Z":       "2026-07-02T10:00:00Z",
		"2026-01-02T10:00-05:00":  "2026-01-02T15:00:00Z",
		"2026-01-02T10:00:00":     "2026-01-02T10:00:00Z",
		"1970-01-02T00:30:00":     "1970-01-01T23:30:00Z", // England kept summer time all that year
		"2026-12-31T23:59:60":     "2027-01-01T00:00:00Z",
		"0001-01-01T00:00+14:00":  "0000-12-31T10:00:00Z",
		"2026-01-02T10:00:00.000": "2026-01-02T10:00:00Z",
	} {
		if d, ok := fhirdate.Parse(text); ok || d != (fhirdate.Date{}) {
			t.Errorf("%s is read as FHIR's", text)
		}
		if d, ok := fhirdate.ParseLenient(text); !ok || utc(d.Time) != want {
			t.Errorf("%s is read as %v, want %s", text, d.Time, want)
		}
	}
}

func TestWhatIsNoDate(t *testing.T) {
	for _, text := range []string{
		"", "26", "20260302", "0000", "-2026", "2026-", "2026-3", "2026-00", "2026-13", "2026-03-00", "2026-03-32", "2026-02-29", "2026-04-31",
		"2026-03-02T", "2026-03-02T10", "2026-03-02T1:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T10:60:00Z", "2026-03-02T10:00:61Z",
		"2026-03-02T10:00:00,5Z", "2026-03-02T10:00:00.Z", "2026-03-02T10:00:00z", "2026-03-02t10:00:00Z", "2026-03-02 10:00:00Z",
		"2026-03-02T10:00:00+1:00", "2026-03-02T10:00:00+0100", "2026-03-02T10:00:00+14:01", "2026-03-02T10:00:00+15:00", "2026-03-02T10:00:00+01:60",
		"2026-03-02Z", "2026Z", " 2026", "2026 ", "2026-03-02T10:00:00ZZ", "٢٠٢٦", "2026‐03", "2026-03-02T10:00:00.0000000000Z",
	} {
		for kind, parse := range readers {
			if d, ok := parse(text); ok || d != (fhirdate.Date{}) {
				t.Errorf("%s reads %q as %v", kind, text, d)
			}
		}
	}
}

func TestDatesWrittenAlikeAreEqual(t *testing.T) {
	for _, text := range []string{"2026", "2026-03-02", "2026-03-02T10:00:00+05:45", "2026-03-02T10:00:00+01:00"} {
		a, _ := fhirdate.Parse(text)
		if b, _ := fhirdate.Parse(text); a != b {
			t.Errorf("%s: %v and %v", text, a, b)
		}
	}
}

var readers = map[string]func(string) (fhirdate.Date, bool){"Parse": fhirdate.Parse, "ParseLenient": fhirdate.ParseLenient}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
