package proof_test

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// The chain and the Merkle log of 100,000 varied records, computed again out of the file.
func BenchmarkVerifyStored(b *testing.B) {
	const records = 100_000
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "trail.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	all := trailtest.Chain(trailtest.NewVaried("region-1", 1).Take(records)...)
	var log merkle.Accumulator
	for some := range slices.Chunk(all, 5000) {
		batch := audit.Batch{Broker: "region-1", Entries: some}
		for _, e := range some {
			c, err := audit.ReadColumns(e.Payload)
			if err != nil {
				b.Fatal(err)
			}
			batch.Columns = append(batch.Columns, c)
			entry := audit.LeafEntry(e.Payload)
			log.Add(tlog.RecordHash(entry[:]))
		}
		if err := s.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	tree := proof.Tree{Signed: signed.Checkpoint{Origin: "mcr/region-1", Size: log.Size(), Root: log.Root(), Head: signed.Link{Number: records}}}
	before := cpu()
	for b.Loop() {
		r, err := proof.VerifyTrees(b.Context(), s, "region-1", []proof.Tree{tree})
		if err != nil || !r.OK() || r.Records != records {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/records*1e6, "s/million")
	b.ReportMetric((cpu()-before)/float64(b.N)/records*1e6, "cpu-s/million")
}

// cpu is the processor's time that this process has taken, in seconds: what can be compared
// on a machine on which others run.
func cpu() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
