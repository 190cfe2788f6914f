package ship_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

func TestRecordsReachTheStoreInOrder(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		p.opt.BatchRecords = 100
		b := p.open(t, store)
		b.append(t, 0, 250)
		time.Sleep(time.Second) // the bubble's clock: no time passes
		has(t, store, "region-1", 250)
		b.append(t, 250, 260)
		if err := b.close(t); err != nil {
			t.Error(err)
		}
		has(t, store, "region-1", 260)
		if b.spool.Stats().Acked != 260 || p.checkpoint(t).Mark().Seq != 260 {
			t.Errorf("acknowledged %d, checkpoint %d", b.spool.Stats().Acked, p.checkpoint(t).Mark().Seq)
		}
	})
}

// Attack 131: the store is away → requests go on, nothing is lost, and it is
// delivered when the store is back.
func TestAttack131StoreAwayThenBack(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		store.Fail(errors.New("connection refused"))
		b := p.open(t, store)
		b.append(t, 0, 40)
		time.Sleep(time.Hour)
		b.append(t, 40, 60)
		pr := b.shipper.Progress()
		if pr.Pending != 60 || pr.OldestAge < 59*time.Minute || b.spool.Stats().Acked != 0 {
			t.Errorf("while the store is away: %+v", pr)
		}
		first := store.Sent()[0]
		for _, s := range store.Sent() {
			if s != first {
				t.Errorf("sent %v and then %v: the bounds of a batch are fixed before it is first sent", first, s)
			}
		}
		if n := len(store.Sent()); n < 100 || n > 300 {
			t.Errorf("tried %d times in an hour", n)
		}
		store.Fail(nil)
		time.Sleep(time.Minute)
		has(t, store, "region-1", 60)
		if pr := b.shipper.Progress(); pr.Pending != 0 || pr.Delivered != 60 {
			t.Errorf("when it is back: %+v", pr)
		}
		if err := b.close(t); err != nil {
			t.Error(err)
		}
	})
}

// slow is a store that takes as long as it is told to.
type slow struct {
	*trailtest.Memory
	takes time.Duration
}

func (s slow) Deliver(ctx context.Context, b audit.Batch) error {
	select {
	case <-time.After(s.takes):
		return s.Memory.Deliver(ctx, b)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Attack 131: a slow store slows no request.
func TestAttack131StoreSlow(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), slow{new(trailtest.Memory), 20 * time.Second}
		b := p.open(t, store)
		b.append(t, 0, 1)
		time.Sleep(time.Second) // a delivery is under way
		before := time.Now()
		b.append(t, 1, 500)
		if took := time.Since(before); took > time.Second {
			t.Errorf("appending took %v", took)
		}
		time.Sleep(time.Minute)
		has(t, store, "region-1", 500)
		b.append(t, 500, 510)
		if err := b.close(t); err == nil {
			t.Error("closing said that nothing is left")
		}
		store.takes = 0
		b = p.open(t, store)
		if err := b.close(t); err != nil {
			t.Error(err)
		}
		has(t, store, "region-1", 510)
	})
}

func TestCloseIsBoundedWhenTheStoreIsAway(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		store.Fail(errors.New("connection refused"))
		b := p.open(t, store)
		b.append(t, 0, 10)
		before := time.Now()
		if err := b.close(t); err == nil {
			t.Error("closing said that nothing is left")
		}
		if took := time.Since(before); took > 6*time.Second {
			t.Errorf("closing took %v", took)
		}
	})
}

// vague takes batches, or part of them, and says that it failed.
type vague struct {
	*trailtest.Memory
	mu   sync.Mutex
	left int // how often it does so
	part int // how much it takes; 0: all
	got  []audit.Batch
}

func (s *vague) Deliver(ctx context.Context, b audit.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, b)
	if s.left == 0 {
		return s.Memory.Deliver(ctx, b)
	}
	s.left--
	if s.part > 0 {
		b.Entries, b.Columns = b.Entries[:s.part], b.Columns[:s.part]
	}
	return errors.Join(s.Memory.Deliver(ctx, b), errors.New("connection reset: the outcome is unknown"))
}

// The process ends while a delivery is under way: after the restart the same
// batch is sent again, although more records have come in the meantime.
func TestRestartSendsTheSameBatchAgain(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), &vague{Memory: new(trailtest.Memory), left: 1 << 30, part: 3}
		b := p.open(t, store)
		b.append(t, 0, 20)
		time.Sleep(time.Second)
		b.append(t, 20, 50) // the batch of 20 is on its way
		b.close(t)
		store.left = 0
		before := len(store.got)
		b = p.open(t, store)
		if err := b.close(t); err != nil {
			t.Error(err)
		}
		has(t, store, "region-1", 50)
		again := store.got[before]
		if again.First() != 1 || again.Last() != 20 || !again.Resent {
			t.Errorf("after the restart %d to %d was sent, resent %v; want 1 to 20", again.First(), again.Last(), again.Resent)
		}
		if next := store.got[before+1]; next.First() != 21 || next.Resent {
			t.Errorf("then %d, resent %v", next.First(), next.Resent)
		}
	})
}

func TestConflictStandsStill(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		foreign := trailtest.Chain(trailtest.Records("region-1", 1)...)
		if err := store.Deliver(t.Context(), trailtest.Batch(t, "region-1", foreign)); err != nil {
			t.Fatal(err)
		}
		b.append(t, 0, 10)
		time.Sleep(time.Hour)
		if b.spool.Stats().Acked != 0 {
			t.Error("a record that the store has not was acknowledged")
		}
		all, _ := store.Entries(t.Context(), "region-1", 0, 100)
		if diff := cmp.Diff(foreign, all); diff != "" {
			t.Errorf("the store was changed:\n%s", diff)
		}
		b.close(t)
	})
}

func TestBatchesEndWithTheMonth(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		for i, when := range []string{"2026-03-31T23:59:58Z", "2026-03-31T23:59:59.9Z", "2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z"} {
			r := record()
			r.ID = fmt.Sprintf("id-%06d", i)
			r.TimeIn, _ = time.Parse(time.RFC3339, when)
			if err := b.journal.Append(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.close(t); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([][2]uint64{{1, 2}, {3, 3}, {4, 4}}, store.Sent()); diff != "" {
			t.Errorf("batches (-want +got):\n%s", diff)
		}
	})
}

// What is in the spool and no record of ours does not hold up the others.
func TestAnEntryThatIsNoRecordIsDelivered(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		if _, err := b.spool.Append(t.Context(), []byte(`{"note":"not a record"}`)); err != nil {
			t.Fatal(err)
		}
		b.append(t, 1, 3)
		if err := b.close(t); err != nil {
			t.Error(err)
		}
		if all, _ := store.Entries(t.Context(), "region-1", 0, 10); len(all) != 3 {
			t.Errorf("%d entries", len(all))
		}
	})
}
