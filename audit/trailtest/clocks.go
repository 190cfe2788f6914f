package trailtest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// clocks: what came in is counted by the hour of the week and the day that the clocks of
// London showed, on the nights too on which they are changed, and each number leads to its records.
func clocks(t *testing.T, s Kept) {
	times := map[string][2]string{ // when it was in UTC, and by the clocks
		"2026-03-02T00:00:00Z":        {"1-00", "2026-03-02"}, // a Monday in winter
		"2026-03-01T23:59:59.999999Z": {"7-23", "2026-03-01"},
		"2026-03-29T00:59:59Z":        {"7-00", "2026-03-29"}, // a second later clocks show two
		"2026-03-29T01:00:00Z":        {"7-02", "2026-03-29"},
		"2026-06-30T22:59:59Z":        {"2-23", "2026-06-30"}, // summer
		"2026-06-30T23:00:00Z":        {"3-00", "2026-07-01"},
		"2026-10-24T23:00:00Z":        {"7-00", "2026-10-25"},
		"2026-10-25T00:30:00Z":        {"7-01", "2026-10-25"}, // twice this hour
		"2026-10-25T01:30:00Z":        {"7-01", "2026-10-25"},
		"2026-10-25T02:00:00Z":        {"7-02", "2026-10-25"},
		"2026-10-25T23:59:59Z":        {"7-23", "2026-10-25"},
		"2026-11-27T18:00:00Z":        {"5-18", "2026-11-27"},
		"2027-06-04T17:00:00Z":        {"5-18", "2027-06-04"},
		"2036-07-16T06:10:00Z":        {"3-07", "2036-07-16"},
	}
	var records []*audit.Record
	hours, days := map[string]int{}, map[string]int{}
	for utc, by := range times {
		at, err := time.Parse(time.RFC3339Nano, utc)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%06d", len(records)), Broker: "region-1", TimeIn: at, TimeOut: at,
			Outcome: audit.Released, Reasons: []string{}, Action: "view", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", UserID: "user-1", UserOrg: "RXA01",
			Source: "gp-riverside", SourceOrg: "A81001", PatientHMAC: HMAC(len(records)),
		})
		hours[by[0]]++
		days[by[1]]++
	}
	deliver(t, s, "region-1", Chain(records...))
	for by, want := range map[audit.Dimension]map[string]int{audit.ByHourOfWeek: hours, audit.ByDay: days} {
		counts, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got := map[string]int{}
		for _, c := range counts {
			got[c.Key] = c.Total
			leads(t, s, string(by), audit.Scope{}, audit.Filter{}, by, c, audit.Everything)
		}
		if err != nil || !maps.Equal(want, got) {
			t.Errorf("by %s: %v, want %v, %v", by, got, want, err)
		}
	}
}
