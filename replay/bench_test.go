package replay_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

// many is how many records the benchmark's trail has: go test ./replay -run xxx -bench Replay -benchtime 1x -args -records 1000000
var many = flag.Int("records", 20_000, "how many records the trail of the benchmark has")

// BenchmarkReplay decides the records of a trail in SQLite again, under a draft and under the
// policies that decided; and beside it, the same records' inputs by OPA's own evaluator.
func BenchmarkReplay(b *testing.B) {
	draft := changed(b, "rules/specialist/specialist.rego", `[category, "medications", "conditions", "administrative"], "labels"`, `[category, "medications", "administrative"], "labels"`)
	shipped := policytest.Engine(b).Revision()
	store := trail(b, *many)
	kept := kept(map[string]*decision.Revision{shipped.Digest(): shipped})
	from := replay.Trail(store, audit.Scope{}, audit.Filter{})
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			report, err := replay.Run(b.Context(), from, replay.Options{Draft: draft, Before: kept})
			if err != nil || report.Decisions != *many || report.Otherwise() == 0 || len(report.Notes()) > 0 {
				b.Fatalf("%+v, %v", report, err)
			}
			b.ReportMetric(float64(report.Decisions)/report.Took.Seconds(), "decisions/s")
		}
	})
	b.Run("opa", func(b *testing.B) {
		for b.Loop() {
			began := time.Now()
			if err := byOPA(b, store, decision.NewEngine(draft), decision.NewEngine(shipped)); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(*many)/time.Since(began).Seconds(), "decisions/s")
		}
	})
}

// byOPA decides all records again by OPA's evaluator, on all processors.
func byOPA(b *testing.B, store *sqlite.Store, by ...*decision.Engine) error {
	b.Helper()
	batches := make(chan [][]byte, 4)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for batch := range batches {
				for _, document := range batch {
					was, err := audit.ReadDecided(document)
					if err != nil {
						b.Error(err)
					}
					for _, engine := range by {
						if _, err := engine.Replay(b.Context(), was.Input); err != nil {
							b.Error(err)
						}
					}
				}
			}
		})
	}
	err := replay.Trail(store, audit.Scope{}, audit.Filter{})(b.Context(), func(documents [][]byte) error {
		batches <- documents
		return nil
	})
	close(batches)
	workers.Wait()
	return err
}

// trail is one in SQLite with n records of decisions that the shipped policies made: of the
// shipped cases, over and over, with ids, times and people of their own.
func trail(b *testing.B, n int) *sqlite.Store {
	b.Helper()
	shipped := policytest.Engine(b).Revision()
	var decisions []access.Decision
	for _, c := range policytest.Cases(b) {
		if d, _ := c.Run(b.Context()); d.Digest == shipped.Digest() {
			decisions = append(decisions, d)
		}
	}
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "trail.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	var link spool.Hash
	for first := 0; first < n; {
		batch := audit.Batch{Broker: "b"}
		for ; first < n && len(batch.Entries) < 2000; first++ {
			r := record(first, decisions[first%len(decisions)])
			r.Sequence, r.PatientHMAC = uint64(first+1), fmt.Sprintf("%064x", first/12%5000)
			document := audit.AppendJSON(nil, r)
			columns, err := audit.ReadColumns(document)
			if err != nil {
				b.Fatal(err)
			}
			link = spool.Link(link, r.Sequence, document)
			batch.Entries = append(batch.Entries, spool.Entry{Seq: r.Sequence, Hash: link, Payload: json.RawMessage(document)})
			batch.Columns = append(batch.Columns, columns)
		}
		if err := store.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return store
}
