package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
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
	trailtest.Run(t, func(t *testing.T) trailtest.Kept { return open(t) })
}

func BenchmarkDeliver(b *testing.B) {
	s := open(b)
	records := trailtest.Records("region-1", 2000)
	var prev spool.Hash
	seq := uint64(0)
	var used float64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := audit.Batch{Broker: "region-1"}
		for i, r := range records {
			seq++
			r.PatientHMAC = trailtest.HMAC(int(seq)) // each of another patient: the dearest case
			r.ID, r.TimeIn = fmt.Sprintf("0195f2c0-7a3b-7c11-9d2e-%012d", seq), begin.Add(time.Duration(seq)*time.Millisecond)
			r.Input = []byte(pad)
			e := spool.Entry{Seq: seq, Payload: audit.AppendJSON(nil, r)}
			e.Hash = spool.Link(prev, seq, e.Payload)
			prev = e.Hash
			batch.Entries = append(batch.Entries, e)
			c, err := audit.ReadColumns(e.Payload)
			if err != nil {
				b.Fatal(i, err)
			}
			batch.Columns = append(batch.Columns, c)
		}
		before := cpu()
		b.StartTimer()
		if err := s.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		used += cpu() - before
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(seq), "µs/record")
	b.ReportMetric(used/float64(seq), "cpu-µs/record")
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
