//go:build servers

package deploy_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// go test -tags servers -run '^$' -bench Region ./deploy -args -records 30000000 -data DIR
var (
	regionRecords = flag.Int("records", 20_000, "how many records the generated region has")
	dataFolder    = flag.String("data", "", "keep the server's data in this folder, so that the region is generated once")
)

// A generated region: some records are delivered as a broker delivers them, and the server
// makes the rest of them, each with a number, id, hash, trace, time, patient and person of
// its own; documents, which no panel reads, only in the newest tenth. It has four brokers, 160 organisations of which the largest have five times the
// records of the smallest, 15,000 professionals, up to 600,000 patients, and 90 days up to
// regionEnd. One record in a hundred stands twice, as after a redelivery.
const (
	regionDatabase = "mcr_region"
	regionDays     = 90
	regionBrokers  = 4
)

var regionEnd = time.Date(2026, 6, 24, 15, 30, 0, 0, time.UTC)

// seeds says how many records are delivered, of which some are the known ones, in which
// everything occurs that a dashboard shows; and how many times they are made.
func seeds() (varied, rare, copies int) {
	size := min(max(*regionRecords/40, 500), 60_000)
	copies = max(*regionRecords/size, regionBrokers) / regionBrokers * regionBrokers
	rare = size / 20
	return size - rare, rare, copies
}

// columnsOf gives the columns of records that an INSERT names.
func columnsOf(t testing.TB, who reader) (names []string) {
	t.Helper()
	for _, row := range who.must(t, `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'records'
		AND default_kind NOT IN ('ALIAS', 'EPHEMERAL', 'MATERIALIZED') ORDER BY position`, nil).rows {
		names = append(names, row[0])
	}
	return names
}

// remade says of a column how a copy n of the seed has it. j counts the copies of a broker,
// of which each spans an equal part of the time; f is the record's place in its seed.
var remade = map[string]string{
	"broker":        `concat('region-', toString(n % {brokers} + 1))`,
	"seq":           `seq + if(broker = 'rare', {varied}, 0) + {size} * j`,
	"hash":          `SHA256(concat(hash, toString(n)))`,
	"time_in":       `at`,
	"time_out":      `at + INTERVAL dateDiff('microsecond', time_in, time_out) MICROSECOND`,
	"delivered_at":  `toDateTime64(at, 3, 'UTC') + INTERVAL (100 + cityHash64(id, n) % 400) MILLISECOND`,
	"id":            `concat(substring(stamp, 1, 8), '-', substring(stamp, 9, 4), '-7', substring(random, 1, 3), '-a', substring(random, 4, 3), '-', substring(random, 7, 12))`,
	"trace_id":      `if(trace_id = '', '', lower(hex(MD5(concat(trace_id, toString(n))))))`,
	"user_id":       `if(user_id = '', '', toString(555000000000 + cityHash64(user_id, n % 10) % 100000000))`,
	"user_org":      `if(user_org = '', '', concat(user_org, shade))`,
	"source_org":    `if(source_org = '', '', concat(source_org, shade))`,
	"source":        `if(source_org = '', toString(source), concat(source, shade))`,
	"patient_hmac":  `if(patient_hmac = '', '', lower(hex(SHA256(concat(patient_hmac, toString(n % 20))))))`,
	"token_id":      `if(token_id = '', '', lower(hex(MD5(concat(token_id, toString(n))))))`,
	"salt":          `substring(base64Encode(MD5(concat(salt, toString(n)))), 1, 22)`,
	"permission_id": `if(permission_id = '', '', concat(substring(permission_id, 1, 24), lower(hex(toUInt32(sipHash64(permission_id, n))))))`,
	"emergency_id":  `if(emergency_id = '', '', concat(emergency_id, '-', toString(n)))`,
	"policy":        `if(policy = '', '', concat('2026-', leftPad(toString(toMonth(at)), 2, '0'), '-', toString(intDiv(toDayOfMonth(at), 8))))`,
	"policy_digest": `if(policy_digest = '', '', lower(hex(SHA256(toString(toYYYYMM(at) * 10 + intDiv(toDayOfMonth(at), 8))))))`,
	"client_ip":     `client_ip`,
	"patient_shown": `patient_shown`,
}

