package sqlite_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Rows that somebody deletes with sqlite3's own shell while a broker writes come back by
// themselves, each once, in brief too.
func TestRowsDeletedByAnotherProgramComeBack(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "trail.db")
	store, err := sqlite.Open(t.Context(), file)
	must(t, err)
	defer store.Close()
	w := trailtest.OpenSpool(t, dir)
	defer w.Spool.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint"), w.Keys, "region-1")
	must(t, err)
	start, err := ship.StartCheck(t.Context(), w.Spool, store, checkpoint)
	must(t, err)
	w.Journal = audit.NewJournal(w.Spool, start.Broker)
	r, err := reconcile.New(w.Spool, store, checkpoint, w.Keys, reconcile.Options{Every: 20 * time.Millisecond, Log: trailtest.Quiet})
	must(t, err)
	shipper := ship.Begin(w.Spool, store, checkpoint, start, ship.Options{Every: 5 * time.Millisecond, Log: trailtest.Quiet, Back: r.Back})
	r.Begin()
	defer r.Close()
	w.Begin(t, 10*time.Millisecond)
	for _, statement := range []string{
		`DELETE FROM record WHERE key % 3 = 0`,
		`DELETE FROM record; DELETE FROM brief`,
		`DELETE FROM brief WHERE key % 2 = 0`,
		`DELETE FROM record WHERE key & 0xFFFFFFFFFFFF BETWEEN 5 AND 100`,
	} {
		// Something is there to be lost, and then delivered again.
		mark := checkpoint.Mark().Seq
		for checkpoint.Mark().Seq < mark+100 {
			must(t, w.Spool.Wait(t.Context(), checkpoint.Mark().Seq))
		}
		before := r.Report().Redelivered
		meddle(t, file, statement)
		for r.Report().Redelivered == before {
			last, _ := w.Spool.Last() // looked at with each record: whoever looks all the time keeps the others from it
			must(t, w.Spool.Wait(t.Context(), last))
		}
	}
	w.Stop()
	must(t, shipper.Close(t.Context()))
	last, _ := w.Spool.Last()
	if report, err := r.Now(t.Context(), true); err != nil || len(report.Lost) > 0 || report.Records < last {
		t.Errorf("%+v, %v", report, err)
	}
	p, err := proof.Verify(t.Context(), store, "region-1", proof.FromMark(checkpoint.Mark())...)
	if err != nil || !p.OK() || p.Records != last {
		t.Errorf("%v\n%s", err, p)
	}
	if rows := sqlite.One(t, store, `SELECT count(*) || ' ' || (SELECT count(*) FROM brief) FROM record`); rows != fmt.Sprintf("%d %d", last, last) {
		t.Errorf("rows, and in brief: %s, want %d", rows, last)
	}
}

// meddle changes the file with sqlite3's own shell, where it is installed, or else over another
// connection.
func meddle(t *testing.T, file, statement string) {
	t.Helper()
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		other, err := sqlite.Open(t.Context(), file)
		must(t, err)
		defer other.Close()
		sqlite.Exec(t, other, statement)
		return
	}
	out, err := exec.CommandContext(t.Context(), shell, "-cmd", ".timeout 10000", file, statement).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
