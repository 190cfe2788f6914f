//go:build servers

package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Records go by class and period, and never under a hold; what is held stays, the rows are
// still counted, the verification says how many went, and the reconciler misses none.
func TestServersClickHouseRecordsAreRetiredByClassAndNeverUnderAHold(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	w := trailtest.OpenSpool(t, dir)
	defer w.Spool.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint"), w.Keys, "wend-1")
	if err != nil {
		t.Fatal(err)
	}
	// deliver brings the store what is written, as an act does.
	deliver := func() {
		t.Helper()
		start, err := ship.StartCheck(t.Context(), w.Spool, s, checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if err := ship.Begin(w.Spool, s, checkpoint, start, ship.Options{Drain: 2 * time.Minute, Log: trailtest.Quiet}).Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	journal := audit.NewJournal(w.Spool, "wend-1")
	write := func(r *audit.Record) {
		t.Helper()
		if err := journal.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Date(2016, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range 300 {
		r := &audit.Record{ID: fmt.Sprintf("id-%06d", i), TimeIn: begin.Add(time.Duration(i) * time.Hour), Outcome: audit.Released, Reasons: []string{"x"},
			Action: "view", UserID: "u1", Source: "gp-riverside", SourceOrg: "A81001", PatientHMAC: trailtest.HMAC(i % 7)}
		switch {
		case i%10 == 3:
			r.PatientHMAC = secrets[1]
		case i%20 == 5:
			r.Action = "record-permission"
		case i%20 == 7:
			r.Outcome = audit.Refused
		case i%50 == 9:
			r.Source, r.Action = audit.SourceConsole, audit.LookAtRecord
		}
		write(r)
	}
	write(audit.Act{Action: audit.HoldAction, Reason: "hold-laid", By: "An Officer", Words: "a claim", Input: retention.HoldInput{Hold: retention.Hold{Patient: []string{secrets[1]}}}}.Record(time.Now()))
	deliver()
	p, err := protect.NewProtector(w.Keys, protect.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	holds, err := retention.Holds(t.Context(), s, p)
	if err != nil || len(holds) != 1 {
		t.Fatal(holds, err)
	}
	rows := func() (stored, retired int64) {
		t.Helper()
		all, err := s.CountRows(t.Context(), begin.Truncate(24*time.Hour), begin.AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			stored, retired = stored+r.Requests+r.Others, retired+r.RetiredRequests+r.RetiredOthers
		}
		return stored, retired
	}
	plan, err := retention.PlanRetirement(t.Context(), s, "wend-1", retention.Periods{retention.AccessClass: 100, retention.LookClass: 100}, holds, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	over := plan.Classes[retention.AccessClass] + plan.Classes[retention.LookClass]
	if plan.Held != 30 || over != 240 || plan.Classes[retention.LookClass] != 6 {
		t.Fatalf("planned %v, %d held, %d runs", plan.Classes, plan.Held, len(plan.Runs))
	}
	write(audit.Act{Action: audit.RetireAction, Reason: "records-retired", By: "An Officer", Words: "over", Input: retention.Receipt{Retirement: &retention.Retirement{Runs: plan.Runs, Classes: plan.Classes}}}.Record(time.Now()))
	deliver()

	// Cut off behind the counting: some rows are gone, nobody waited for the rest.
	ctx, cancel := context.WithCancel(t.Context())
	clickhouse.Exec(t, s, `SYSTEM STOP MERGES records`)
	cut := make(chan error)
	go func() { cut <- s.Retire(ctx, "wend-1", plan.Runs) }()
	for {
		if n, err := clickhouse.Number(t, s, `SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 'records' AND NOT is_done`); err != nil || n > 0 {
			break
		}
	}
	cancel()
	if err := <-cut; !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	if r, err := proof.Verify(t.Context(), s, "wend-1"); err != nil || r.OK() || r.Findings[0].Kind != proof.Undone {
		t.Errorf("cut off: %v\n%s", err, r)
	}
	clickhouse.Exec(t, s, `SYSTEM START MERGES records`)
	for range 2 { // once more finishes it, and again changes nothing
		if err := s.Retire(t.Context(), "wend-1", plan.Runs); err != nil {
			t.Fatal(err)
		}
	}

	r, err := proof.Verify(t.Context(), s, "wend-1", proof.FromMark(checkpoint.Mark())...)
	if err != nil || !r.OK() || r.Retired != 240 || r.Records != 62 {
		t.Errorf("%v\n%s", err, r)
	}
	if found, err := s.Patient(t.Context(), []string{secrets[1]}, audit.Scope{Limit: 1000}); err != nil || len(found) != 30 {
		t.Errorf("%d records of the patient under a hold, %v", len(found), err)
	}
	if found, err := s.Patient(t.Context(), []string{trailtest.HMAC(1)}, audit.Scope{Limit: 1000}); err != nil || len(found) > 10 {
		t.Errorf("%d records of another, %v", len(found), err)
	}
	if got := clickhouse.Text(t, s, differences); got != "0" {
		t.Errorf("%s hours are not what is left", got)
	}
	if stored, retired := rows(); stored != 60 || retired != 240 {
		t.Errorf("%d rows are there and %d retired", stored, retired)
	}
	if got := clickhouse.Text(t, s, `SELECT toString(groupArray((class, n))) FROM (SELECT class, count() AS n FROM records FINAL GROUP BY class ORDER BY class)`); got != `[('access',30),('consent',15),('receipt',2),('refusal',15)]` {
		t.Errorf("what is left, by class: %s", got)
	}

	// The broker starts again.
	rec, err := reconcile.New(w.Spool, s, checkpoint, w.Keys, reconcile.Options{Log: trailtest.Quiet,
		Receipts: func(ctx context.Context) ([]retention.RetiredRun, error) { return reconcile.Receipts(ctx, s.Here()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	report, err := rec.Now(t.Context(), true)
	if err != nil || len(report.Lost) > 0 || report.Fault != "" || report.Redelivered > 0 {
		t.Errorf("compared: %+v, %v", report, err)
	}
	// Without the receipts it would have missed them all: the test can fail.
	blind, err := reconcile.New(w.Spool, s, checkpoint, w.Keys, reconcile.Options{Log: trailtest.Quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer blind.Close()
	if report, err := blind.Now(t.Context(), true); err != nil || report.Redelivered != 240 {
		t.Errorf("compared without receipts: %+v, %v", report, err)
	}
	if r, err := proof.Verify(t.Context(), s, "wend-1"); err != nil || r.OK() {
		t.Errorf("what was retired came back unseen: %v", err)
	}
}

// The class that the broker gives with a row, and what the server computes for the rows of
// before, are one.
func TestServersClickHouseClassesAreThoseOfGo(t *testing.T) {
	s := open(t)
	region := trailtest.NewVaried("region-1", 5)
	var records []*audit.Record
	for range 300 {
		records = append(records, region.Next())
	}
	seen := map[retention.Class]bool{}
	for _, action := range []string{"view", "record-permission", "record-refusal", "withdraw", "declare-emergency", "look-at-trail", "look-at-patient", "", "ask", audit.AcceptGapAction, audit.AcceptLossAction,
		audit.RotateKeysAction, audit.ForgetKeysAction, audit.EraseAction, audit.RetireAction, audit.HoldAction, audit.LiftAction} {
		for _, outcome := range []audit.Outcome{audit.Released, audit.Refused, audit.Failed, audit.Incomplete} {
			for _, emergency := range []string{"", "e-1"} {
				r := trailtest.Records("region-1", 1)[0]
				r.ID, r.Action, r.Outcome, r.Emergency = audit.NewID(), action, outcome, emergency
				records = append(records, r)
				seen[retention.ClassOf(r)] = true
			}
		}
	}
	if len(seen) != len(retention.Classes)+1 {
		t.Fatalf("classes %v: the test wants all", seen)
	}
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(records...))); err != nil {
		t.Fatal(err)
	}
	given := clickhouse.Text(t, s, `SELECT arrayStringConcat(groupArray(class), ' ') FROM (SELECT class FROM records ORDER BY seq)`)
	for i, class := range strings.Fields(given) {
		if want := retention.ClassOf(records[i]); class != string(want) {
			t.Errorf("%q, %q, %q: the row says %s, want %s", records[i].Action, records[i].Outcome, records[i].Emergency, class, want)
		}
	}
	expression := clickhouse.Text(t, s, `SELECT default_expression FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'class'`)
	if computed := clickhouse.Text(t, s, `SELECT arrayStringConcat(groupArray(of), ' ') FROM (SELECT `+expression+` AS of FROM records ORDER BY seq)`); computed != given || computed == "" {
		t.Errorf("computed:\n%s\ngiven:\n%s", computed, given)
	}
}

// A table that deletes rows by itself is delivered nothing: they would go without a receipt.
func TestServersClickHouseATableThatDeletesByItselfIsRefused(t *testing.T) {
	s := open(t)
	b := trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Records("region-1", 5)...))
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	clickhouse.Exec(t, s, `ALTER TABLE records MODIFY TTL toDateTime(time_in) + INTERVAL 8 YEAR DELETE WHERE class = 'access', toDateTime(time_in) + INTERVAL 1 YEAR RECOMPRESS CODEC(ZSTD(9))`)
	if err := s.Deliver(t.Context(), b); !errors.Is(err, clickhouse.ErrSetting) || !strings.Contains(err.Error(), "deletes rows by itself") {
		t.Errorf("a TTL: %v", err)
	}
	clickhouse.Exec(t, s, `ALTER TABLE records MODIFY TTL toDateTime(time_in) + INTERVAL 1 YEAR RECOMPRESS CODEC(ZSTD(9))`)
	if err := s.Deliver(t.Context(), b); err != nil {
		t.Errorf("packing anew deletes nothing: %v", err)
	}
}
