package trailtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// Visiting makes n records of few people about few patients within a day, by which visits
// are told apart: pauses of just the gap, a microsecond less and a microsecond more, equal
// times, several sessions and none, nobody with a trace id and without, several sources of
// several organisations at once, looks at the trail between. The same for the same seed.
func Visiting(broker string, n int, seed uint64) []*audit.Record {
	rnd := rand.New(rand.NewPCG(seed, uint64(len(broker))))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	pauses := []time.Duration{0, 0, 0, time.Microsecond, time.Second, 10 * time.Minute, audit.DefaultGap - time.Microsecond, audit.DefaultGap, audit.DefaultGap + time.Microsecond, 2 * audit.DefaultGap}
	at := begin
	records := make([]*audit.Record, n)
	for i := range records {
		at = at.Add(pauses[rnd.IntN(len(pauses))] / time.Duration(1+rnd.IntN(2)*3))
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%s-%06d", broker, i), Broker: broker, TimeIn: at, TimeOut: at,
			UserID: pick("user-1", "user-1", "user-2", ""), UserOrg: pick("RXA01", "RXA01", "RXA01", "RXB02"),
			SessionID: pick("", "", "session-1", "session-2"), TraceID: pick("", "4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4737"),
			PatientHMAC: pick(HMAC(1), HMAC(1), HMAC(2), ""), RoleCode: pick("R8000", "R8000", "R8003"),
			Source: pick("gp-riverside", "acute-northmoor", "county"), SourceOrg: pick("A81001", "A81001", "RXB02"),
			Action: "view", Outcome: audit.Released, Reasons: []string{"permission-to-view"}, Rules: []string{"permission"}, Revision: "2026-03-01",
		}
		switch rnd.IntN(9) {
		case 0, 1:
			r.Outcome, r.Reasons, r.Rules = audit.Refused, []string{"no-permission", pick("opted-out", "no-permission")}, nil
		case 2:
			r.Outcome, r.Reasons, r.Rules = audit.Failed, []string{"source-unavailable"}, nil
		case 3:
			r.Action, r.Reasons, r.Rules = pick("record-permission", "record-refusal", "withdraw"), nil, nil
		case 4:
			r.Action, r.Alert, r.Emergency = "declare-emergency", true, "e1"
		case 5:
			r.Emergency, r.Alert, r.Withheld = "e1", true, map[string]int{"label-withheld": 1}
		case 6:
			r.Action, r.Source, r.Rules = pick(audit.LookAtTrail, audit.LookAtPatient), "console", nil
		}
		records[i] = r
	}
	return records
}

// visited: visits are those of the model, page by page, and as many as are counted, for
// whatever is asked. A question of a real server takes its time, so not all is asked with
// all: each filter in the whole trail, the chief ones in each scope; pages are cut where
// nothing is filtered, and where most is.
func visited(t *testing.T, s Kept) {
	model := new(Memory)
	for seed, broker := range []string{"region-2x", "region-1"} {
		all := Chain(Visiting(broker, 120, uint64(seed))...)
		deliver(t, s, broker, all)
		deliver(t, model, broker, all)
	}
	turn := 0
	for _, scopeName := range slices.Sorted(maps.Keys(scopesOfVisits())) {
		for _, filterName := range slices.Sorted(maps.Keys(filtersOfVisits())) {
			scope, filter := scopesOfVisits()[scopeName], filtersOfVisits()[filterName]
			if scopeName != "everybody" && !slices.Contains(crossedOfVisits, filterName) {
				continue
			}
			if filterName != "nothing" && filterName != "reason" {
				scope.Limit = 1 << 20
			}
			name := scopeName + ", " + filterName
			pagesOfVisits(t, s, model, name, scope, filter)
			for _, by := range audit.Dimensions() {
				if turn++; turn%17 > 0 && (by != audit.Overall || scopeName != "everybody") {
					continue
				}
				want, _ := model.Count(t.Context(), scope, filter, by)
				got, err := s.Count(t.Context(), scope, filter, by)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Fatalf("%s, by %s: %v (-want +got):\n%s", name, by, err, diff)
				}
			}
		}
	}
}

func pagesOfVisits(t *testing.T, s Kept, model *Memory, name string, scope audit.Scope, filter audit.Filter) {
	t.Helper()
	for page, before := 0, ""; ; page++ {
		want, err := model.Visits(t.Context(), scope, filter, before)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Visits(t.Context(), scope, filter, before)
		if err != nil || !reflect.DeepEqual(want, got) { // to look for what differs takes long
			t.Fatalf("%s, page %d: %v (-want +got):\n%s", name, page, err, cmp.Diff(want, got))
		}
		if before = want.Older; before == "" {
			return
		}
	}
}

