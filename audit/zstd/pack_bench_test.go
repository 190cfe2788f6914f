package zstd_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/audit/zstd"
)

// BenchmarkPack says what packing takes of the processor for a record: reading and
// verifying the segment, compressing, writing, reading back, unpacking and comparing.
func BenchmarkPack(b *testing.B) {
	const records = 5000
	opt := spool.Options{MinFreeBytes: -1, Hold: time.Hour}
	all := time.Duration(0)
	for range b.N {
		b.StopTimer()
		dir := b.TempDir()
		sp, err := spool.Open(dir, opt)
		if err != nil {
			b.Fatal(err)
		}
		journal := audit.NewJournal(sp, "region-1")
		for _, r := range trailtest.NewVaried("region-1", 1).Take(records) {
			if err := journal.Append(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
		if err := sp.Ack(records); err != nil { // so that Open reads them not
			b.Fatal(err)
		}
		if err := sp.Close(); err != nil {
			b.Fatal(err)
		}
		full, err := filepath.Glob(filepath.Join(dir, "*.seg"))
		if err != nil {
			b.Fatal(err)
		}
		packing := opt
		packing.Codec = zstd.Codec{}
		if sp, err = spool.Open(dir, packing); err != nil {
			b.Fatal(err)
		}
		before := processor(b)
		b.StartTimer()
		for sp.Stats().Packed < len(full) {
			time.Sleep(20 * time.Millisecond)
		}
		b.StopTimer()
		all += processor(b) - before
		if err := sp.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(all.Microseconds())/float64(b.N*records), "µs-cpu/record")
}
