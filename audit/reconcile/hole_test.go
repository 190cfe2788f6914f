package reconcile_test

import (
	"context"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// holey is a store that has some blocks, and counts how often it is asked for single numbers:
// once for each block that differs.
type holey struct {
	trailtest.Memory
	mu     sync.Mutex
	blocks []audit.Digest
	gone   func(block int) bool
	judged int
}

func (h *holey) Digests(_ context.Context, _ string, first, last, each uint64) (all []audit.Digest, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if each == 1 {
		h.judged++
		return nil, nil
	}
	for n, d := range h.blocks {
		if d.First >= first && d.Last <= last && !h.gone(n) {
			all = append(all, d)
		}
	}
	return all, nil
}

// A hole of more than a million records, which nothing can mend from here, does not have a
// store asked for each of them every minute; and what an operator puts back into it is seen
// at once, as far as it goes.
func TestALargeHoleIsLookedAtALittleAtATimeAndFurtherWhileItIsMended(t *testing.T) {
	const blocks, last = 400, 300 // of which the hole is
	p := newPlace(t)
	store := &holey{blocks: trailtest.Delivered(t, p.dir, p.keys, "region-1", blocks), gone: func(n int) bool { return n < last }}
	b := p.halted(t, store)
	defer b.close(t)
	missing := func() (blocks int) {
		r := b.now(t, false)
		if len(r.Lost) != 1 || r.Lost[0].Altered > 0 || r.Fault != "" {
			t.Fatalf("%+v", r)
		}
		return int((r.Lost[0].Missing + audit.BlockRecords - 1) / audit.BlockRecords)
	}
	judged := func() int {
		before := store.judged
		if n := missing(); n != last {
			t.Errorf("%d blocks are named, the hole is of %d", n, last)
		}
		return store.judged - before
	}
	if n := judged(); n < last {
		t.Errorf("the first comparison looked at %d blocks", n)
	}
	for range 3 { // at most 16 of what is named, and 64 that the slow round comes by
		if n := judged(); n > 16+64 {
			t.Errorf("a later comparison looked at %d blocks", n)
		}
	}
	// Put back from a backup, but for a part in the middle.
	store.gone = func(n int) bool { return n >= 200 && n < last }
	if n := missing(); n > 100 {
		t.Errorf("200 blocks are there again, and %d of %d are named still", n, last)
	}
}
