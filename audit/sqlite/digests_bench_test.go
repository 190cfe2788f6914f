package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// One comparison over a million records, in questions of 65,536.
func BenchmarkDigests(b *testing.B) {
	const records = 1_000_000
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "trail.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	sqlite.Exec(b, s, `INSERT INTO broker (no, name) VALUES (1, 'region-1')`)
	sqlite.Exec(b, s, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO record (key, hash, id, time_in, refused, block, at, length) SELECT 1 << 48 | i, randomblob(32), randomblob(16), i, 0, i / 20, 0, 0 FROM n`)
	sqlite.Exec(b, s, `INSERT INTO brief (time_in, key, kind, user_id, trace, visitor) SELECT time_in, key, 1, '', x'', 1 FROM record`)
	before := cpu()
	trailtest.Compared(b, s, records)
	b.ReportMetric((cpu()-before)/float64(b.N)/records, "cpu-µs/record")
}
