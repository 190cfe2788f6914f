//go:build servers

package clickhouse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Hours are what the records say, however these came: twice, under another token, the later
// ones first, days late, by a server that ended before it fed the view, before there were
// hours, and after some were taken out.
func TestServersClickHouseHourly(t *testing.T) {
	s := open(t)
	hoursAre := func(what string) {
		t.Helper()
		if got := clickhouse.Text(t, s, differences); got != "0" {
			t.Errorf("%s: %s hours are not what the records say", what, got)
		}
	}
	if err := clickhouse.PrepareUpTo(t, s, 2); err != nil {
		t.Fatal(err)
	}
	clickhouse.InsertAsBefore(t, s, trailtest.Batch(t, "old", trailtest.Chain(trailtest.Mixed("old", 200)...)))
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	hoursAre("records of before")

	region := trailtest.NewVaried("region-1", 5)
	records := region.Take(600)
	for i, r := range records {
		r.TimeIn = r.TimeIn.Add(time.Duration(i%7) * 20 * time.Minute) // of several hours, in no order
	}
	for _, r := range records[400:450] {
		r.TimeIn = r.TimeIn.Add(-9 * 24 * time.Hour)
	}
	entries := trailtest.Chain(records...)
	for _, part := range [][2]int{{300, 400}, {0, 300}, {450, 600}, {400, 450}} {
		if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries[part[0]:part[1]])); err != nil {
			t.Fatal(err)
		}
		hoursAre("the later ones first, some days late")
	}
	// Another broker has the same numbers in the same hours.
	other := trailtest.Chain(trailtest.NewVaried("region-2", 5).Take(600)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-2", other)); err != nil {
		t.Fatal(err)
	}
	if got := clickhouse.Text(t, s, `SELECT toString(groupBitmapMerge(numbers)) FROM hourly`); got != "1400" {
		t.Errorf("%s records in all hours, want 1400", got)
	}

	clickhouse.Twice(t, s)
	if n := clickhouse.Text(t, s, `SELECT toString(count()) FROM records`); n != "2800" {
		t.Fatalf("%s rows: the test wants each twice", n)
	}
	hoursAre("each twice")

	clickhouse.Exec(t, s, `SYSTEM START MERGES records`) // a deletion waits for them

	// The store loses some, and they are delivered under another token.
	clickhouse.Exec(t, s, `ALTER TABLE records DELETE WHERE broker = 'region-1' AND seq BETWEEN 20 AND 120 SETTINGS mutations_sync = 2`)
	if got := clickhouse.Text(t, s, differences); got == "0" {
		t.Error("what is lost makes no difference: the test cannot fail")
	}
	again := trailtest.Batch(t, "region-1", entries[:300])
	again.Again = "/again"
	if err := s.Deliver(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	hoursAre("lost, and delivered again")

	// The server ended between the table and the view: the sending again finds it out.
	clickhouse.Exec(t, s, `TRUNCATE TABLE hourly`)
	old := trailtest.Chain(trailtest.Mixed("old", 200)...)
	for broker, all := range map[string][]spool.Entry{"old": old, "region-1": entries, "region-2": other} {
		b := trailtest.Batch(t, broker, all)
		b.Resent = true
		if err := s.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	hoursAre("not fed by the view")

	// Filled in by the migration's last statement once more.
	text, err := clickhouse.Migrations.ReadFile("migrations/008_hourly.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, fill, found := strings.Cut(string(text), "\nINSERT INTO hourly")
	if !found {
		t.Fatal("the migration fills nothing in")
	}
	clickhouse.Exec(t, s, strings.TrimSuffix("INSERT INTO hourly"+fill, ";\n"))
	hoursAre("filled in again")
	clickhouse.Exec(t, s, `OPTIMIZE TABLE hourly FINAL`)
	hoursAre("merged")

	// Some are taken out for good. Hours say that they were there until they are counted anew.
	clickhouse.Exec(t, s, `ALTER TABLE records DELETE WHERE broker = 'region-2' AND seq <= 100 SETTINGS mutations_sync = 2`)
	if got := clickhouse.Text(t, s, differences); got == "0" {
		t.Error("what is taken out makes no difference: the test cannot fail")
	}
	for range 2 {
		if err := s.Recount(t.Context(), records[0].TimeIn.Add(-24*time.Hour), records[0].TimeIn.Add(48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		hoursAre("taken out, and counted anew")
	}
	if got := clickhouse.Text(t, s, `SELECT toString(groupBitmapMerge(numbers)) FROM hourly`); got != "1300" {
		t.Errorf("%s records in all hours, want 1300", got)
	}
}

// differences counts the hours of which the summary says otherwise than the records.
const differences = `
	WITH kept AS (SELECT source_org, hour, source, action, outcome, effect, groupBitmapMerge(numbers) AS n FROM hourly
			GROUP BY source_org, hour, source, action, outcome, effect),
		said AS (SELECT source_org, toStartOfHour(time_in) AS hour, source, action, outcome, effect, count() AS n FROM records FINAL
			GROUP BY source_org, hour, source, action, outcome, effect)
	SELECT toString((SELECT count() FROM (SELECT * FROM kept EXCEPT SELECT * FROM said)) + (SELECT count() FROM (SELECT * FROM said EXCEPT SELECT * FROM kept)))`
