//go:build servers

package clickhouse_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// One comparison over a million records, in questions of 65,536.
func BenchmarkServersClickHouseDigests(b *testing.B) {
	s := open(b)
	if err := s.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	clickhouse.Exec(b, s, `INSERT INTO records (broker, seq, hash, id, time_in, outcome, source_org, patient_hmac, document)
		SELECT 'region-1', number + 1, SHA256(toString(number)), concat('0195f2c0-7a3b-7c11-9d2e-', leftPad(toString(number), 12, '0')),
			toDateTime64('2026-03-01 08:00:00', 6, 'UTC') + toIntervalMillisecond(number * 9), 'released', arrayElement(['A81001', 'RXB02', 'RXC03'], 1 + number % 3),
			hex(SHA256(toString(number % 5000))), '{}' FROM numbers(1000000)`)
	trailtest.Compared(b, s, 1_000_000)
}
