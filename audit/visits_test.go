package audit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
)

// viewAt makes a view some minutes after noon.
func viewAt(minutes int, user, trace string, change ...func(*audit.Record)) *audit.Record {
	r := &audit.Record{
		Broker: "region-1", Sequence: uint64(minutes), TimeIn: noon.Add(time.Duration(minutes) * time.Minute), UserID: user, UserOrg: "RXA01",
		TraceID: trace, Action: "view", Outcome: audit.Released, Source: "gp-riverside", SourceOrg: "A81001",
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func TestVisits(t *testing.T) {
	look := func(r *audit.Record) { r.Action, r.Source, r.SourceOrg = audit.LookAtPatient, "console", "" }
	later := func(d time.Duration) func(*audit.Record) {
		return func(r *audit.Record) { r.TimeIn = r.TimeIn.Add(d) }
	}
	patient := func(hmac string) func(*audit.Record) { return func(r *audit.Record) { r.PatientHMAC = hmac } }
	session := func(id string) func(*audit.Record) { return func(r *audit.Record) { r.SessionID = id } }
	for name, c := range map[string]struct {
		records []*audit.Record
		want    [][]int // the minutes of the records of each visit, the newest first
	}{
		"nothing":                          {nil, nil},
		"one collection":                   {[]*audit.Record{viewAt(0, "u", "t"), viewAt(1, "u", "t"), viewAt(1, "u", "t")}, [][]int{{0, 1, 1}}},
		"one sitting without trace ids":    {[]*audit.Record{viewAt(0, "u", ""), viewAt(30, "u", ""), viewAt(59, "u", "")}, [][]int{{0, 30, 59}}},
		"a pause of more than the gap":     {[]*audit.Record{viewAt(0, "u", ""), viewAt(31, "u", "")}, [][]int{{31}, {0}}},
		"a microsecond more than the gap":  {[]*audit.Record{viewAt(0, "u", ""), viewAt(30, "u", "", later(time.Microsecond))}, [][]int{{30}, {0}}},
		"a nanosecond more is not more":    {[]*audit.Record{viewAt(0, "u", ""), viewAt(30, "u", "", later(time.Nanosecond))}, [][]int{{0, 30}}},
		"three collections of one sitting": {[]*audit.Record{viewAt(0, "u", "a"), viewAt(20, "u", "b"), viewAt(45, "u", "a")}, [][]int{{0, 20, 45}}},
		"one trace after a pause":          {[]*audit.Record{viewAt(0, "u", "a"), viewAt(300, "u", "a")}, [][]int{{300}, {0}}},
		"two people with one trace":        {[]*audit.Record{viewAt(0, "u", "a"), viewAt(1, "v", "a")}, [][]int{{1}, {0}}},
		"one person of two organisations":  {[]*audit.Record{viewAt(0, "u", "a"), viewAt(1, "u", "a", func(r *audit.Record) { r.UserOrg = "RXB02" })}, [][]int{{1}, {0}}},
		"two patients, and none": {[]*audit.Record{viewAt(0, "u", "a", patient("0f")), viewAt(1, "u", "a", patient("1e")), viewAt(2, "u", "a"), viewAt(3, "u", "b", patient("0f")), viewAt(4, "u", "b")},
			[][]int{{2, 4}, {0, 3}, {1}}},
		"two sessions at once, and none": {[]*audit.Record{viewAt(0, "u", "a", session("s")), viewAt(1, "u", "a", session("t")), viewAt(2, "u", "a", session("s")), viewAt(3, "u", "a"), viewAt(4, "u", "a")},
			[][]int{{3, 4}, {0, 2}, {1}}},
		"a session after a pause":         {[]*audit.Record{viewAt(0, "u", "a", session("s")), viewAt(31, "u", "a", session("s"))}, [][]int{{31}, {0}}},
		"in any order":                    {[]*audit.Record{viewAt(50, "u", ""), viewAt(0, "u", ""), viewAt(25, "u", "")}, [][]int{{0, 25, 50}}},
		"looks and views are not mixed":   {[]*audit.Record{viewAt(0, "u", "a"), viewAt(1, "u", "a", look), viewAt(2, "u", "a", look)}, [][]int{{1, 2}, {0}}},
		"nobody known, by their traces":   {[]*audit.Record{viewAt(0, "", "a"), viewAt(1, "", "b"), viewAt(2, "", "a"), viewAt(40, "", "a")}, [][]int{{40}, {0, 2}, {1}}},
		"nobody known, without any trace": {[]*audit.Record{viewAt(0, "", ""), viewAt(2, "", "")}, [][]int{{2}, {0}}},
	} {
		var got [][]int
		for _, v := range audit.Visits(c.records, audit.DefaultGap) {
			var minutes []int
			for _, r := range v.Records {
				minutes = append(minutes, int(r.TimeIn.Sub(noon)/time.Minute))
			}
			got = append(got, minutes)
			if v.From != v.Records[0].TimeIn || v.Until != v.Records[len(v.Records)-1].TimeIn || v.Looks != v.Records[0].IsLook() {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAVisitTellsItsStory(t *testing.T) {
	records := []*audit.Record{
		viewAt(0, "u", "t", func(r *audit.Record) {
			r.Outcome, r.Reasons, r.UserName = audit.Refused, []string{"no-permission"}, "KHAN, Amira (Dr)"
			r.RoleCode, r.RoleName = "R8000", "Clinical Practitioner"
		}),
		viewAt(2, "u", "t", func(r *audit.Record) {
			r.Action, r.Reasons, r.Permission = "record-permission", []string{"permission-recorded"}, "perm-1"
		}),
		viewAt(3, "u", "t", func(r *audit.Record) {
			r.Reasons, r.Rules, r.Permission, r.Relationship = []string{"permission-to-view"}, []string{"permission"}, "perm-1", "rel-7"
			r.Categories, r.Withheld = map[string]int{"laboratory": 3, "medications": 1}, map[string]int{"label-withheld": 2}
			r.UserOrgName = "Northmoor Hospitals"
		}),
		viewAt(3, "u", "t", func(r *audit.Record) {
			r.Source, r.SourceOrg, r.Outcome, r.Reasons = "county", "RXC03", audit.Failed, []string{"source-unavailable"}
		}),
		viewAt(4, "u", "t", func(r *audit.Record) {
			r.Action, r.Emergency, r.EmergencyReason, r.Alert = "declare-emergency", "e1", "Unconscious", true
		}),
	}
	want := []audit.Visit{{
		UserID: "u", UserName: "KHAN, Amira (Dr)", RoleCode: "R8000", RoleName: "Clinical Practitioner", UserOrg: "RXA01", UserOrgName: "Northmoor Hospitals",
		From: records[0].TimeIn, Until: records[4].TimeIn, Size: 5, Openings: 1,
		Sources: []string{"county", "gp-riverside"}, SourceOrgs: []string{"A81001", "RXC03"}, Categories: []string{"laboratory", "medications"},
		Actions: []string{"declare-emergency", "record-permission", "view"}, Released: 1, Refused: 1, Failed: 1,
		Refusals: []string{"no-permission"}, Withheld: []string{"label-withheld"},
		Reasons: []string{"permission-recorded", "permission-to-view"}, Rules: []string{"permission"}, Permissions: []string{"perm-1"},
		Relationships: []string{"rel-7"}, Emergencies: []string{"e1"}, EmergencyReason: "Unconscious", Given: true, Declared: true, Alert: true,
	}}
	got := audit.Visits(slices.Clone(records), audit.DefaultGap)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(audit.Visit{}, "Records")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got[0].Records) != 5 {
		t.Errorf("%d records", len(got[0].Records))
	}
}
