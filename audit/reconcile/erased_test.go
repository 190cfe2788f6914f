package reconcile_test

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What was erased does not come back out of the spool when the store loses it: not while the
// broker runs, nor after a restart, nor when it was put back to before it delivered anything.
func TestWhatWasErasedComesBackWithoutItsDetails(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		b.append(t, 0, 40)
		time.Sleep(time.Second)
		original, err := store.Entries(t.Context(), "region-1", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		note := func(whose audit.Whose, chain string, n int, entry [32]byte) {
			t.Helper()
			if err := b.checkpoint.NoteErased(retention.Erasure{Whose: whose, Records: []retention.ErasedEntry{{Chain: chain, Number: uint64(n), Entry: hex.EncodeToString(entry[:])}}}); err != nil {
				t.Fatal(err)
			}
		}
		note(audit.OfPatient, "region-1", 7, audit.LeafEntry(original[6].Payload))
		note(audit.OfPatient, "region-1", 9, audit.LeafEntry(original[8].Payload))
		note(audit.OfUser, "region-1", 9, audit.LeafEntry(original[8].Payload))
		note(audit.OfBoth, "region-1", 11, audit.LeafEntry([]byte("another record under this number")))
		note(audit.OfBoth, "region-2", 13, audit.LeafEntry(original[12].Payload))
		whose := map[uint64]audit.Whose{7: audit.OfPatient, 9: audit.OfBoth}
		stripped := func(when string) {
			t.Helper()
			all, err := store.Entries(t.Context(), "region-1", 0, 100)
			if err != nil || len(all) != 40 {
				t.Fatalf("%s: %d records, %v", when, len(all), err)
			}
			for i, e := range all {
				want := string(original[i].Payload)
				if w := whose[e.Seq]; w != "" {
					text, err := retention.EraseDetails(original[i].Payload, w)
					if err != nil {
						t.Fatal(err)
					}
					want = string(text)
				}
				if string(e.Payload) != want || e.Hash != original[i].Hash {
					t.Errorf("%s: record %d is %s", when, e.Seq, e.Payload)
				}
			}
		}
		forget := func(uint64) bool { return true }
		store.Forget("region-1", forget)
		time.Sleep(2 * time.Minute)
		stripped("while it runs")
		b.close(t)

		store.Forget("region-1", forget)
		b = p.open(t, store)
		time.Sleep(2 * time.Minute)
		stripped("after a restart")
		b.close(t)
		if r := b.Report(); len(r.Lost) > 0 || r.Fault != "" {
			t.Errorf("%+v", r)
		}
	})
}

// erasing is a store that can erase: here another broker of the trail did.
type erasing struct{ *trailtest.Memory }

func (erasing) Erase(context.Context, string, []retention.Replacement) error { return nil }

// Nor what another broker of the same trail erased, whose receipt stands in its own chain.
func TestWhatAnotherBrokerErasedComesBackWithoutItsDetails(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), erasing{new(trailtest.Memory)}
		b := p.open(t, store)
		b.append(t, 0, 10)
		time.Sleep(time.Second)
		all, err := store.Entries(t.Context(), "region-1", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		entry := audit.LeafEntry(all[3].Payload)
		receipt := audit.Act{Action: audit.EraseAction, Reason: "details-erased", By: "An Officer", Words: "by order of a court", Input: retention.Receipt{Erasure: &retention.Erasure{
			Whose: audit.OfPatient, Records: []retention.ErasedEntry{{Chain: "region-1", Number: 4, Entry: hex.EncodeToString(entry[:])}},
		}}}.Record(noon)
		receipt.Broker = "region-2"
		if err := store.Deliver(t.Context(), trailtest.Batch(t, "region-2", trailtest.Chain(receipt))); err != nil {
			t.Fatal(err)
		}
		store.Forget("region-1", func(n uint64) bool { return n > 2 })
		time.Sleep(2 * time.Minute)
		b.close(t)
		wantErased(t, store, 10, 4, entry)
	})
}

// wantErased: so many records are in the store, and of one alone, with this entry, details are gone.
func wantErased(t *testing.T, store audit.Trail, records int, number uint64, entry [32]byte) {
	t.Helper()
	all, err := store.Entries(t.Context(), "region-1", 0, 100)
	if err != nil || len(all) != records {
		t.Fatal(len(all), err)
	}
	for _, e := range all {
		if got, _, erased := audit.ErasedIn(e.Payload); erased != (e.Seq == number) || erased && got != entry {
			t.Errorf("record %d: %s", e.Seq, e.Payload)
		}
	}
}

// Nor when the store lost the receipt too, and the note beside the checkpoint is gone: the
// receipt comes out of the spool as what it names does.
func TestWhatIsErasedIsKnownByTheReceiptInTheSpool(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), erasing{new(trailtest.Memory)}
		b := p.open(t, store)
		b.append(t, 0, 10)
		time.Sleep(time.Second)
		all, err := store.Entries(t.Context(), "region-1", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		named, err := retention.Name("region-1", all[3], audit.OfPatient)
		if err != nil {
			t.Fatal(err)
		}
		act := audit.Act{Action: audit.EraseAction, Reason: "details-erased", By: "An Officer", Words: "by order of a court",
			Input: retention.Receipt{Erasure: &retention.Erasure{Whose: audit.OfPatient, Records: []retention.ErasedEntry{named}}}}
		if err := b.journal.Append(t.Context(), act.Record(noon)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		store.Forget("region-1", func(uint64) bool { return true })
		time.Sleep(2 * time.Minute)
		b.close(t)
		wantErased(t, store, 11, 4, audit.LeafEntry(all[3].Payload))
	})
}

// Nor when it is the shipper that delivers it once more: here what was never delivered at all.
func TestTheShipperDeliversWhatWasErasedWithoutItsDetails(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		b.append(t, 0, 1)
		time.Sleep(time.Second)
		b.close(t) // there is a checkpoint, as beside every note of an erasure
		b = p.halted(t, store)
		b.journal = audit.NewJournal(b.spool, "region-1")
		b.append(t, 1, 10)
		held, err := b.spool.Read(0, 10)
		if err != nil || len(held) != 10 {
			t.Fatal(len(held), err)
		}
		entry := audit.LeafEntry(held[4].Payload)
		if err := b.checkpoint.NoteErased(retention.Erasure{Whose: audit.OfPatient, Records: []retention.ErasedEntry{{Chain: "region-1", Number: 5, Entry: hex.EncodeToString(entry[:])}}}); err != nil {
			t.Fatal(err)
		}
		b.close(t)
		b = p.open(t, store)
		time.Sleep(time.Second)
		b.close(t)
		wantErased(t, store, 10, 5, entry)
	})
}

// Without the file nobody would know what must not come back: one that is damaged is not
// taken for none.
func TestDamagedNotesOfErasuresAreNotTakenForNone(t *testing.T) {
	p := newPlace(t)
	path := filepath.Join(p.dir, "checkpoint")
	if err := os.WriteFile(path+".erased", []byte(`[{"whose":"patient","records":[{"cha`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ship.OpenCheckpoint(path, p.keys, "region-1"); err == nil || !strings.Contains(err.Error(), "erase --finish") {
		t.Errorf("opened: %v", err)
	}
}
