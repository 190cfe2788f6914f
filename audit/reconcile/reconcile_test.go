package reconcile_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Whatever a store forgets while records go on coming in is there again, each once, within
// the time that a comparison takes, as long as the spool holds it.
func TestWhatTheStoreForgotIsThereAgain(t *testing.T) {
	for name, forgets := range map[string]func(rnd *rand.Rand, last uint64) func(uint64) bool{
		"all": func(*rand.Rand, uint64) func(uint64) bool { return func(uint64) bool { return true } },
		"an older copy": func(r *rand.Rand, last uint64) func(uint64) bool {
			at := r.Uint64N(last)
			return func(n uint64) bool { return n > at }
		},
		"a range": func(r *rand.Rand, last uint64) func(uint64) bool {
			at := r.Uint64N(last)
			return func(n uint64) bool { return n >= at && n < at+300 }
		},
		"random rows": func(r *rand.Rand, _ uint64) func(uint64) bool {
			return func(uint64) bool { return r.IntN(7) == 0 }
		},
		"the first": func(*rand.Rand, uint64) func(uint64) bool { return func(n uint64) bool { return n == 1 } },
		"the last":  func(_ *rand.Rand, last uint64) func(uint64) bool { return func(n uint64) bool { return n == last } },
		"nothing":   func(*rand.Rand, uint64) func(uint64) bool { return func(uint64) bool { return false } },
	} {
		t.Run(name, func(t *testing.T) {
			trailtest.Bubble(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, uint64(len(name))))
				p, store := newPlace(t), new(trailtest.Memory)
				b := p.open(t, store)
				n, lost := 0, 0
				for range 2 {
					more := 2500 + rnd.IntN(1000) // over two blocks
					b.append(t, n, n+more)
					n += more
					time.Sleep(time.Second)
					lost += store.Forget("region-1", forgets(rnd, uint64(n)))
					b.append(t, n, n+10)
					n += 10
					time.Sleep(2 * time.Minute)
					b.whole(t, store, n)
				}
				r := b.Report()
				if r.Redelivered != uint64(lost) || len(r.Lost) > 0 || r.Fault != "" || r.Unknown != 0 {
					t.Errorf("%d were lost: %+v", lost, r)
				}
				b.close(t)
			})
		})
	}
}

// A store that was away and is back without its records is compared at once, not by the minute.
func TestAStoreThatIsBackIsComparedAtOnce(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		p.opt.Every = time.Hour
		b := p.open(t, store)
		b.append(t, 0, 100)
		time.Sleep(time.Minute)
		store.Fail(errors.New("connection refused"))
		b.append(t, 100, 110)
		time.Sleep(time.Second)
		store.Forget("region-1", func(n uint64) bool { return n > 20 })
		store.Fail(nil)
		time.Sleep(time.Minute)
		b.whole(t, store, 110)
		b.close(t)
	})
}

// An older store under a broker that was stopped is made whole at the start.
func TestAnOlderStoreAtTheStart(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		b.append(t, 0, 5000)
		b.close(t)
		store.Forget("region-1", func(n uint64) bool { return n > 4000 })
		b = p.open(t, store)
		time.Sleep(time.Second)
		b.whole(t, store, 5000)
		b.close(t)
	})
}

// What the store has otherwise is told, and never overwritten.
func TestAnAlteredRecordIsToldAndStays(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		b := p.open(t, store)
		b.append(t, 0, 100)
		time.Sleep(time.Minute)
		store.Alter("region-1", 30)
		store.Forget("region-1", func(n uint64) bool { return n >= 28 && n <= 32 && n != 30 })
		before, _ := store.Entries(t.Context(), "region-1", 29, 1)
		for range 3 {
			time.Sleep(time.Minute)
		}
		all, _ := store.Entries(t.Context(), "region-1", 0, 1000)
		if len(all) != 100 || all[29].Hash != before[0].Hash {
			t.Errorf("%d records, and the altered one was changed", len(all))
		}
		r := b.Report()
		if len(r.Lost) != 1 || r.Lost[0].AlteredNumbers != "30" || r.Lost[0].Missing != 0 || r.Redelivered != 4 || !r.Gone() {
			t.Errorf("%+v", r)
		}
		b.close(t)
	})
}

