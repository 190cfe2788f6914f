//go:build servers

package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// BenchmarkServersVersions asks for random patients, each with 12 entries among 120,000, and gives
// how long the median and the slowest of a hundred took.
func BenchmarkServersVersions(b *testing.B) {
	address := postgres.Shared(b).Database(b, prepare)
	s := open(b, address, store.Options{})
	const patients, each = 10_000, 12
	for first := 0; first < patients; first += 500 {
		var entries []registry.Entry
		for i := first; i < first+500; i++ {
			for n := range each {
				e := objects(number(i), 1, registry.Active)
				e.ID, e.Kind, e.Organisation = fmt.Sprintf("EpisodeOfCare/%d-%d|https://feed.example", i, n), registry.KindRelationship, ods("RXA01")
				e.Detail.Form = "episode"
				entries = append(entries, e)
			}
		}
		if err := add500(s, entries); err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	for b.Loop() {
		who := number(rand.IntN(patients))
		start := time.Now()
		entries, err := read(s, who)
		if err != nil || len(entries) != each {
			b.Fatalf("%d entries: %v", len(entries), err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func add500(s registry.Store, entries []registry.Entry) error {
	ctx := context.Background()
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.Add(ctx, entries...); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// BenchmarkServersChanges has eight brokers record as fast as they can on a server that waits for
// its disk, and gives how many changes a second that is, and how long a change took from before its
// commit until all eight had it.
func BenchmarkServersChanges(b *testing.B) {
	server := postgres.Start(b, "fsync=on")
	address := server.Database(b, prepare)
	const brokers = 8
	var mu sync.Mutex
	heard := map[int64]int{}
	last := map[int64]time.Time{}
	var stores []*store.Store
	for range brokers {
		s := open(b, address, store.Options{Writers: 4})
		s.OnChange(func(c store.Change) {
			mu.Lock()
			defer mu.Unlock()
			if heard[c.Seq]++; heard[c.Seq] == brokers {
				last[c.Seq] = time.Now()
			}
		})
		s.Watch(func([]string) {})
		stores = append(stores, s)
	}
	began := time.Now()
	work := make(chan int)
	var writers sync.WaitGroup
	for _, s := range stores {
		for range 4 {
			writers.Go(func() {
				for i := range work {
					e := objects(number(i%5000), 1, registry.Active)
					e.ID = fmt.Sprint("b", i)
					if err := add(s, e); err != nil {
						b.Error(err)
					}
				}
			})
		}
	}
	n := 0
	for b.Loop() {
		work <- n
		n++
	}
	close(work)
	writers.Wait()
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "changes/s")
	until(b, func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(last) < n {
			return fmt.Errorf("%d of %d are heard", len(last), n)
		}
		return nil
	})
	for _, s := range stores[:1] {
		p50, p99 := lateness(b, s)
		b.ReportMetric(p50*1000, "≤p50-ms")
		b.ReportMetric(p99*1000, "≤p99-ms")
	}
}
