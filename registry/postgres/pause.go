package postgres

import (
	"context"
	"math/rand/v2"
	"time"
)

// pause is how long is waited before something is tried again: longer each time, and never as long
// as others wait, so that a region's brokers do not all come at once.
type pause struct{ first, most, next time.Duration }

func newPause(first, most time.Duration) *pause { return &pause{first, most, first} }

// reset has the next wait be the first again.
func (p *pause) reset() { p.next = p.first }

// sleep waits; false when the context ended.
func (p *pause) sleep(ctx context.Context) bool {
	d := p.next/2 + rand.N(p.next/2+1)
	p.next = min(2*p.next, p.most)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
