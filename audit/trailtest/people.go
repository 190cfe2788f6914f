package trailtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// people: whoever asked is known by the names that they bear where they work now, within
// the scope: another organisation's part tells nobody of them.
func people(t *testing.T, s Kept) {
	var records []*audit.Record
	asks := func(user, name, org, role, holder string) {
		at := begin.Add(time.Duration(len(records)) * time.Hour)
		records = append(records, &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%06d", len(records)), Broker: "region-1", TimeIn: at, TimeOut: at,
			Outcome: audit.Released, Reasons: []string{}, Action: "view", UserID: user, UserName: name, UserOrg: org, RoleCode: role,
			Source: "gp-riverside", SourceOrg: holder, PatientHMAC: HMAC(1),
		})
	}
	asks("user-2", "Okafor, A", "RXA01", "R8000", "A81001")
	asks("user-2", "Dr Amara Okafor", "RXA01", "R8000", "A81001") // spelled otherwise since
	asks("user-2", "Dr A. Okafor", "RXB02", "R8000", "RXC03")
	asks("user-2", "Dr A. Okafor", "RXB02", "R8001", "RXC03")
	asks("user-1", "", "RXA01", "R8000", "A81001")
	asks("user-3", "Jo O’Neill", "A81001", "R8003", "RXC03")
	asks("", "Nobody That Is Known", "RXA01", "", "A81001")
	deliver(t, s, "region-1", Chain(records...))
	for name, one := range map[string]struct {
		scope audit.Scope
		want  []audit.Person
	}{
		"everybody":          {audit.Scope{Limit: 1}, []audit.Person{{UserID: "user-1"}, {UserID: "user-2", Names: []string{"Dr A. Okafor", "Dr Amara Okafor"}}, {UserID: "user-3", Names: []string{"Jo O’Neill"}}}},
		"own part":           {audit.Scope{SourceOrg: "A81001"}, []audit.Person{{UserID: "user-1"}, {UserID: "user-2", Names: []string{"Dr Amara Okafor"}}}},
		"own part and staff": {audit.Scope{SourceOrg: "A81001", OwnStaff: true}, []audit.Person{{UserID: "user-1"}, {UserID: "user-2", Names: []string{"Dr Amara Okafor"}}, {UserID: "user-3", Names: []string{"Jo O’Neill"}}}},
		"some hours":         {audit.Scope{Until: begin.Add(time.Hour)}, []audit.Person{{UserID: "user-2", Names: []string{"Okafor, A"}}}},
		"nobody":             {audit.Scope{SourceOrg: "RXZ99"}, []audit.Person{}},
	} {
		got, err := s.People(t.Context(), one.scope)
		if diff := cmp.Diff(one.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
