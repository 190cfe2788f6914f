package ship_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// place is the folder of a broker: spool, checkpoint and keys.
type place struct {
	dir  string
	keys *protect.Keys
	opt  ship.Options
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), opt: ship.Options{Log: slog.New(slog.DiscardHandler)}}
	var err error
	if p.keys, err = protect.CreateKeys(filepath.Join(p.dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) checkpoint(t testing.TB) *ship.Checkpoint {
	t.Helper()
	c, err := ship.OpenCheckpoint(filepath.Join(p.dir, "checkpoint.json"), p.keys, "region-1")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// broker is a running journal and shipper.
type broker struct {
	spool   *spool.Spool
	journal *audit.Journal
	shipper *ship.Shipper
	start   ship.Start
}

func (p *place) open(t testing.TB, store audit.Store) *broker {
	t.Helper()
	b := &broker{}
	var err error
	if b.spool, err = spool.Open(filepath.Join(p.dir, "spool"), spool.Options{MinFreeBytes: -1, Hold: time.Hour}); err != nil {
		t.Fatal(err)
	}
	c := p.checkpoint(t)
	if b.start, err = ship.StartCheck(t.Context(), b.spool, store, c); err != nil {
		t.Fatal(err)
	}
	b.journal = audit.NewJournal(b.spool, b.start.Broker)
	b.shipper = ship.Begin(b.spool, store, c, b.start, p.opt)
	return b
}

func (b *broker) append(t testing.TB, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		r := record()
		r.ID, r.TimeIn = fmt.Sprintf("id-%06d", i), at(i)
		if err := b.journal.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *broker) close(t testing.TB) error {
	t.Helper()
	err := b.shipper.Close(context.Background())
	if err := b.spool.Close(); err != nil {
		t.Error(err)
	}
	return err
}

// has says that the store has exactly the records id-000000 to n, in order.
func has(t testing.TB, store audit.Trail, broker string, n int) {
	t.Helper()
	all, err := store.Entries(t.Context(), broker, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != n {
		t.Errorf("the store has %d records, want %d", len(all), n)
	}
	for i, e := range all {
		if c, err := audit.ReadColumns(e.Payload); err != nil || c.ID != fmt.Sprintf("id-%06d", i) || e.Seq != uint64(i+1) {
			t.Fatalf("record %d is %s, number %d, %v", i, c.ID, e.Seq, err)
		}
	}
}

func openSpool(t testing.TB, dir string, opt spool.Options) *spool.Spool {
	t.Helper()
	opt.MinFreeBytes = -1
	sp, err := spool.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	return sp
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_789, time.UTC)

func at(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

// record is one of many that differ in their id and time only.
func record() *audit.Record { return trailtest.Records("region-1", 1)[0] }
