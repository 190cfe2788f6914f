package trailtest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// looksElsewhere: with OwnStaff an organisation sees what its staff did at other
// organisations, and not what they looked at in the trail of others. The region's
// auditors are staff of some organisation, and look at every patient's.
func looksElsewhere(t *testing.T, s Kept) {
	var records []*audit.Record
	add := func(id, action, source, part, userOrg string, outcome audit.Outcome) {
		at := begin.Add(time.Duration(len(records)) * time.Second)
		records = append(records, &audit.Record{
			Schema: audit.SchemaVersion, ID: id, Broker: "region-1", TimeIn: at, TimeOut: at, Outcome: outcome, Reasons: []string{},
			UserID: "auditor", UserOrg: userOrg, PatientHMAC: HMAC(3), Source: source, SourceOrg: part, Action: action,
		})
	}
	add("view-elsewhere", "view", "gp-riverside", "A81001", "RXB02", audit.Released)
	add("refused-elsewhere", "view", "gp-riverside", "A81001", "RXB02", audit.Refused)
	add("refused-collection", "view", "collector", "", "RXB02", audit.Refused) // of no organisation's records
	add("not-understood", "", "collector", "", "RXB02", audit.Refused)
	add("own-look-elsewhere", audit.LookAtPatient, "console", "A81001", "RXB02", audit.Released)
	add("own-look-at-a-record", audit.LookAtRecord, "console", "A81001", "RXB02", audit.Released)
	add("own-look-at-all", audit.LookAtTrail, "console", "", "RXB02", audit.Released)
	add("look-here", audit.LookAtPatient, "console", "RXB02", "RXB02", audit.Released)
	add("refused-look-here", audit.LookAtTrail, "console", "RXB02", "RXB02", audit.Refused)
	add("others-look-here", audit.LookAtPatient, "console", "RXB02", "A81001", audit.Released)
	add("others-view-elsewhere", "view", "gp-riverside", "A81001", "A81001", audit.Released)
	deliver(t, s, "region-1", Chain(records...))

	want := []string{"view-elsewhere", "refused-elsewhere", "refused-collection", "not-understood", "look-here", "refused-look-here", "others-look-here"}
	scope := audit.Scope{SourceOrg: "RXB02", OwnStaff: true}
	found, err := s.Search(t.Context(), scope, audit.Filter{}, "")
	var got []string
	for _, r := range found.Records {
		got = append(got, r.ID)
	}
	slices.Reverse(got) // the newest come first
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("search: %v (-want +got):\n%s", err, diff)
	}
	for name, ask := range lists(s, HMAC(3)) {
		found, err := ask(t.Context(), scope)
		for _, r := range found {
			if !slices.Contains(want, r.ID) {
				t.Errorf("%s: %s is shown", name, r.ID)
			}
		}
		if err != nil || len(found) == 0 || name != "refused" && len(found) != len(want) {
			t.Errorf("%s: %d records, %v", name, len(found), err)
		}
	}
	for _, r := range records {
		if shown, err := s.Show(t.Context(), r.ID, scope); (err == nil) != slices.Contains(want, r.ID) {
			t.Errorf("show %s: %v, %v", r.ID, shown, err)
		}
	}
	counts, err := s.Count(t.Context(), scope, audit.Filter{}, audit.Overall)
	if err != nil || len(counts) != 1 || counts[0].Total != len(want) || counts[0].Looks != 3 {
		t.Errorf("count: %+v, %v", counts, err)
	}
}
