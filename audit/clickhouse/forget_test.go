//go:build servers

package clickhouse_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
)

// Records that the server loses while a broker writes come back by themselves, each once, in
// by_patient too: although it remembers the tokens of their first sending.
func TestServersClickHouseForgets(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "server")
	own, err := servers.StartClickHouse(t.Context(), data, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Stop() })
	store := openAt(t, own.Native, "mcr")
	w := trailtest.OpenSpool(t, dir)
	defer w.Spool.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint"), w.Keys, "region-1")
	if err != nil {
		t.Fatal(err)
	}
	start, err := ship.StartCheck(t.Context(), w.Spool, store, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	w.Journal = audit.NewJournal(w.Spool, start.Broker)
	r, err := reconcile.New(w.Spool, store, checkpoint, w.Keys, reconcile.Options{Every: 100 * time.Millisecond, Log: trailtest.Quiet})
	if err != nil {
		t.Fatal(err)
	}
	shipper := ship.Begin(w.Spool, store, checkpoint, start, ship.Options{
		BatchRecords: 500, Every: 20 * time.Millisecond, Drain: 2 * time.Minute, RetryMin: 50 * time.Millisecond, RetryMax: time.Second, Log: trailtest.Quiet, Back: r.Back,
	})
	r.Begin()
	defer r.Close()
	w.Begin(t, 80*time.Millisecond)

	// healed waits until the tables lack nothing up to the last record that they have, of at
	// least so many. (How many were delivered again for it depends on what was under way.)
	healed := func(what string, least uint64) {
		t.Helper()
		deadline := time.After(2 * time.Minute)
		for {
			got := clickhouse.Text(t, store, fmt.Sprintf(`SELECT toString((SELECT count(DISTINCT seq) = max(seq) AND max(seq) >= %d FROM records)
				AND (SELECT count(DISTINCT seq) = max(seq) AND max(seq) >= %d FROM by_patient))`, least, least))
			if got == "1" {
				t.Logf("%s: %d records are there, %d were delivered again until now", what, least, r.Report().Redelivered)
				return
			}
			select {
			case <-deadline:
				t.Fatalf("%s: %+v, %+v", what, r.Report(), shipper.Progress())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	healed("begun", 200)
	for _, c := range []struct{ name, statement string }{
		{"rows are deleted, and their tokens remembered", `ALTER TABLE records DELETE WHERE seq % 3 = 0 SETTINGS mutations_sync = 2`},
		{"truncated", `TRUNCATE TABLE records`},
		{"the partition is dropped", `ALTER TABLE records DROP PARTITION ` + time.Now().UTC().Format("200601")},
		{"by_patient is truncated", `TRUNCATE TABLE by_patient`},
		{"by_patient is deleted", `ALTER TABLE by_patient DELETE WHERE 1 SETTINGS mutations_sync = 2`},
		{"by_patient is deleted once more", `ALTER TABLE by_patient DELETE WHERE 1 SETTINGS mutations_sync = 2`},
	} {
		before := checkpoint.Mark().Seq
		clickhouse.Exec(t, store, c.statement)
		healed(c.name, before)
	}

	// An older data folder is put back, and the server started on it.
	if err := own.Stop(); err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(dir, "older")
	if err := os.CopyFS(older, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	if err := own.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	last, _ := w.Spool.Last() // the older folder has no more
	healed("started again", last+100)
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(data, data+".newer"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(older, data); err != nil {
		t.Fatal(err)
	}
	if err := own.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	healed("an older folder is put back", last+100)

	if n := r.Report().Redelivered; n < 500 {
		t.Errorf("%d records were delivered again", n)
	}

	w.Stop()
	if err := shipper.Close(t.Context()); err != nil {
		t.Error(err)
	}
	report, err := r.Now(t.Context(), true)
	if err != nil || len(report.Lost) > 0 || report.Fault != "" {
		t.Errorf("%+v, %v", report, err)
	}
	last, _ = w.Spool.Last()
	if got, want := clickhouse.Text(t, store, `SELECT concat(toString(count()), ' ', toString(uniqExact(seq)), ' ', toString(uniqExact(id)))
		FROM (SELECT DISTINCT seq, hash, id FROM records)`), fmt.Sprintf("%d %d %d", last, last, last); got != want {
		t.Errorf("records, numbers, ids: %s, want %s", got, want)
	}
	clickhouse.Exec(t, store, `OPTIMIZE TABLE records FINAL`)
	if got := clickhouse.Text(t, store, `SELECT toString(count()) FROM records`); got != fmt.Sprint(last) {
		t.Errorf("%s rows after a merge, want %d", got, last)
	}
	if p, err := proof.Verify(t.Context(), store, "region-1", proof.FromMark(checkpoint.Mark())...); err != nil || !p.OK() || p.Records != last {
		t.Errorf("%v\n%s", err, p)
	}
}
