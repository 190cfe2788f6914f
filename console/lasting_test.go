package console

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision"
)

// Tomorrow is the patient's, in London: also when the clocks change, and late in
// the evening when it is tomorrow elsewhere.
func TestLastings(t *testing.T) {
	var settings decision.Settings
	settings.Permission.LongestHours = 8784
	for at, want := range map[string][]string{
		"2026-11-23T09:00:00Z": {"view 2026-11-23T10:00:00Z", "tomorrow 2026-11-25T00:00:00Z", "episode 2027-02-21T09:00:00Z"},
		"2026-07-01T23:30:00Z": {"view 2026-07-02T00:30:00Z", "tomorrow 2026-07-03T23:00:00Z", "episode 2026-09-29T23:30:00Z"}, // half past midnight in London
		"2026-10-24T12:00:00Z": {"view 2026-10-24T13:00:00Z", "tomorrow 2026-10-26T00:00:00Z", "episode 2027-01-22T12:00:00Z"}, // tomorrow has 25 hours
		"2026-03-28T12:00:00Z": {"view 2026-03-28T13:00:00Z", "tomorrow 2026-03-29T23:00:00Z", "episode 2026-06-26T12:00:00Z"}, // tomorrow has 23
		"2026-12-31T12:00:00Z": {"view 2026-12-31T13:00:00Z", "tomorrow 2027-01-02T00:00:00Z", "episode 2027-03-31T12:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lastings(now, settings) {
			got = append(got, l.Code+" "+l.Ends.UTC().Format(time.RFC3339))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
	}
	settings.Permission.LongestHours = 48
	if n := len(lastings(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), settings)); n != 2 {
		t.Errorf("%d choices where the region allows two days, want two", n)
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"  a \r\n b\t c  ":         "a b c",
		"a\x00b\x07":               "ab",
		"a\u202eb\u200b":           "ab",
		"<b>":                      "<b>",
		"caf\u00e9 \xff":           "café",
		"\u00a0a\u2028b":           "a b",
		strings.Repeat("a ", 3)[:]: "a a a",
	} {
		if got := words(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
