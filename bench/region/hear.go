package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/population"
)

// heard is how soon changes were effective at each of the brokers.
type heard struct {
	brokers []hearer
	took    time.Duration // all changes
	changes int64         // that were committed
	failed  int64
	wait    distribution // of who records: until it was committed
	asked   int64        // questions answered meanwhile
	unknown int64        // of them answered that facts are unavailable
}

// hearer is one broker.
type hearer struct {
	called distribution // from the call of Commit, in which others' commits are waited for, to the first Gather that knows
	told   distribution // from its return, when the professional is told that it is recorded
	missed int          // changes that were not effective before the next about the same patient
	metric histogram    // what its own metric says
}

const (
	workers  = 32 // who record at once
	probedOf = 10 // one change in so many is looked for at every broker
	looks    = time.Millisecond
	gaveUp   = 30 * time.Second
)

// hear has brokers record permissions and withdrawals, and looks when the others know.
func hear(ctx context.Context, opt options, region population.Region, p *place) (heard, error) {
	h := heard{brokers: make([]hearer, opt.brokers)}
	brokers := make([]*broker, opt.brokers)
	for i := range brokers {
		var err error
		if brokers[i], err = p.broker(ctx, fmt.Sprintf("broker-%d", i)); err != nil {
			return h, err
		}
		defer brokers[i].Close() //nolint:errcheck // it was measured, and is thrown away
	}
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var askers sync.WaitGroup
	for i, b := range brokers {
		askers.Go(func() { h.ask(asking, b, region, uint64(i), opt.asks/opt.brokers) })
	}

	due := make(chan int, workers) // numbers of changes, each when it is time
	go func() {
		defer close(due)
		began := time.Now()
		for n := range int(opt.lasts.Seconds() * float64(opt.rate)) {
			if late := time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(opt.rate))); late > 0 {
				time.Sleep(late)
			}
			select {
			case due <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	var recording sync.WaitGroup
	began := time.Now()
	for worker := range workers {
		recording.Go(func() {
			w := recorder{heard: &h, brokers: brokers, region: region, mu: &mu, worker: worker}
			for n := range due {
				w.change(ctx, n)
			}
		})
	}
	recording.Wait()
	h.took = time.Since(began)
	stop()
	askers.Wait()
	for i, b := range brokers {
		h.brokers[i].metric = b.changeSeconds()
	}
	return h, ctx.Err()
}

// ask keeps a broker at work.
func (h *heard) ask(ctx context.Context, b *broker, region population.Region, seed uint64, rate int) {
	if rate == 0 {
		return
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for dice := rand.New(rand.NewPCG(seed, 8)); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			q := question(region.Patient(dice.IntN(region.Patients())))
			facts := b.Gather(ctx, q)
			if ctx.Err() != nil {
				return
			}
			atomic.AddInt64(&h.asked, 1)
			if facts.Registration.State != access.Known {
				atomic.AddInt64(&h.unknown, 1)
			}
		}
	}
}

// recorder gives permissions and withdraws them, in turn, for patients of its own.
type recorder struct {
	*heard
	brokers []*broker
	region  population.Region
	mu      *sync.Mutex
	worker  int
	turn    int
	given   *said // not withdrawn yet
}

func (w *recorder) change(ctx context.Context, n int) {
	w.turn++
	var next said
	if w.given != nil {
		next, w.given = w.given.withdrawal(), nil
	} else {
		i := (w.turn*workers + w.worker) % w.region.Patients()
		next = statement(w.region.Patient(i), fmt.Sprintf("change-%d-%d", w.worker, w.turn))
		w.given = &next
	}
	probed := n%probedOf == 0
	if probed {
		for _, b := range w.brokers {
			next.effective(ctx, b.Registry) // from now on in its memory
		}
	}
	came := time.Now()
	change, err := next.prepare(ctx, w.brokers[n%len(w.brokers)].Registry)
	called := time.Now()
	if err == nil {
		err = change.Commit()
	}
	told := time.Now()
	w.mu.Lock()
	if err != nil {
		w.failed++
		w.given = nil
	} else {
		w.changes++
		w.wait = append(w.wait, told.Sub(came))
	}
	w.mu.Unlock()
	if err != nil || !probed {
		return
	}
	w.look(ctx, next, called, told)
}

// look asks every broker until each knows of the change.
func (w *recorder) look(ctx context.Context, change said, called, told time.Time) {
	var group sync.WaitGroup
	for i, b := range w.brokers {
		group.Go(func() {
			now, ok := told, false
			for !ok && now.Sub(told) < gaveUp && ctx.Err() == nil {
				ok = change.effective(ctx, b.Registry)
				if now = time.Now(); !ok {
					time.Sleep(looks)
				}
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if ok {
				h := &w.heard.brokers[i]
				h.called, h.told = append(h.called, now.Sub(called)), append(h.told, now.Sub(told))
			} else {
				w.heard.brokers[i].missed++
			}
		})
	}
	group.Wait()
}
