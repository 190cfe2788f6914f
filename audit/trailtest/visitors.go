package trailtest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// visitors: the trace id is the caller's choice. Whoever takes that of others, or always
// the same, has a visit of each person to each patient all the same, so that the number of
// visits tells of as many people and patients as there were.
func visitors(t *testing.T, s Kept) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	var records []*audit.Record
	view := func(trace, user, org string, patient int) {
		at := begin.Add(time.Duration(len(records)) * time.Second)
		records = append(records, &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%06d", len(records)), Broker: "region-1", TimeIn: at, TimeOut: at,
			Outcome: audit.Released, Reasons: []string{}, Action: "view", TraceID: trace, UserID: user, UserOrg: org,
			Source: "gp-riverside", SourceOrg: "A81001", PatientHMAC: HMAC(patient),
		})
	}
	for patient := range 25 {
		for _, user := range []string{"user-1", "user-2", "user-3", "user-4"} {
			view(trace, user, "RXA01", patient+1)
		}
	}
	view(trace, "user-1", "RXB02", 1) // the same person for another organisation
	view(trace, "", "", 0)            // nobody that is known, twice
	view(trace, "", "", 0)
	view("", "user-1", "RXA01", 1) // without a trace id, and with another: in one visit
	view("", "user-1", "RXA01", 1)
	view("4bf92f3577b34da6a3ce929d0e0e4737", "user-1", "RXA01", 1)
	deliver(t, s, "region-1", Chain(records...))
	for by, want := range map[audit.Dimension]map[string]int{
		audit.Overall:   {audit.All: 102},
		audit.ByUserOrg: {"RXA01": 100, "RXB02": 1, "": 1},
		audit.ByUser:    {"user-1": 26, "user-2": 25, "user-3": 25, "user-4": 25, "": 1},
		audit.BySource:  {"gp-riverside": 102},
	} {
		counts, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got := map[string]int{}
		for _, c := range counts {
			got[c.Key] = c.Visits[audit.Views]
		}
		if err != nil || !maps.Equal(want, got) {
			t.Errorf("by %s: %v, want %v, %v", by, got, want, err)
		}
	}
}
