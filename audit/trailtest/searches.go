package trailtest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
)

// mixed fills a store, and a model of it, with records of two brokers, some of
// which have one time. They are a few more than a store may read in one look
// (SQLite: 256), and than it stores in one statement (SQLite: 100).
func mixed(t *testing.T, s Kept) *Memory {
	t.Helper()
	model := new(Memory)
	for _, broker := range []string{"region-2x", "region-1"} { // not in the order of their names
		all := Chain(Mixed(broker, 150)...)
		deliver(t, s, broker, all)
		deliver(t, model, broker, all)
	}
	return model
}

func scopes() map[string]audit.Scope {
	day := begin.Truncate(24 * time.Hour)
	return map[string]audit.Scope{
		"everybody": {Limit: 97}, "one day": {Since: day, Until: day.Add(24 * time.Hour), Limit: 500},
		"own part": {SourceOrg: "RXB02", Limit: 41}, "own part and staff": {SourceOrg: "RXB02", OwnStaff: true, Limit: 60},
		"one user": {UserID: "user-7"}, "own staff without an organisation": {OwnStaff: true, Limit: 1000},
		"nobody": {SourceOrg: "RXZ99", OwnStaff: true}, "later": {Since: begin.Add(time.Hour), SourceOrg: "A81001", OwnStaff: true, UserID: "user-3"},
	}
}

// crossed are the filters that are asked in every scope; the others are asked of
// everybody's part only, or a test on a real server takes minutes.
var crossed = []string{"nothing", "patient", "user's organisation", "reason", "views", "another part", "without rule and role"}

func asked(scope, filter string) bool {
	return scope == "everybody" || slices.Contains(crossed, filter)
}

func filters() map[string]audit.Filter {
	all := map[string]audit.Filter{
		"nothing": {}, "id": {ID: "0195f2c0-region-1-000007"}, "patient": {Patient: []string{HMAC(3)}}, "user": {UserID: "user-9"},
		"user's organisation": {UserOrg: "RXB02"}, "role": {Role: "R8001"}, "source": {Source: "county"}, "source's organisation": {SourceOrg: "RXC03"},
		"reason": {Reason: "opted-out"}, "second reason": {Reason: "no-active-care-relationship"}, "rule": {Rule: "permission"}, "second rule": {Rule: "own_record"},
		"outcome": {Outcome: "refused"}, "action": {Action: audit.LookAtPatient}, "trace": {Trace: "4bf92f3577b34da6a3ce920000000007"},
		"revision": {Revision: "2026-03-02"}, "several": {Source: "gp-riverside", Role: "R8000", Measure: audit.Views, Reason: "routine-access-by-gp"},
		"patient's refusals": {Patient: []string{HMAC(5)}, Measure: audit.Refusals}, "no such thing": {Rule: "permissio"},
		"a patient of two epochs": {Patient: []string{HMAC(3), HMAC(7), HMAC(99)}}, "one under several": {ID: "0195f2c0-region-1-000007", Patient: []string{HMAC(1), HMAC(2), HMAC(3), HMAC(4), HMAC(5), HMAC(6)}},
		"epochs that are not known": {OtherEpochs: []string{"", "2-9f3a1c07"}}, "an epoch that was withdrawn": {OtherEpochs: []string{"2-9f3a1c07", "3-00aa11bb"}},
		"all epochs are known": {OtherEpochs: []string{"", "2-9f3a1c07", "3-00aa11bb"}},
		"another part":         {SourceOrg: "A81001"}, "without a user": {Without: []audit.Dimension{audit.ByUser}},
		"without rule and role": {Without: []audit.Dimension{audit.ByRule, audit.ByRole}}, "without a day": {Without: []audit.Dimension{audit.ByDay}},
		"an hour of the week": {Hours: []string{"7-09"}}, "hours of the week": {Hours: []string{"7-08", "7-10", "1-10"}, Measure: audit.Views}, "another hour": {Hours: []string{"3-09"}},
	}
	for _, m := range audit.Measures() {
		all[string(m)] = audit.Filter{Measure: m}
	}
	return all
}

