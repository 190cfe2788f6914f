package ship_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
)

// suited is a store that says which batches suit it, keeps none, and looks at what is
// held in memory while it has one.
type suited struct {
	records, bytes int // the bounds

	mu      sync.Mutex
	next    uint64
	held    uint64
	largest int // bytes
	batches int
	wrong   error
	all     chan struct{}
	last    uint64
}

func (s *suited) BatchSize() (int, int) { return s.records, s.bytes }

func (s *suited) Deliver(_ context.Context, b audit.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := 0
	for _, e := range b.Entries {
		size += len(e.Payload)
	}
	if b.First() != s.next+1 || size > s.bytes || len(b.Entries) > s.records {
		s.wrong = fmt.Errorf("%d to %d after %d, %d bytes", b.First(), b.Last(), s.next, size)
	}
	s.next, s.largest = b.Last(), max(s.largest, size)
	if s.batches++; s.batches%5 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.held = max(s.held, m.HeapAlloc)
	}
	if s.next == s.last {
		close(s.all)
	}
	return nil
}

func (s *suited) Highest(context.Context, string) (uint64, spool.Hash, error) {
	return 0, spool.Hash{}, nil
}
func (s *suited) Digests(context.Context, string, uint64, uint64, uint64) ([]audit.Digest, error) {
	return nil, nil
}
func (s *suited) Close() error { return nil }

// A backlog is delivered in the batches that suit the store, and what the broker holds
// of it in memory depends on them, not on how long it is.
func TestABacklogIsBoundedInMemory(t *testing.T) {
	const records, bound = 40_000, 1 << 20
	p := newPlace(t)
	sp := openSpool(t, p.dir+"/spool", spool.Options{})
	c := p.checkpoint(t)
	store := &suited{records: 3000, bytes: bound, all: make(chan struct{}), last: records}
	start, err := ship.StartCheck(t.Context(), sp, store, c)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, start.Broker)
	var writers sync.WaitGroup
	for w := range 32 {
		writers.Go(func() {
			for i := w; i < records; i += 32 {
				r := record()
				r.ID, r.TimeIn = fmt.Sprintf("id-%06d", i), noon
				if err := journal.Append(context.Background(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	opt := p.opt
	opt.Every = time.Millisecond
	shipper := ship.Begin(sp, store, c, start, opt)
	<-store.all
	if err := shipper.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if store.wrong != nil || store.batches < records/store.records {
		t.Errorf("%d batches: %v", store.batches, store.wrong)
	}
	if store.largest < bound*8/10 {
		t.Errorf("the largest batch has %d bytes of %d", store.largest, bound)
	}
	// The batch and the one read ahead, their columns, and what the spool itself reads.
	if held := int64(store.held) - int64(before.HeapAlloc); held > 16*bound {
		t.Errorf("%d bytes are held of a backlog of some %d", held, records*700)
	} else {
		t.Logf("%d bytes are held, batches have up to %d, the backlog some %d", held, store.largest, records*700)
	}
}
