package trailtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// meant counts a day of a handful of records, worked out by hand.
func meant(t *testing.T, s Kept) {
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	view := func(trace, source string, outcome audit.Outcome, reasons ...string) *audit.Record {
		r := &audit.Record{Action: "view", TraceID: trace, Source: source, SourceOrg: source, Outcome: outcome, Reasons: reasons, UserID: "u1", UserOrg: "RX1"}
		if outcome == audit.Released {
			r.Rules = []string{"permission"}
		}
		return r
	}
	look := view("t9", "console", audit.Released, "look-recorded")
	look.Action, look.Rules, look.SourceOrg = audit.LookAtPatient, nil, ""
	asked := view("t1", "gp", audit.Released, "permission-recorded")
	asked.Action, asked.Rules = "record-permission", nil
	declined := view("t8", "gp", audit.Released, "refusal-recorded")
	declined.Action, declined.Rules = "record-refusal", nil
	notTaken := view("t8", "gp", audit.Refused, "purpose-not-direct-care")
	notTaken.Action = "record-permission"
	withdrawn := view("t8", "gp", audit.Released, "withdrawn")
	withdrawn.Action = "withdraw"
	withheld := view("t2", "gp", audit.Released, "permission-to-view")
	withheld.Withheld = map[string]int{"label-withheld": 1}
	declared := view("t3", "acute", audit.Released, "emergency-declared")
	declared.Action, declared.Alert, declared.Emergency = "declare-emergency", true, "e1"
	emergency := view("t3", "acute", audit.Released, "emergency-access")
	emergency.Emergency, emergency.Alert, emergency.Rules = "e1", true, []string{"emergency"}
	records := []*audit.Record{
		view("t1", "gp", audit.Released, "permission-to-view"), view("t1", "acute", audit.Released, "permission-to-view"), // in one visit
		view("t1", "county", audit.Refused, "opted-out", "no-permission"), view("", "gp", audit.Released, "permission-to-view"),
		view("", "gp", audit.Released, "permission-to-view"),
		withheld, asked, declined, notTaken, withdrawn, declared, emergency,
		view("t4", "county", audit.Failed, "source-unavailable"), view("t4", "county", audit.Incomplete, "source-unavailable"), look,
	}
	for i, r := range records {
		r.Schema, r.ID, r.Broker = audit.SchemaVersion, "0195f2c0-"+string(rune('a'+i)), "region-1"
		r.TimeIn = day.Add(time.Duration(i) * time.Second)
		if i >= 5 { // from here on it is another visit
			r.TimeIn = r.TimeIn.Add(audit.DefaultGap)
		}
		r.TimeOut = r.TimeIn
	}
	deliver(t, s, "region-1", Chain(records...))
	whole := func(key string) audit.Count {
		return audit.Count{Key: key, Total: 15, Views: 6, Refusals: 1, Failures: 2, Asked: 2, Given: 1, Declined: 1, Withdrawn: 1,
			Emergencies: 1, EmergencyViews: 1, WithheldSome: 1, Alerts: 2, Looks: 1, Visits: map[audit.Measure]int{
				audit.Everything: 3, audit.Views: 2, audit.Refusals: 1, audit.Failures: 1, audit.Asked: 1, audit.Given: 1, audit.Declined: 1, audit.Withdrawn: 1,
				audit.Emergencies: 1, audit.EmergencyViews: 1, audit.WithheldSome: 1, audit.Alerts: 1, audit.Looks: 1}}
	}
	for by, want := range map[audit.Dimension][]audit.Count{
		audit.ByDay:   {whole("2026-03-02")},
		audit.Overall: {whole(audit.All)},
		audit.BySource: {
			{Key: "gp", Total: 8, Views: 4, Asked: 2, Given: 1, Declined: 1, Withdrawn: 1, WithheldSome: 1, Visits: map[audit.Measure]int{
				audit.Everything: 2, audit.Views: 2, audit.Asked: 1, audit.Given: 1, audit.Declined: 1, audit.Withdrawn: 1, audit.WithheldSome: 1}},
			{Key: "acute", Total: 3, Views: 2, Emergencies: 1, EmergencyViews: 1, Alerts: 2, Visits: map[audit.Measure]int{
				audit.Everything: 2, audit.Views: 2, audit.Emergencies: 1, audit.EmergencyViews: 1, audit.Alerts: 1}},
			{Key: "county", Total: 3, Refusals: 1, Failures: 2, Visits: map[audit.Measure]int{audit.Everything: 2, audit.Refusals: 1, audit.Failures: 1}},
			{Key: "console", Total: 1, Looks: 1, Visits: map[audit.Measure]int{audit.Everything: 1, audit.Looks: 1}},
		},
	} {
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("by %s: %v (-want +got):\n%s", by, err, diff)
		}
	}
	got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{Measure: audit.Refusals}, audit.ByReason)
	once := map[audit.Measure]int{audit.Everything: 1, audit.Refusals: 1}
	want := []audit.Count{{Key: "no-permission", Total: 1, Refusals: 1, Visits: once}, {Key: "opted-out", Total: 1, Refusals: 1, Visits: once}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("refusals by reason: %v (-want +got):\n%s", err, diff)
	}
}
