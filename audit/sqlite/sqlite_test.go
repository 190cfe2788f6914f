package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

func open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "trail é #?.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	trailtest.Run(t, func(t *testing.T) trailtest.Kept {
		t.Parallel() // each waits for the disk more than it computes
		return open(t)
	})
}

// What a record costs, in time and in the file, delivered in batches of varied records.
func BenchmarkDeliver(b *testing.B) {
	all := trailtest.Chain(trailtest.NewVaried("region-1", 1).Take(40_000)...)
	batches := map[int][]audit.Batch{}
	for _, size := range []int{1, 20, 500, 2000, 10_000} {
		for some := range slices.Chunk(all[:min(len(all), size*1000)], size) {
			batches[size] = append(batches[size], trailtest.Batch(b, "region-1", some))
		}
		b.Run(fmt.Sprintf("batches of %d", size), func(b *testing.B) {
			var used float64
			var path string
			for b.Loop() {
				b.StopTimer()
				s := open(b)
				path = sqlite.One(b, s, `SELECT file FROM pragma_database_list WHERE name = 'main'`)
				before := cpu()
				b.StartTimer()
				for _, batch := range batches[size] {
					if err := s.Deliver(b.Context(), batch); err != nil {
						b.Fatal(err)
					}
				}
				used += cpu() - before
			}
			n := min(len(all), size*1000)
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(used/float64(n*b.N), "cpu-µs/record")
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/float64(n), "B/record")
		})
	}
}

var (
	begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	pad   = `"` + strings.Repeat("x", 1000) + `"` // a record of some 1.7 KB
)

func cpu() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1000
}
