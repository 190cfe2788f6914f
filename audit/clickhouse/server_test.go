//go:build servers

package clickhouse_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
)

// server is one for all tests of the package: each takes a database of its own.
var server *servers.ClickHouse

func TestMain(m *testing.M) {
	code := func() int {
		dir, err := os.MkdirTemp("", "clickhouse")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if server, err = servers.StartClickHouse(context.Background(), dir, ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		return m.Run()
	}()
	os.Exit(code)
}

var databases atomic.Int64

func open(t testing.TB) *clickhouse.Store {
	t.Helper()
	return openAt(t, server.Native, fmt.Sprintf("mcr_%d", databases.Add(1)))
}

func openAt(t testing.TB, address, database string) *clickhouse.Store {
	t.Helper()
	s, err := clickhouse.Open(clickhouse.Options{Addresses: []string{address}, Database: database, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestServersClickHouseStore(t *testing.T) {
	trailtest.Run(t, func(t *testing.T) trailtest.Kept {
		t.Parallel() // each has a database of its own
		return open(t)
	})
}

func TestServersClickHouseMigratesOnce(t *testing.T) {
	database := fmt.Sprintf("mcr `odd'\\ %d", databases.Add(1))
	one, two := openAt(t, server.Native, database), openAt(t, server.Native, database)
	both := make(chan error, 2)
	go func() { both <- one.Prepare(context.Background()) }()
	go func() { both <- two.Prepare(context.Background()) }()
	for range 2 {
		if err := <-both; err != nil {
			t.Fatal(err)
		}
	}
	three := openAt(t, server.Native, database)
	if err := three.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := clickhouse.Text(t, three, `SELECT toString(groupArray(version)) FROM (SELECT DISTINCT version FROM schema_version ORDER BY version)`); got != "[1,2,3,4,5,6,7,8,9]" {
		t.Errorf("versions %s", got)
	}
	clickhouse.Exec(t, three, `INSERT INTO schema_version (version, name) VALUES (99, 'of the future')`)
	if err := openAt(t, server.Native, database).Prepare(t.Context()); err == nil {
		t.Error("a schema of the future was taken")
	}
}

// Rows of before there were forms come back byte for byte, beside those of now, and their
// epoch is known.
func TestServersClickHouseRowsBeforeForms(t *testing.T) {
	database := fmt.Sprintf("mcr_%d", databases.Add(1))
	older := openAt(t, server.Native, database)
	if err := clickhouse.PrepareUpTo(t, older, 6); err != nil {
		t.Fatal(err)
	}
	records := trailtest.NewVaried("region-1", 1).Take(300)
	for _, r := range records {
		r.PatientEpoch = "e1"
	}
	entries := trailtest.Chain(records...)
	clickhouse.InsertMarked(t, older, trailtest.Batch(t, "region-1", entries[:200]))

	s := openAt(t, server.Native, database)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries[200:])); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"before a merge", "after it"} {
		got, err := s.Entries(t.Context(), "region-1", 0, 1000)
		if diff := cmp.Diff(entries, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%.2000s", when, err, diff)
		}
		if got := clickhouse.Text(t, s, `SELECT concat(toString(countIf(form = '')), ' ', toString(countIf(patient_epoch = 'e1'))) FROM records`); got != "200 300" {
			t.Errorf("%s: without a form, and of an epoch: %s", when, got)
		}
		clickhouse.Exec(t, s, `OPTIMIZE TABLE records FINAL`)
	}
}

// A batch goes in pieces, and is one part all the same: all of it is there or nothing.
func TestServersClickHouseABatchIsOnePart(t *testing.T) {
	s := open(t)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	clickhouse.Exec(t, s, `SYSTEM STOP MERGES records`)
	entries := trailtest.Chain(trailtest.NewVaried("region-1", 1).Take(2*clickhouse.PieceRecords + 100)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries)); err != nil {
		t.Fatal(err)
	}
	parts := `SELECT concat(toString(count()), ' ', toString(sum(rows))) FROM system.parts WHERE database = currentDatabase() AND table = 'records' AND active`
	if got := clickhouse.Text(t, s, parts); got != "1 2100" {
		t.Errorf("parts and rows: %s", got)
	}
}

func TestServersClickHouseAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := openAt(t, l.Addr().String(), "mcr") // opening does not wait for a server
	if _, _, err := s.Highest(t.Context(), "region-1"); err == nil {
		t.Error("a server that is away has an answer")
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Records("region-1", 1)...))); err == nil {
		t.Error("a server that is away took a batch")
	}
}

