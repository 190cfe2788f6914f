package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mycarerecord/mcr/audit"
)

// fed is a table that the server feeds from records by a view.
type fed struct {
	table string
	which string // of the records of a batch it has
	count string // how many of a batch it has
	fill  string // puts those of a batch in; what is there already is there once
}

// fedTables are by_patient, of the records about a patient, and hourly, of all.
var fedTables = []fed{
	{"by_patient", `patient_hmac != ''`, `
		SELECT uniqExact(seq) FROM by_patient WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`, `
		INSERT INTO by_patient (patient_hmac, time_in, broker, seq, source_org)
		SELECT patient_hmac, time_in, broker, seq, source_org FROM records
		WHERE patient_hmac != '' AND broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`},
	{"hourly", `1`, `
		WITH bitShiftLeft(toUInt64(sipHash64({broker:String}) % 16777216), 40) AS of_broker
		SELECT bitmapCardinality(bitmapSubsetInRange(groupBitmapMergeState(numbers), bitOr(of_broker, {first:UInt64}), bitOr(of_broker, {last:UInt64}) + 1))
		FROM hourly WHERE hour BETWEEN toStartOfHour(fromUnixTimestamp64Micro({since:Int64}, 'UTC')) AND fromUnixTimestamp64Micro({until:Int64}, 'UTC')`, `
		INSERT INTO hourly (source_org, hour, source, action, outcome, effect, numbers)
		SELECT source_org, toStartOfHour(time_in) AS hour, source, action, outcome, effect,
			groupBitmapState(bitOr(bitShiftLeft(toUInt64(sipHash64(broker) % 16777216), 40), seq))
		FROM records WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}
		GROUP BY source_org, hour, source, action, outcome, effect`},
}

// feed sees to it that the batch is in the tables that views feed: a server that ended
// between records and a view has it in the one and not in the other.
//
// What is wanted is what records has, not what the batch has: a record whose details were
// erased meanwhile has no patient.
func (s *Store) feed(ctx context.Context, b audit.Batch) error {
	var since, until time.Time
	for i, c := range b.Columns {
		in := storable(c.TimeIn) // as the row has it
		if i == 0 || in.Before(since) {
			since = in
		}
		if in.After(until) {
			until = in
		}
	}
	ctx = ctx1(s.sure(ctx, nil), with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last()).
		signed("since", since.UnixMicro()).signed("until", until.UnixMicro()))
	for _, t := range fedTables {
		if err := s.feedOne(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) feedOne(ctx context.Context, t fed) error {
	for try := 0; ; try++ {
		var got, want uint64
		err := s.conn.QueryRow(ctx, `SELECT (`+t.count+`), (SELECT uniqExact(seq) FROM records
			WHERE `+t.which+` AND broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64})`).Scan(&got, &want)
		switch {
		case err != nil:
			return fmt.Errorf("reading back %s: %w", t.table, err)
		case got == want:
			return nil
		case try > 0:
			return fmt.Errorf("reading back %s: %d records of %d", t.table, got, want)
		}
		// A record that is there twice is one: what was sent before must not be taken for this.
		err = s.conn.Exec(s.sure(ctx, clickhouse.Settings{"insert_deduplicate": 0, "deduplicate_insert": "disable"}), t.fill)
		if err != nil {
			return fmt.Errorf("feeding %s: %w", t.table, err)
		}
	}
}

// Recount makes hourly anew from the records that are there, for the hours from since on,
// before until: after some of them were taken out for good. Nothing of those hours may be
// under way to the store. Cut off, it leaves hours out until it is run again.
func (s *Store) Recount(ctx context.Context, since, until time.Time) error {
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	ctx = ctx1(s.sure(ctx, clickhouse.Settings{"mutations_sync": 2, "insert_deduplicate": 0, "deduplicate_insert": "disable", "max_partitions_per_insert_block": 0}),
		with().signed("since", since.Truncate(time.Hour).Unix()).signed("until", until.Truncate(time.Hour).Unix()))
	for _, statement := range []string{
		`ALTER TABLE hourly DELETE WHERE hour >= toDateTime({since:Int64}, 'UTC') AND hour < toDateTime({until:Int64}, 'UTC')`,
		`INSERT INTO hourly (source_org, hour, source, action, outcome, effect, numbers)
		SELECT source_org, toStartOfHour(time_in) AS hour, source, action, outcome, effect,
			groupBitmapState(bitOr(bitShiftLeft(toUInt64(sipHash64(broker) % 16777216), 40), seq))
		FROM records WHERE time_in >= toDateTime({since:Int64}, 'UTC') AND time_in < toDateTime({until:Int64}, 'UTC')
		GROUP BY source_org, hour, source, action, outcome, effect`,
	} {
		if err := s.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("counting hours anew: %w", err)
		}
	}
	return nil
}
