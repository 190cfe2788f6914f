package trailtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

// roundabout tries to reach with each question what the scope does not hold: by
// another organisation's record id, by a filter that names it, by the cursor of
// somebody who may see everything.
func roundabout(t *testing.T, s Kept) {
	model := mixed(t, s)
	everything, err := model.Search(t.Context(), audit.Scope{Limit: 1 << 20}, audit.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []audit.Scope{
		{SourceOrg: "RXB02", Limit: 1000}, {SourceOrg: "RXB02", OwnStaff: true, Limit: 1000},
		{SourceOrg: "RXZ99", OwnStaff: true, Limit: 1000}, {UserID: "user-3", Limit: 1000}, {Until: begin, Limit: 1000},
	} {
		inside := func(r *audit.Record) bool {
			return (scope.SourceOrg == "" || r.SourceOrg == scope.SourceOrg || scope.OwnStaff && r.UserOrg == scope.SourceOrg && !strings.HasPrefix(r.Action, "look-")) &&
				(scope.UserID == "" || r.UserID == scope.UserID) && (scope.Until.IsZero() || r.TimeIn.Before(scope.Until))
		}
		for i, r := range everything.Records {
			if i%7 > 0 {
				continue
			}
			got, err := s.Show(t.Context(), r.ID, scope)
			if inside(r) && (err != nil || got.ID != r.ID) || !inside(r) && (!errors.Is(err, audit.ErrNotFound) || got != nil) {
				t.Errorf("%+v: show %s: %v, %v", scope, r.ID, got, err)
			}
		}
		for i := 0; i < len(everything.Records); i += 61 {
			r := everything.Records[i]
			for _, f := range []audit.Filter{{ID: r.ID}, {SourceOrg: r.SourceOrg}, {UserOrg: r.UserOrg}, {UserID: r.UserID}, {Patient: []string{HMAC(3), r.PatientHMAC}}, {OtherEpochs: []string{"2-9f3a1c07"}}, {Trace: r.TraceID}} {
				within(t, s, scope, f, "", inside)
			}
		}
		for i := 0; i < len(everything.Records); i += 51 {
			within(t, s, scope, audit.Filter{}, audit.PlaceOf(everything.Records[i]).Cursor(), inside)
		}
		for name, ask := range lists(s, HMAC(3)) {
			got, err := ask(t.Context(), scope)
			if err != nil || slices.ContainsFunc(got, func(r *audit.Record) bool { return !inside(r) }) {
				t.Errorf("%+v: %s shows what is not inside, %v", scope, name, err)
			}
			want, err := lists(model, HMAC(3))[name](t.Context(), scope)
			if err != nil || !slices.Equal(ids(want), ids(got)) {
				t.Errorf("%+v: %s gives %d records, want %d, %v", scope, name, len(got), len(want), err)
			}
		}
	}
}

func within(t *testing.T, s Kept, scope audit.Scope, f audit.Filter, before string, inside func(*audit.Record) bool) {
	t.Helper()
	found, err := s.Search(t.Context(), scope, f, before)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range found.Records {
		if !inside(r) {
			t.Errorf("%+v, %+v before %q: record %s was shown", scope, f, before, r.ID)
		}
	}
}