// searches: every page of every search is the model's, and together they are
// everything once.
func searches(t *testing.T, s Kept) {
	model := mixed(t, s)
	for scopeName, scope := range scopes() {
		for filterName, filter := range filters() {
			if !asked(scopeName, filterName) {
				continue
			}
			seen, pages := 0, 0
			for before := ""; ; pages++ {
				want, err := model.Search(t.Context(), scope, filter, before)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.Search(t.Context(), scope, filter, before)
				if err != nil {
					t.Fatalf("%s, %s: %v", scopeName, filterName, err)
				}
				if diff := cmp.Diff(ids(want.Records), ids(got.Records)); diff != "" || want.Older != got.Older {
					t.Errorf("%s, %s, page %d: older %q, want %q (-want +got):\n%s", scopeName, filterName, pages, got.Older, want.Older, diff)
				}
				if slices.Contains(crossed, filterName) {
					written, err := s.Documents(t.Context(), scope, filter, before)
					if diff := cmp.Diff(documents(t, got.Records), written.Texts, cmpopts.EquateEmpty()); err != nil || written.Older != want.Older || diff != "" {
						t.Errorf("%s, %s, page %d: documents, older %q, want %q, %v (-want +got):\n%s", scopeName, filterName, pages, written.Older, want.Older, err, diff)
					}
				}
				seen += len(got.Records)
				if before = want.Older; before == "" {
					break
				}
			}
			scope := scope
			scope.Limit = 1 << 20
			if all, err := s.Search(t.Context(), scope, filter, ""); err != nil || len(all.Records) != seen || all.Older != "" {
				t.Errorf("%s, %s: %d records on %d pages, %d at once, %v", scopeName, filterName, seen, pages+1, len(all.Records), err)
			}
		}
	}
}

// documents are records as they were written.
func documents(t *testing.T, records []*audit.Record) (all [][]byte) {
	t.Helper()
	for _, r := range records {
		as := *r
		as.Sequence = 0 // which stands beside the document
		all = append(all, audit.AppendJSON(nil, &as))
	}
	return all
}

// counts: every count is the model's, and each number leads to just so many
// records.
func counts(t *testing.T, s Kept) {
	model, turn := mixed(t, s), 0
	for scopeName, scope := range scopes() {
		for filterName, filter := range filters() {
			for _, by := range audit.Dimensions() {
				if turn++; !asked(scopeName, filterName) || filterName != "nothing" && turn%29 > 0 {
					continue
				}
				name := fmt.Sprintf("%s, %s, by %s", scopeName, filterName, by)
				want, err := model.Count(t.Context(), scope, filter, by)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.Count(t.Context(), scope, filter, by)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Fatalf("%s: %v (-want +got):\n%s", name, err, diff)
				}
				if filterName != "nothing" && filterName != "several" {
					continue
				}
				for _, c := range got {
					leads(t, model, name, scope, filter, by, c, append(audit.Measures(), audit.Everything)...)
				}
			}
		}
	}
	// The store's own searches lead there too; each was compared with the model's.
	all, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.ByReason)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		leads(t, s, "by reason", audit.Scope{}, audit.Filter{}, audit.ByReason, c, audit.Everything, audit.Refusals)
	}
}

// leads checks that numbers of a count are those of the records that they lead to.
func leads(t *testing.T, trail audit.Trail, name string, scope audit.Scope, filter audit.Filter, by audit.Dimension, c audit.Count, measures ...audit.Measure) {
	t.Helper()
	scope, filter = by.Narrow(scope, filter, c.Key)
	scope.Limit = 1 << 20
	for _, m := range measures {
		if filter.Measure != audit.Everything && m != filter.Measure {
			continue
		}
		f := filter
		f.Measure = m
		found, err := trail.Search(t.Context(), scope, f, "")
		if err != nil || len(found.Records) != c.Of(m) {
			t.Errorf("%s: %q counts %d %s, and there are %d, %v", name, c.Key, c.Of(m), m, len(found.Records), err)
		}
		if c.Of(m) == 0 {
			continue
		}
		visited, err := trail.Visits(t.Context(), scope, f, "")
		if visits := len(visited.Visits); visits != c.Visits[m] || err != nil || visited.Older != "" {
			t.Errorf("%s: %q counts %d visits of %s, and there are %d, %v", name, c.Key, c.Visits[m], m, visits, err)
		}
	}
}

