package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/population"
	"github.com/mycarerecord/mcr/registry"
)

// found is how long the facts of a random patient took to gather, by one professional after the
// other and by several at once.
type found struct {
	cold, coldTogether distribution // of a patient who is not in memory
	warm               distribution // of one who is
	memory             int64        // bytes on the heap, of those who are kept
	kept               int          // patients
}

// together is how many ask at once.
const together = 16

var errUnknown = errors.New("facts are unavailable, or a patient has no registration")

func find(ctx context.Context, opt options, region population.Region, p *place) (found, error) {
	var f found
	n := min(opt.questions, region.Patients()/2)
	questions := random(region, 2*n)
	alone, err := p.broker(ctx, "alone")
	if err != nil {
		return f, err
	}
	defer alone.Close() //nolint:errcheck // it was measured, and is thrown away
	if f.cold, err = gather(ctx, alone.Registry, questions[:n]); err != nil {
		return f, err
	}
	crowd, err := p.broker(ctx, "crowd")
	if err != nil {
		return f, err
	}
	defer crowd.Close() //nolint:errcheck // it was measured, and is thrown away
	if f.coldTogether, err = gatherTogether(ctx, crowd.Registry, questions[n:]); err != nil {
		return f, err
	}
	// Who is kept: fewer than there is room for, since the older half of a full memory is dropped.
	f.kept = min(n, opt.cached/2)
	warm, err := p.broker(ctx, "warm")
	if err != nil {
		return f, err
	}
	defer warm.Close() //nolint:errcheck // it was measured, and is thrown away
	before := heap()
	for _, q := range questions[:f.kept] {
		warm.Gather(ctx, q)
	}
	f.memory = heap() - before
	f.warm, err = gather(ctx, warm.Registry, questions[:f.kept])
	return f, err
}

// random gives a question about each of so many patients, none twice, the same in every run.
func random(region population.Region, n int) []access.Question {
	questions := make([]access.Question, 0, n)
	taken := make(map[int]bool, n)
	for dice := rand.New(rand.NewPCG(13, 13)); len(questions) < n; {
		if i := dice.IntN(region.Patients()); !taken[i] {
			taken[i] = true
			questions = append(questions, question(region.Patient(i)))
		}
	}
	return questions
}

func gather(ctx context.Context, r *registry.Registry, questions []access.Question) (distribution, error) {
	took := make(distribution, len(questions))
	for i, q := range questions {
		began := time.Now()
		facts := r.Gather(ctx, q)
		took[i] = time.Since(began)
		if facts.Registration.State != access.Known {
			return nil, errUnknown
		}
	}
	return took, ctx.Err()
}

func gatherTogether(ctx context.Context, r *registry.Registry, questions []access.Question) (distribution, error) {
	parts, errs := make([]distribution, together), make([]error, together)
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() {
			each := len(questions) / together
			parts[i], errs[i] = gather(ctx, r, questions[i*each:(i+1)*each])
		})
	}
	group.Wait()
	var took distribution
	for _, part := range parts {
		took = append(took, part...)
	}
	return took, errors.Join(errs...)
}

// heap is what is in use, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalisers held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
