package room

import (
	"context"
	"time"
)

// Bytes a second at which the long answers of one source are read, all together: what half
// a gigabit a second brings. A source that answers without an end, a hundred times
// at once, takes no more of the processor than that.
const pace = 64 << 20

// Pace waits until so many bytes of the source's may be read. Who asks first is let first.
func (s *Share) Pace(ctx context.Context, n int64) {
	r := s.room
	now := time.Now()
	r.mu.Lock()
	turn := r.turns[s.source]
	if turn.Before(now) {
		turn = now
	}
	r.turns[s.source] = turn.Add(time.Duration(n) * time.Second / pace)
	r.mu.Unlock()
	if turn == now {
		return
	}
	until := time.NewTimer(turn.Sub(now))
	defer until.Stop()
	select {
	case <-until.C:
	case <-ctx.Done():
	}
}
