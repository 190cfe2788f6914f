package sqlite_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// The whole way from the spool to the store, for 20,000 records that wait: read,
// verify, columns, insert, read back, acknowledge. It shares the processor with
// requests, so what counts is processor time.
func BenchmarkShip(b *testing.B) {
	const waiting = 20_000
	var used, took float64
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		keys, err := protect.CreateKeys(filepath.Join(dir, "keys.json"))
		if err != nil {
			b.Fatal(err)
		}
		sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1})
		if err != nil {
			b.Fatal(err)
		}
		store, err := sqlite.Open(b.Context(), filepath.Join(dir, "trail.db"))
		if err != nil {
			b.Fatal(err)
		}
		write(b, audit.NewJournal(sp, "region-1"), waiting)
		c, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, "region-1")
		if err != nil {
			b.Fatal(err)
		}
		start, err := ship.StartCheck(b.Context(), sp, store, c)
		if err != nil {
			b.Fatal(err)
		}
		before, began := cpu(), time.Now()
		b.StartTimer()
		s := ship.Begin(sp, store, c, start, ship.Options{Drain: time.Minute, Log: slog.New(slog.DiscardHandler)})
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		used += cpu() - before
		took += float64(time.Since(began).Microseconds())
		b.StopTimer()
		if err := sp.Close(); err != nil {
			b.Fatal(err)
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(took/float64(b.N)/waiting, "µs/record")
	b.ReportMetric(used/float64(b.N)/waiting, "cpu-µs/record")
}

func write(b *testing.B, j *audit.Journal, n int) {
	b.Helper()
	records := trailtest.NewVaried("region-1", 1).Take(n)
	var writers sync.WaitGroup
	for w := range 32 {
		writers.Go(func() {
			for i := w; i < n; i += 32 {
				if err := j.Append(context.Background(), records[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
}
