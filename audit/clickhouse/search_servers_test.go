//go:build servers

package clickhouse_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// A record that stands twice, before a merge makes it one, is counted once.
func TestServersClickHouseDuplicatesAreCountedOnce(t *testing.T) {
	s := open(t)
	b := trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Mixed("region-1", 200)...))
	model := new(trailtest.Memory)
	for _, store := range []audit.Store{s, model} {
		if err := store.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	clickhouse.Twice(t, s)
	if n := clickhouse.Text(t, s, `SELECT toString(count()) FROM records`); n != "400" {
		t.Fatalf("%s rows: the test wants duplicates", n)
	}
	for _, by := range audit.Dimensions() {
		want, _ := model.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("by %s: %v (-want +got):\n%s", by, err, diff)
		}
	}
	seen := 0
	for before := ""; ; {
		found, err := s.Search(t.Context(), audit.Scope{Limit: 33}, audit.Filter{}, before)
		if err != nil {
			t.Fatal(err)
		}
		if seen += len(found.Records); found.Older == "" {
			break
		}
		before = found.Older
	}
	if seen != 200 {
		t.Errorf("searching gives %d records", seen)
	}
}

// A database that an earlier version made and filled answers the new questions.
func TestServersClickHouseOlderDatabaseIsBroughtUpToDate(t *testing.T) {
	database := fmt.Sprintf("mcr_%d", databases.Add(1))
	older := openAt(t, server.Native, database)
	if err := clickhouse.PrepareUpTo(t, older, 2); err != nil {
		t.Fatal(err)
	}
	entries := trailtest.Chain(trailtest.Mixed("region-1", 300)...)
	clickhouse.InsertAsBefore(t, older, trailtest.Batch(t, "region-1", entries[:200]))

	s := openAt(t, server.Native, database)
	model := new(trailtest.Memory)
	if err := model.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries)); err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries[200:])); err != nil {
		t.Fatal(err)
	}
	for _, by := range audit.Dimensions() {
		want, _ := model.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("by %s: %v (-want +got):\n%s", by, err, diff)
		}
	}
	f := audit.Filter{Rule: "permission", Measure: audit.Views}
	want, _ := model.Search(t.Context(), audit.Scope{}, f, "")
	got, err := s.Search(t.Context(), audit.Scope{}, f, "")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("search: %v (-want +got):\n%s", err, diff)
	}
	if n := clickhouse.Text(t, s, `SELECT toString(countIf(delivered_at = 0)) || ' ' || toString(countIf(delivered_at > '2026-01-01')) FROM records`); n != "200 100" {
		t.Errorf("deliveries that are not known, and known: %s", n)
	}
}

// The columns that dashboards ask by say what the document says.
func TestServersClickHouseColumnsOfQuestions(t *testing.T) {
	delivered := time.Date(2026, 3, 2, 12, 0, 1, 500_000_000, time.UTC)
	s, err := clickhouse.Open(clickhouse.Options{
		Addresses: []string{server.Native}, Database: fmt.Sprintf("mcr_%d", databases.Add(1)), Clock: func() time.Time { return delivered },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := trailtest.Records("region-1", 1)[0]
	r.TimeIn = delivered.Add(-1500 * time.Millisecond)
	r.TimeOut = r.TimeIn.Add(12345 * time.Microsecond)
	r.Reasons, r.Rules, r.TraceID, r.UserName, r.RoleName = []string{"a", "it's \\ \"b\"\x00"}, []string{"permission"}, "4bf9", "KHAN, Amira (Dr)", "Clinical Practitioner"
	r.UserOrgName, r.Digest, r.Permission, r.Emergency, r.EmergencyReason = "Northmoor", "abab", "perm-1", "e-1", "Unconscious\nin the street"
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(r))); err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]string{
		"arrayStringConcat(reasons, '|')": "a|it's \\ \"b\"\x00", "rules[1]": "permission", "trace_id": "4bf9", "user_name": "KHAN, Amira (Dr)",
		"role_name": "Clinical Practitioner", "user_org_name": "Northmoor", "policy_digest": "abab", "permission_id": "perm-1",
		"emergency_id": "e-1", "emergency_reason": "Unconscious\nin the street", "delivered_at": "2026-03-02 12:00:01.500",
		"date_diff('millisecond', time_in, delivered_at)": "1500", "date_diff('microsecond', time_in, time_out)": "12345",
	} {
		if got := clickhouse.Text(t, s, `SELECT toString(`+column+`) FROM records`); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
}

// What the questions read: 100,000 records of one month.
func BenchmarkAsk(b *testing.B) {
	s := open(b)
	records := trailtest.Mixed("region-1", 100_000)
	for i, r := range records {
		r.TimeIn = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 25 * time.Second)
	}
	for some := range slices.Chunk(trailtest.Chain(records...), 10_000) {
		if err := s.Deliver(b.Context(), trailtest.Batch(b, "region-1", some)); err != nil {
			b.Fatal(err)
		}
	}
	for name, ask := range map[string]func() error{
		"search the newest": func() error {
			_, err := s.Search(b.Context(), audit.Scope{Limit: 50}, audit.Filter{}, "")
			return err
		},
		"search a patient": func() error {
			_, err := s.Search(b.Context(), audit.Scope{Limit: 50}, audit.Filter{Patient: []string{trailtest.HMAC(3)}}, "")
			return err
		},
		"count by day":  func() error { _, err := s.Count(b.Context(), audit.Scope{}, audit.Filter{}, audit.ByDay); return err },
		"count by rule": func() error { _, err := s.Count(b.Context(), audit.Scope{}, audit.Filter{}, audit.ByRule); return err },
		"count one's own part": func() error {
			_, err := s.Count(b.Context(), audit.Scope{SourceOrg: "RXB02", OwnStaff: true}, audit.Filter{}, audit.ByUser)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
