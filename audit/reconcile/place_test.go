package reconcile_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// place is the folder of a broker.
type place struct {
	dir   string
	keys  *protect.Keys
	spool spool.Options
	opt   reconcile.Options
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), spool: spool.Options{MinFreeBytes: -1, Hold: 24 * time.Hour}}
	p.opt.Log = slog.New(slog.DiscardHandler)
	var err error
	if p.keys, err = protect.CreateKeys(filepath.Join(p.dir, "keys")); err != nil {
		t.Fatal(err)
	}
	return p
}

// broker is a running journal, shipper and reconciler.
type broker struct {
	spool      *spool.Spool
	journal    *audit.Journal
	shipper    *ship.Shipper
	checkpoint *ship.Checkpoint
	*reconcile.Reconciler
}

func (p *place) open(t testing.TB, store audit.Store) *broker {
	t.Helper()
	b := p.halted(t, store)
	st, err := ship.StartCheck(t.Context(), b.spool, store, b.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	b.journal = audit.NewJournal(b.spool, st.Broker)
	b.shipper = ship.Begin(b.spool, store, b.checkpoint, st, ship.Options{Log: p.opt.Log, Back: b.Back})
	b.Begin()
	return b
}

// halted is what a broker is made of, before it runs.
func (p *place) halted(t testing.TB, store audit.Store) *broker {
	t.Helper()
	b := &broker{}
	var err error
	if b.spool, err = spool.Open(filepath.Join(p.dir, "spool"), p.spool); err != nil {
		t.Fatal(err)
	}
	if b.checkpoint, err = ship.OpenCheckpoint(filepath.Join(p.dir, "checkpoint"), p.keys, "region-1"); err != nil {
		t.Fatal(err)
	}
	if b.Reconciler, err = reconcile.New(b.spool, store, b.checkpoint, p.keys, p.opt); err != nil {
		t.Fatal(err)
	}
	return b
}

// append writes records, many at once, so that few syncs of the disk do.
func (b *broker) append(t testing.TB, from, to int) {
	t.Helper()
	var writers sync.WaitGroup
	for w := range 128 {
		writers.Go(func() {
			for i := from + w; i < to; i += 128 {
				r := trailtest.Records("region-1", 1)[0]
				r.ID, r.TimeIn = fmt.Sprintf("id-%06d", i), noon.Add(time.Duration(i)*time.Second)
				if err := b.journal.Append(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
}

func (b *broker) close(t testing.TB) {
	t.Helper()
	if b.shipper != nil {
		if err := b.shipper.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	b.Reconciler.Close()
	if err := b.spool.Close(); err != nil {
		t.Error(err)
	}
}

// whole says that the store has exactly the records id-000000 to n, and their chain.
func (b *broker) whole(t testing.TB, store audit.Trail, n int) {
	t.Helper()
	r, err := proof.Verify(t.Context(), store, "region-1", proof.FromMark(b.checkpoint.Mark())...)
	if err != nil || !r.OK() || r.Records != uint64(n) {
		t.Errorf("want %d records, each once: %v\n%s", n, err, r)
	}
}

// now compares at once.
func (b *broker) now(t testing.TB, all bool) reconcile.Report {
	t.Helper()
	r, err := b.Now(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