// What the spool let go is named, until it is mended or somebody has accepted it: over a
// restart too, and what an operator accepted stays in the trail for ever.
func TestWhatIsGoneIsNamed(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		p.spool.SegmentBytes, p.spool.Hold = 64<<10, time.Minute
		b := p.open(t, store)
		b.append(t, 0, 3000)
		time.Sleep(2 * time.Minute)
		b.append(t, 3000, 9000)
		time.Sleep(2 * time.Minute) // the first are let go
		older, err := store.Entries(t.Context(), "region-1", 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		store.Forget("region-1", func(n uint64) bool { return n == 3 || n >= 7 && n <= 9 || n > 8990 })
		time.Sleep(2 * time.Minute)
		named := func(when string, missing uint64, numbers string) {
			t.Helper()
			r := b.Report()
			if len(r.Lost) != 1 || r.Lost[0].Missing != missing || r.Lost[0].MissingNumbers != numbers || r.Lost[0].Altered != 0 || r.Open() == "" {
				t.Errorf("%s: %+v", when, r)
			}
		}
		named("found", 4, "3, 7-9")
		if n := b.Report().Redelivered; n != 10 {
			t.Errorf("%d were delivered again", n)
		}
		b.close(t)
		b = p.halted(t, store)
		named("after a restart, before anything was compared", 4, "3, 7-9")
		b.close(t)

		b = p.open(t, store)
		if err := store.Deliver(t.Context(), trailtest.Batch(t, "region-1", older[2:3])); err != nil { // from a backup
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		named("one is mended", 3, "7-9")
		for _, nothing := range []string{"", " ", "\u200b"} {
			if b.Accept(t.Context(), b.journal.Append, "ops-1", nothing) == nil {
				t.Errorf("a loss was accepted for %+q", nothing)
			}
		}
		if err := b.Accept(t.Context(), b.journal.Append, "ops-1", "disk of the store failed, INC-42"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if r := b.Report(); r.Gone() || r.Open() != "" || r.Lost[0].AcceptedNumbers != "7-9" {
			t.Errorf("accepted: %+v", r)
		}
		refused, err := store.Refused(t.Context(), audit.Scope{Limit: 10_000})
		if err != nil || len(refused) == 0 {
			t.Fatal(err)
		}
		if last := refused[len(refused)-1]; last.Action != audit.AcceptLossAction || !strings.Contains(string(last.Input), "7-9") {
			t.Errorf("in the trail: %+v", last)
		}
		store.Forget("region-1", func(n uint64) bool { return n == 12 })
		time.Sleep(2 * time.Minute)
		named("another is lost", 1, "12")
		b.close(t)
	})
}

// Of the file of what was delivered a torn end is made again from the spool; what was altered
// is not known any more, and nothing is told of it that is not so.
func TestNotesThatWereTorn(t *testing.T) {
	for name, spoil := range map[string]func(text []byte) []byte{
		"gone":                 func([]byte) []byte { return nil },
		"empty":                func(text []byte) []byte { return text[:0] },
		"torn":                 func(text []byte) []byte { return text[:len(text)-50] },
		"an entry is altered":  func(text []byte) []byte { text[256+20]++; return text },
		"the last is altered":  func(text []byte) []byte { text[len(text)-1]++; return text },
		"the header is":        func(text []byte) []byte { text[17]++; return text },
		"rubbish is behind it": func(text []byte) []byte { return append(text, make([]byte, 200)...) },
	} {
		t.Run(name, func(t *testing.T) {
			if race && name != "torn" {
				t.Skip("without the race detector only")
			}
			trailtest.Bubble(t, func(t *testing.T) {
				p, store := newPlace(t), new(trailtest.Memory)
				b := p.open(t, store)
				b.append(t, 0, 8300)
				b.close(t)
				path := filepath.Join(p.dir, "checkpoint.delivered-0001")
				text, err := os.ReadFile(path)
				if err != nil || len(text) != 256+2*80 {
					t.Fatal(len(text), err)
				}
				if text = spoil(text); text == nil {
					err = os.Remove(path)
				} else {
					err = os.WriteFile(path, text, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				b = p.open(t, store)
				b.append(t, 8300, 8400)
				time.Sleep(2 * time.Minute)
				store.Forget("region-1", func(n uint64) bool { return n > 5000 })
				time.Sleep(2 * time.Minute)
				b.whole(t, store, 8400)
				if r := b.Report(); len(r.Lost) > 0 || r.Fault != "" || r.Redelivered != 3400 {
					t.Errorf("%+v", r)
				}
				b.close(t)
			})
		})
	}
}
