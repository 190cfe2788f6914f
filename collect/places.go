package collect

import "sync"

// places bounds the collections that run at once: in all, and of each person, so
// that nobody who asks a hundred times keeps the others waiting.
type places struct {
	most, each int

	mu      sync.Mutex
	taken   int
	persons map[string]int // collections under way, by user id
}

func newPlaces(most, each int) *places {
	return &places{most: most, each: each, persons: map[string]int{}}
}

// enter takes a place for a person. The person's own bound is looked at first:
// whoever is past it takes no place of anybody's.
func (p *places) enter(person string) *refusal {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.persons[person] >= p.each:
		return tooMany
	case p.taken >= p.most:
		return full
	}
	p.taken++
	p.persons[person]++
	return nil
}

// leave gives back what enter took.
func (p *places) leave(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.persons[person]--; p.persons[person] == 0 {
		delete(p.persons, person) // nobody is remembered who is not there
	}
}
