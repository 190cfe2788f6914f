package asking

import "time"

// refusals remembers tokens that are not good: the newest MostRefused, each for RefusedFor.
// A token that becomes good is refused that much longer, and no more.
type refusals struct {
	until map[digest]time.Time
	ring  []digest
	at    int
}

func (r *refusals) has(d digest, now time.Time) bool {
	until, ok := r.until[d]
	return ok && now.Before(until) && !now.Before(until.Add(-RefusedFor))
}

func (r *refusals) add(d digest, now time.Time) {
	if r.until == nil {
		r.until, r.ring = map[digest]time.Time{}, make([]digest, 0, 16)
	}
	if _, again := r.until[d]; again {
		r.until[d] = now.Add(RefusedFor)
		return
	}
	if len(r.ring) < MostRefused {
		r.ring = append(r.ring, d)
	} else {
		delete(r.until, r.ring[r.at])
		r.ring[r.at], r.at = d, (r.at+1)%MostRefused
	}
	r.until[d] = now.Add(RefusedFor)
}
