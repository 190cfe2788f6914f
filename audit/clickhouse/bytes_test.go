//go:build servers

package clickhouse_test

import (
	"strconv"
	"testing"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// mostBytes is what a record of trailtest.Varied may take on disk, with all its tables and
// indices, where some thousand patients are looked at. Some 249 were measured, and some 54 more
// among ten times as many. Of it 64 are the random ids of resources, 32 the hash, 17 the salt,
// 16 the id, 12 the times of the steps, 6 the numbers by which visits and patients are counted,
// 34 what stands in no column: 15 of them what was known of the patient.
const mostBytes = 250

// A record of a busy day takes no more than mostBytes once parts are merged, and its
// chain is verified from what stands there.
func TestServersClickHouseBytesOfARecord(t *testing.T) {
	const records = 40_000
	s := open(t)
	region := trailtest.NewVaried("westvale", 1).Among(3000)
	l := newBacklog(t, records, region.Next)
	store := &counted{Store: s, last: make(chan uint64, 1)}
	l.ship(t, store, store.last, ship.Options{})
	// What is merged of many records is kept by columns, as it is of these few now.
	clickhouse.Exec(t, s, `ALTER TABLE records MODIFY SETTING min_bytes_for_wide_part = 10485760`)
	for _, table := range []string{"records", "by_patient", "hourly"} {
		clickhouse.Exec(t, s, `OPTIMIZE TABLE `+table+` FINAL`)
	}
	size := clickhouse.Text(t, s, `SELECT toString(sum(bytes_on_disk)) FROM system.parts WHERE database = currentDatabase() AND active AND table IN ('records', 'by_patient', 'hourly')`)
	n, err := strconv.Atoi(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f bytes a record; by column:\n%s", float64(n)/records, clickhouse.Text(t, s, `SELECT arrayStringConcat(groupArray(line), '\n') FROM (
		SELECT concat(toString(round(sum(column_bytes_on_disk) / `+strconv.Itoa(records)+`, 2)), ' ', table, '.', column) AS line
		FROM system.parts_columns WHERE database = currentDatabase() AND active GROUP BY table, column ORDER BY sum(column_bytes_on_disk) DESC)`))
	if n > mostBytes*records {
		t.Errorf("a record takes %d bytes", n/records)
	}
	if r, err := proof.Verify(t.Context(), s, "westvale", proof.FromMark(l.checkpoint.Mark())...); err != nil || !r.OK() || r.Records != records {
		t.Errorf("%v\n%s", err, r)
	}
}
