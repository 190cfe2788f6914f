package zstd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/audit/zstd"
)

// BenchmarkSpool writes 20,000 varied records through a journal one at a time, which is
// one commit each and the dearest there is, and says what a record costs: bytes of disk in
// full segments and in all, and the processor's time. What packing takes of it is the
// difference between a size with and without it.
//
//	go test -run '^$' -bench Spool -benchtime 1x ./audit/zstd
func BenchmarkSpool(b *testing.B) {
	for _, size := range []int64{4 << 20, 16 << 20} {
		for _, packed := range []bool{false, true} {
			b.Run(fmt.Sprintf("segment=%dMiB/packed=%v", size>>20, packed), func(b *testing.B) {
				opt := spool.Options{SegmentBytes: size, MinFreeBytes: -1, Hold: time.Hour}
				if packed {
					opt.Codec = zstd.Codec{}
				}
				for range b.N {
					measure(b, opt)
				}
			})
		}
	}
}

const records = 20_000

func measure(b *testing.B, opt spool.Options) {
	b.StopTimer()
	varied := trailtest.NewVaried("region-1", 1).Take(records)
	dir := filepath.Join(b.TempDir(), "spool")
	sp, err := spool.Open(dir, opt)
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	journal := audit.NewJournal(sp, "region-1")
	before := processor(b)
	b.StartTimer()
	began := time.Now()
	for _, r := range varied {
		if err := journal.Append(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began)
	for opt.Codec != nil && !settled(b, dir) {
		time.Sleep(20 * time.Millisecond)
	}
	b.StopTimer()
	used := processor(b) - before
	st := sp.Stats()
	b.ReportMetric(float64(records)/took.Seconds(), "records/s")
	b.ReportMetric(float64(used.Microseconds())/records, "µs-cpu/record")
	b.ReportMetric(float64(st.Bytes)/records, "bytes-in-all/record")
	b.ReportMetric(st.BytesPerEntry, "bytes/record")
}

// settled says that nothing is left to pack: two segments are not packed, the one in use
// and the one prepared.
func settled(b *testing.B, dir string) bool {
	files, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	plain := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".seg") || strings.HasSuffix(f.Name(), ".tmp") {
			plain++
		}
	}
	return plain <= 2
}

// processor gives the time on the processor that this process has taken.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
