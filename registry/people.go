package registry

import "sync"

// people keeps what was read of patients, by each of their NHS numbers. It is
// bounded by two generations: when the young one is full it becomes the old one,
// and the old one is dropped. Who is asked for again moves to the young one.
type people struct {
	most int

	mu     sync.RWMutex
	moment uint64
	young  map[string]*person
	old    map[string]*person
}

func newPeople(most int) *people {
	return &people{most: max(most/2, 1), young: map[string]*person{}, old: map[string]*person{}}
}

// find gives what is kept of a patient, or nil.
func (p *people) find(number string) *person {
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
	return found
}

// keep takes what was read of a patient at a moment, unless something changed
// since: it may be older than the change.
func (p *people) keep(moment uint64, who *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if moment != p.moment {
		return
	}
	if len(p.young) >= p.most {
		p.old, p.young = p.young, make(map[string]*person, p.most/4)
	}
	for _, n := range who.numbers {
		p.young[n] = who
	}
}

// forget drops the patients that have one of these numbers, and every number of
// theirs: an opt-out under one holds under all.
func (p *people) forget(moment uint64, numbers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moment = moment
	for _, n := range numbers {
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

func (p *people) forgetAll(moment uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moment = moment
	p.young, p.old = map[string]*person{}, map[string]*person{}
}
