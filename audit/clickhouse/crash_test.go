//go:build servers

package clickhouse_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/internal/servers"
)

// mortal is a store whose server is killed while some of the deliveries are
// under way, and started again.
type mortal struct {
	*clickhouse.Store
	t      *testing.T
	server *servers.ClickHouse
	calls  int
	kills  int
	after  time.Duration
	done   chan uint64 // last number of each batch that is stored
}

func (m *mortal) Deliver(ctx context.Context, b audit.Batch) error {
	m.calls++
	if m.calls%7 != 3 || m.kills == 3 {
		err := m.Store.Deliver(ctx, b)
		if err == nil {
			m.done <- b.Last()
		}
		return err
	}
	m.kills++
	var killing sync.WaitGroup
	killing.Go(func() {
		// Each time a little later into the delivery.
		timer := time.NewTimer(time.Duration(m.kills*m.kills) * m.after)
		<-timer.C
		if err := m.server.Kill(); err != nil {
			m.t.Error(err)
		}
	})
	err := m.Store.Deliver(ctx, b)
	killing.Wait()
	m.t.Logf("the server was killed in batch %d to %d: %v", b.First(), b.Last(), err)
	if err := m.server.Start(context.Background()); err != nil {
		m.t.Error(err)
	}
	if err == nil {
		m.done <- b.Last()
	}
	return err
}

// Attack 131: ten thousand records, the server killed (SIGKILL) in mid-delivery
// three times and started again: every id is there exactly once.
func TestServersClickHouseKilledInMidDelivery(t *testing.T) {
	const records = 10_000
	dir := t.TempDir()
	own, err := servers.StartClickHouse(t.Context(), filepath.Join(dir, "server"), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Stop() })
	store := &mortal{Store: openAt(t, own.Native, "mcr"), t: t, server: own, after: 4 * time.Millisecond, done: make(chan uint64, records)}

	keys, err := protect.CreateKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(dir, "checkpoint.json"), keys, "region-1")
	if err != nil {
		t.Fatal(err)
	}
	start, err := ship.StartCheck(t.Context(), sp, store, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, start.Broker)
	shipper := ship.Begin(sp, store, checkpoint, start, ship.Options{
		BatchRecords: 400, Every: 10 * time.Millisecond, RetryMin: 50 * time.Millisecond, RetryMax: time.Second,
		Log: slog.New(slog.DiscardHandler),
	})
	var writers sync.WaitGroup
	for w := range 10 {
		writers.Go(func() {
			for n := range records / 10 {
				err := journal.Append(context.Background(), &audit.Record{
					ID: fmt.Sprintf("id-%d-%d", w, n), TimeIn: time.Now(), Outcome: audit.Released, Status: 200,
					Source: "gp-riverside", SourceOrg: "A81001", PatientHMAC: fmt.Sprintf("%064d", n),
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	deadline := time.After(4 * time.Minute)
	for last := uint64(0); last < records; {
		select {
		case last = <-store.done:
		case <-deadline:
			t.Fatalf("delivered up to %d: %+v", last, shipper.Progress())
		}
	}
	if err := shipper.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if store.kills != 3 {
		t.Errorf("the server was killed %d times", store.kills)
	}
	if got := clickhouse.Text(t, store.Store, `SELECT concat(toString(count()), ' ', toString(uniqExact(id)), ' ', toString(uniqExact(seq)))
		FROM (SELECT DISTINCT id, seq, hash FROM records)`); got != "10000 10000 10000" {
		t.Errorf("records, ids, numbers: %s", got)
	}
	if got := clickhouse.Text(t, store.Store, `SELECT concat(toString(uniqExact(broker, seq)), ' ', toString(count(DISTINCT patient_hmac))) FROM by_patient`); got != "10000 1000" {
		t.Errorf("by patient: %s", got)
	}
	t.Logf("rows before a merge: %s", clickhouse.Text(t, store.Store, `SELECT toString(count()) FROM records`))
	if r, err := proof.Verify(t.Context(), store, "region-1", proof.FromMark(checkpoint.Mark())...); err != nil || !r.OK() || r.Records != records {
		t.Errorf("%v\n%s", err, r)
	}
}