// Every table syncs what is inserted: a batch is acknowledged when it is there. What held
// patients' details does not stay.
func TestServersClickHouseSyncsInserts(t *testing.T) {
	s := open(t)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"records", "by_patient", "hourly"} {
		made := clickhouse.Text(t, s, "SHOW CREATE TABLE "+table)
		for _, setting := range []string{"fsync_after_insert = 1", "fsync_part_directory = 1", "min_rows_to_fsync_after_merge = 1",
			"min_compressed_bytes_to_fsync_after_merge = 1", "non_replicated_deduplication_window = 10000"} {
			if !strings.Contains(made, setting) {
				t.Errorf("%s is made without %s", table, setting)
			}
		}
		// Without these a merge or an erasure leaves on the disk for minutes what it has taken out.
		for _, setting := range []string{"old_parts_lifetime = 0", "max_cleanup_delay_period = 10", "cleanup_thread_preferred_points_per_iteration = 1"} {
			if table != "hourly" && !strings.Contains(made, setting) {
				t.Errorf("%s is made without %s", table, setting)
			}
		}
	}
}

// The token of a batch stands against its earlier sending: other data under the
// same token are dropped by the server, and what is read back says so.
func TestServersClickHouseSameTokenOtherData(t *testing.T) {
	s := open(t)
	all := trailtest.Chain(trailtest.Records("region-1", 20)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Fatal(err)
	}
	// Behind the broker's back the rows go, and the server still knows the token.
	clickhouse.Exec(t, s, `ALTER TABLE records DELETE WHERE 1 SETTINGS mutations_sync = 2`)
	records := trailtest.Records("region-1", 20)
	records[7].UserID = "somebody else"
	err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(records...)))
	if err == nil {
		t.Fatal("a batch that the server dropped counts as delivered")
	}
	if entries, err := s.Entries(t.Context(), "region-1", 0, 100); err != nil || len(entries) != 0 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// A server that ended between the table and its view is found out, and the view
// is fed.
func TestServersClickHouseFeedsAForgottenView(t *testing.T) {
	s := open(t)
	b := trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Records("region-1", 60)...))
	if err := s.Deliver(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	clickhouse.Exec(t, s, `ALTER TABLE by_patient DELETE WHERE seq > 20 SETTINGS mutations_sync = 2`)
	b.Resent = true
	if err := s.Deliver(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	model := new(trailtest.Memory)
	if err := model.Deliver(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for patient := range 12 {
		want, _ := model.Patient(t.Context(), []string{trailtest.HMAC(patient)}, audit.Scope{})
		got, err := s.Patient(t.Context(), []string{trailtest.HMAC(patient)}, audit.Scope{})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("patient %d: %v\n%s", patient, err, diff)
		}
	}
}

// A record that stands twice, before a merge makes it one, is shown once.
func TestServersClickHouseDuplicatesAreShownOnce(t *testing.T) {
	s := open(t)
	all := trailtest.Chain(trailtest.Records("region-1", 40)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Fatal(err)
	}
	clickhouse.Twice(t, s)
	if n := clickhouse.Text(t, s, `SELECT toString(count()) FROM records`); n != "80" {
		t.Fatalf("%s rows: the test wants duplicates", n)
	}
	got, err := s.Tail(t.Context(), audit.Scope{Limit: 1000})
	if err != nil || len(got) != 40 {
		t.Errorf("tail: %d records, %v", len(got), err)
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Error(err)
	}
	r, err := proof.Verify(t.Context(), s, "region-1")
	if err != nil || !r.OK() || r.Records != 40 {
		t.Errorf("%v\n%s", err, r)
	}
}

// The columns that dashboards use are computed from the document.
func TestServersClickHouseComputedColumns(t *testing.T) {
	s := open(t)
	r := trailtest.Records("region-1", 1)[0]
	r.Status, r.RoleCode, r.Withheld, r.Alert = 403, "R8000", map[string]int{"label-withheld": 2}, true
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(r))); err != nil {
		t.Fatal(err)
	}
	got := clickhouse.Text(t, s, `SELECT concat(toString(status), ' ', role_code, ' ', toString(withheld), ' ', toString(alert)) FROM records`)
	if want := "403 R8000 {'label-withheld':2} true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
