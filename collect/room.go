package collect

import "sync/atomic"

// entryCost is about what one entry takes in memory beside its own bytes: where it
// stands in its page, in its part, and its address.
const entryCost = 512

// room is the memory that one collection holds, counted with that of all others.
type room struct {
	of    *Collector
	bytes atomic.Int64
}

// take counts bytes that are about to be held, if there is room for them.
func (r *room) take(n int64) bool {
	if r.of.held.Add(n) > r.of.cfg.MaxHeld {
		r.of.held.Add(-n)
		return false
	}
	r.bytes.Add(n)
	return true
}

// give gives back what was taken and is not held.
func (r *room) give(n int64) {
	r.bytes.Add(-n)
	r.of.held.Add(-n)
}

// leave gives back all that the collection held.
func (r *room) leave() { r.of.held.Add(-r.bytes.Swap(0)) }