// generated makes the region, unless it is there.
func generated(t testing.TB) reader {
	t.Helper()
	who := reader{user: "default", database: regionDatabase}
	varied, rare, copies := seeds()
	want := strconv.Itoa((varied + rare) * copies)
	has := func(table string) bool {
		return broker.must(t, `SELECT count() FROM system.tables WHERE database = '`+regionDatabase+`' AND name = '`+table+`'`, nil).rows[0][0] == "1"
	}
	if has("complete_" + want) {
		return who
	}
	if !has("begun_" + want) {
		broker.must(t, `DROP DATABASE IF EXISTS `+regionDatabase+` SYNC`, nil)
		broker.must(t, `DROP DATABASE IF EXISTS mcr_seed SYNC`, nil)
		deliverSeed(t, "varied", trailtest.NewVaried("varied", 7).Take(varied))
		deliverSeed(t, "rare", known("rare", rare))
	}
	store, err := clickhouse.Open(clickhouse.Options{Addresses: []string{server.Native}, Database: regionDatabase, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The times that the seeds span, each broker's.
	spans := broker.must(t, `SELECT min(toUnixTimestamp64Micro(time_in)), max(toUnixTimestamp64Micro(time_in)) FROM mcr_seed.records GROUP BY broker ORDER BY broker`, nil).rows
	ends := fmt.Sprintf("if(broker = 'rare', (%s, %s), (%s, %s))", spans[0][0], spans[0][1], spans[1][0], spans[1][1])
	who.must(t, `CREATE TABLE IF NOT EXISTS begun_`+want+` (nothing UInt8) ENGINE = Memory`, nil)
	names := columnsOf(t, who)
	made := slices.Clone(names)
	for i, name := range made {
		if as := remade[name]; as != "" {
			made[i] = as
		}
	}
	each := max(1, 480_000/(varied+rare)/regionBrokers) * regionBrokers // copies of one insert
	span := time.Duration(regionDays) * 24 * time.Hour / time.Duration(copies/regionBrokers)
	// The newest first.
	for first := (copies - 1) / each * each; first >= 0; first -= each {
		until := min(first+each, copies)
		if broker.must(t, fmt.Sprintf(`SELECT count() > 0 FROM %s.records WHERE broker = 'region-%d' AND seq = %d`,
			regionDatabase, regionBrokers, until/regionBrokers*(varied+rare)), nil).rows[0][0] != "0" {
			continue // it was cut off, and is gone on with
		}
		var sql strings.Builder
		fmt.Fprintf(&sql, "INSERT INTO records (%s)", strings.Join(names, ", "))
		for n := first; n < until; n++ {
			if n > first {
				sql.WriteString(" UNION ALL")
			}
			// n is a constant: what is not needed for this copy is not read.
			sql.WriteString(strings.NewReplacer(
				"{n}", strconv.Itoa(n), "{brokers}", strconv.Itoa(regionBrokers), "{varied}", strconv.Itoa(varied), "{size}", strconv.Itoa(varied+rare),
				"{spans}", strconv.Itoa(copies/regionBrokers), "{begin}", strconv.FormatInt(regionEnd.Add(-regionDays*24*time.Hour).UnixMicro(), 10),
				"{span}", strconv.FormatInt(span.Microseconds(), 10), "{ends}", ends,
			).Replace(`
				SELECT ` + strings.Join(made, ", ") + ` FROM (
					WITH {n} AS n, intDiv(n, {brokers}) AS j, {ends} AS ends,
						(toUnixTimestamp64Micro(time_in) - ends.1) / (ends.2 - ends.1 + 1) AS f
					SELECT *, n, j, j * 10 >= {spans} * 9 AS full, fromUnixTimestamp64Micro(toInt64({begin} + {span} * (j + f)), 'UTC') AS at,
						lower(leftPad(hex(toUnixTimestamp64Milli(at)), 12, '0')) AS stamp, lower(hex(sipHash128(id, n))) AS random,
						['', '', '', '', '', 'B', 'B', 'B', 'C', 'D'][j % 10 + 1] AS shade
					FROM mcr_seed.records)`))
		}
		sql.WriteString(` SETTINGS prefer_column_name_to_alias = 1, max_insert_block_size = 1000000, min_insert_block_size_rows = 1000000,
			min_insert_block_size_bytes = 1000000000, optimize_on_insert = 0, max_partitions_per_insert_block = 0, insert_deduplicate = 0, deduplicate_insert = 'disable'`)
		who.must(t, sql.String(), nil)
	}
	list := strings.Join(names, ", ")
	who.must(t, `INSERT INTO records (`+list+`) SELECT `+list+` FROM records WHERE seq % 100 = 3
		SETTINGS max_partitions_per_insert_block = 0, insert_deduplicate = 0, deduplicate_insert = 'disable'`, nil)
	if got := who.must(t, `SELECT sum(n) FROM (SELECT groupBitmap(seq) AS n FROM records GROUP BY broker)`, nil).rows[0][0]; got != want {
		t.Fatalf("the region has %s records, want %s", got, want)
	}
	who.must(t, `CREATE TABLE complete_`+want+` (nothing UInt8) ENGINE = Memory`, nil)
	return who
}

func deliverSeed(t testing.TB, name string, records []*audit.Record) {
	t.Helper()
	store, err := clickhouse.Open(clickhouse.Options{Addresses: []string{server.Native}, Database: "mcr_seed", Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, r := range records {
		r.Broker = name
	}
	// A batch never spans a month, as the shipper has it.
	entries := trailtest.Chain(records...)
	for len(entries) > 0 {
		b := trailtest.Batch(t, name, entries[:min(len(entries), 10_000)])
		n := 1
		for n < len(b.Entries) && b.Columns[n].TimeIn.Month() == b.Columns[0].TimeIn.Month() {
			n++
		}
		b.Entries, b.Columns = b.Entries[:n], b.Columns[:n]
		if err := store.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		entries = entries[n:]
	}
}

func TestServersRegionIsGenerated(t *testing.T) {
	who := generated(t)
	t.Log(who.must(t, `SELECT count(), uniqExact(source_org), uniqExact(patient_hmac), uniqExact(user_id), uniqExact(trace_id), min(time_in), max(time_in) FROM records`, nil).rows)
}
