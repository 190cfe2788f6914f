package registry

import "sync"

// people keeps what was read of patients, by each of their NHS numbers. It is
// bounded by two generations: when the young one is full it becomes the old one,
// and the old one is dropped. Who is asked for again moves to the young one.
type people struct {
	most int

	mu    sync.RWMutex
	young map[string]*person
	old   map[string]*person
	// What was forgotten when, so that nobody is kept who was read before that.
	moment uint64            // counts what was forgotten
	lately map[string]uint64 // the moment at which a number was forgotten last
	before uint64            // all that was read before this moment is forgotten
}

// mostLately bounds what is remembered of having been forgotten: beyond it, what is
// being read just then is not kept.
const mostLately = 4096

func newPeople(most int) *people {
	p := &people{most: max(most/2, 1)}
	p.forget(nil)
	return p
}

// find gives what is kept of a patient, or nil, and the moment, to be told to keep with what
// is read then.
func (p *people) find(number string) (*person, uint64) {
	p.mu.RLock()
	found, young := p.young[number]
	if !young {
		found = p.old[number]
	}
	moment := p.moment
	p.mu.RUnlock()
	if found != nil && !young {
		p.keep(moment, found)
	}
	return found, moment
}

// keep takes what was read of a patient at a moment or later, unless something about them
// changed since: it may be older than the change.
func (p *people) keep(moment uint64, who *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if moment < p.before {
		return
	}
	for _, n := range who.numbers {
		if p.lately[n] > moment {
			return
		}
	}
	if len(p.young) >= p.most {
		p.old, p.young = p.young, make(map[string]*person, p.most/4)
	}
	for _, n := range who.numbers {
		p.young[n] = who
	}
}

// forget drops the patients that have one of these numbers, and every number of
// theirs: an opt-out under one holds under all. Of nil it drops everybody.
func (p *people) forget(numbers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moment++
	if numbers == nil {
		p.young, p.old = map[string]*person{}, map[string]*person{}
	}
	if numbers == nil || len(p.lately)+len(numbers) > mostLately {
		p.lately, p.before = map[string]uint64{}, p.moment
	}
	for _, n := range numbers {
		p.lately[n] = p.moment
		for _, kept := range []map[string]*person{p.young, p.old} {
			who := kept[n]
			if who == nil {
				continue
			}
			for _, other := range who.numbers {
				delete(p.young, other)
				delete(p.old, other)
			}
		}
	}
}