// crossedOfVisits are the filters that are asked in every scope: see crossed.
var crossedOfVisits = []string{"nothing", "patient", "reason", "without a rule", "trace", "some hours", string(audit.Alerts)}

// SameVisits tests that a store gives and counts the same visits as a model of what it holds
// (see Visiting), whoever asks it, page by page.
func SameVisits(t *testing.T, s Kept, model *Memory) {
	t.Helper()
	for name, scope := range map[string]audit.Scope{"everybody": {Limit: 40}, "own part": scopesOfVisits()["own part"], "some hours": scopesOfVisits()["some hours"]} {
		pagesOfVisits(t, s, model, name, scope, audit.Filter{})
		pagesOfVisits(t, s, model, name+", refused", audit.Scope{SourceOrg: scope.SourceOrg, Since: scope.Since, Until: scope.Until, Limit: 1 << 20}, audit.Filter{Reason: "opted-out"})
		for _, by := range []audit.Dimension{audit.Overall, audit.ByRule} {
			want, _ := model.Count(t.Context(), scope, audit.Filter{}, by)
			got, err := s.Count(t.Context(), scope, audit.Filter{}, by)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s, by %s: %v (-want +got):\n%s", name, by, err, diff)
			}
		}
	}
}

func scopesOfVisits() map[string]audit.Scope {
	return map[string]audit.Scope{
		"everybody": {Limit: 23}, "another gap": {VisitGap: 10 * time.Minute, Limit: 50}, "hardly a gap": {VisitGap: time.Microsecond, Limit: 90},
		"some hours": {Since: begin.Add(3 * time.Hour), Until: begin.Add(9 * time.Hour), Limit: 4}, "own part": {SourceOrg: "A81001", Limit: 19},
		"own part and staff": {SourceOrg: "RXB02", OwnStaff: true, Limit: 19}, "one user": {UserID: "user-1", Limit: 11}, "nobody": {SourceOrg: "RXZ99"},
	}
}

func filtersOfVisits() map[string]audit.Filter {
	all := map[string]audit.Filter{
		"nothing": {}, "user": {UserID: "user-2"}, "organisation": {UserOrg: "RXB02"}, "patient": {Patient: []string{HMAC(2)}}, "without a user": {Without: []audit.Dimension{audit.ByUser}},
		"source": {Source: "county"}, "role": {Role: "R8003"}, "reason": {Reason: "opted-out"}, "rule": {Rule: "permission"}, "without a rule": {Without: []audit.Dimension{audit.ByRule}},
		"trace": {Trace: "4bf92f3577b34da6a3ce929d0e0e4737"}, "id": {ID: "0195f2c0-region-1-000100"}, "several": {UserOrg: "RXA01", Reason: "opted-out", Source: "gp-riverside"},
		"no such thing": {Rule: "permissio"}, "some hours": {Hours: []string{"7-08", "7-09", "7-11", "7-13", "7-16", "7-20"}},
	}
	for _, m := range audit.Measures() {
		all[string(m)] = audit.Filter{Measure: m}
	}
	return all
}

// visitedForEver: of a visit that does not end a page gives so much, and says of all.
func visitedForEver(t *testing.T, s Kept) {
	const n = audit.MostOfPage + 100
	var records []*audit.Record
	for i := range n + 20 {
		r := Records("region-1", 1)[0]
		r.ID, r.TimeIn, r.PatientHMAC, r.UserID = fmt.Sprintf("0195f2c0-%06d", i), begin.Add(time.Duration(i)*time.Second), "", "program"
		if i >= n {
			r.UserID = fmt.Sprintf("user-%d", i)
		}
		if i < 10 {
			r.UserID = "early"
		}
		records = append(records, r)
	}
	model := new(Memory)
	all := Chain(records...)
	for _, store := range []Kept{s, model} {
		deliver(t, store, "region-1", all)
	}
	pagesOfVisits(t, s, model, "a visit that does not end", audit.Scope{}, audit.Filter{})
	page, err := model.Visits(t.Context(), audit.Scope{}, audit.Filter{}, "")
	if last := page.Visits[len(page.Visits)-1]; err != nil || len(page.Visits) != 21 || last.Size != n-10 || len(last.Records) != audit.MostOfPage || last.ID != records[10].ID || page.Older == "" {
		t.Errorf("%d visits, the last of %d records, %v", len(page.Visits), last.Size, err)
	}
}