// questionsThatThereAreNot are refused, and never answered as another.
func questionsThatThereAreNot(t *testing.T, s Kept) {
	deliver(t, s, "region-1", Chain(Mixed("region-1", 30)...))
	for _, f := range []audit.Filter{{Measure: "view"}, {Measure: "1) OR (1"}, {Without: []audit.Dimension{"rules"}}, {Without: []audit.Dimension{""}}, {Hours: []string{"8-00"}}, {Hours: []string{"1-09", ""}}} {
		if found, err := s.Search(t.Context(), audit.Scope{}, f, ""); !errors.Is(err, audit.ErrQuestion) || len(found.Records) > 0 {
			t.Errorf("search %+v: %d records, %v", f, len(found.Records), err)
		}
		if found, err := s.Count(t.Context(), audit.Scope{}, f, audit.ByDay); !errors.Is(err, audit.ErrQuestion) || len(found) > 0 {
			t.Errorf("count %+v: %v, %v", f, found, err)
		}
	}
	for _, by := range []audit.Dimension{"", "days", "id FROM records --"} {
		if found, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by); !errors.Is(err, audit.ErrQuestion) || len(found) > 0 {
			t.Errorf("count by %q: %v, %v", by, found, err)
		}
	}
	for _, f := range []audit.Filter{{Measure: "view"}, {Without: []audit.Dimension{"rules"}}} {
		if found, err := s.Visits(t.Context(), audit.Scope{}, f, ""); !errors.Is(err, audit.ErrQuestion) || len(found.Visits) > 0 {
			t.Errorf("visits %+v: %d, %v", f, len(found.Visits), err)
		}
	}
	for _, before := range []string{"x", "AQ", "' OR 1=1", "AQAAAAAAAAAAAAAAAAAAAAA=", string(make([]byte, 5000))} {
		if found, err := s.Search(t.Context(), audit.Scope{}, audit.Filter{}, before); !errors.Is(err, audit.ErrCursor) || len(found.Records) > 0 {
			t.Errorf("search before %q: %d records, %v", before, len(found.Records), err)
		}
		if found, err := s.Visits(t.Context(), audit.Scope{}, audit.Filter{}, before); !errors.Is(err, audit.ErrCursor) || len(found.Visits) > 0 {
			t.Errorf("visits before %q: %d, %v", before, len(found.Visits), err)
		}
	}
}

// hostileFilters finds a record by a value that would break out of a query.
func hostileFilters(t *testing.T, s Kept, r *audit.Record, value string) {
	t.Helper()
	for name, f := range map[string]audit.Filter{
		"user": {UserID: value}, "user's organisation": {UserOrg: value}, "role": {Role: value}, "source": {Source: value},
		"source's organisation": {SourceOrg: value}, "reason": {Reason: value}, "rule": {Rule: value}, "action": {Action: value},
		"trace": {Trace: value}, "revision": {Revision: value},
	} {
		found, err := s.Search(t.Context(), audit.Scope{Since: begin.Add(-time.Minute)}, f, "") // a store looks no further back
		if err != nil || len(found.Records) != 1 || found.Records[0].ID != r.ID {
			t.Errorf("search by %s %q: %d records, %v", name, value, len(found.Records), err)
		}
	}
	for _, by := range []audit.Dimension{audit.ByRole, audit.ByRule, audit.ByUser} {
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{ID: r.ID, Role: value}, by)
		if err != nil || len(got) == 0 || len(got) > 2 || by == audit.ByRole && got[0].Key != value {
			t.Errorf("count by %s of %q: %v, %v", by, value, got, err)
		}
	}
}
