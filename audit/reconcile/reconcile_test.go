package reconcile_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Whatever a store forgets while records go on coming in is there again, each once, within
// the time that a comparison takes, as long as the spool holds it.
func TestWhatTheStoreForgotIsThereAgain(t *testing.T) {
	for name, forgets := range map[string]func(rnd *rand.Rand, last uint64) func(uint64) bool{
		"all":           func(*rand.Rand, uint64) func(uint64) bool { return func(uint64) bool { return true } },
		"an older copy": func(r *rand.Rand, last uint64) func(uint64) bool { at := r.Uint64N(last); return func(n uint64) bool { return n > at } },
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
			bubble(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, uint64(len(name))))
				p, store := newPlace(t), new(trailtest.Memory)
				b := p.open(t, store)
				n, lost := 0, 0
				for range 4 {
					more := 1500 + rnd.IntN(1500) // over two blocks
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
	bubble(t, func(t *testing.T) {
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
	bubble(t, func(t *testing.T) {
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
	bubble(t, func(t *testing.T) {
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
