//go:build servers

package clickhouse_test

import (
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What delivering costs the broker's process; the server has its own.
func BenchmarkDeliver(b *testing.B) {
	s := open(b)
	if err := s.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	records := trailtest.Records("region-1", 2000)
	var prev spool.Hash
	var seq uint64
	var used float64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := audit.Batch{Broker: "region-1"}
		for _, r := range records {
			seq++
			r.PatientHMAC = trailtest.HMAC(int(seq))
			e := spool.Entry{Seq: seq, Payload: audit.AppendJSON(nil, r)}
			e.Hash = spool.Link(prev, seq, e.Payload)
			prev = e.Hash
			batch.Entries = append(batch.Entries, e)
		}
		batch.Columns = trailtest.Batch(b, "region-1", batch.Entries).Columns
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

func cpu() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1000
}
