// Package room bounds the memory that sources' answers take in a process: of all
// together, and of each source.
//
// Whoever is about to hold bytes takes them first. A source may hold as much as is free:
// one that is mad takes half of the room, two a third each, and there is always some
// left for another. Short answers may go further, so that long ones, which take the most,
// keep nobody waiting who needs little. What finds no room waits a moment: short answers
// first, then whoever holds most, since that one is the next to leave.
//
// Long answers are read no faster than a network brings them, so that whoever answers
// without an end leaves the processor to others.
//
// It counts; it does not allocate. A Room may be used by many goroutines at once, and so
// may a Share.
package room

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrFull says that there was no room, and none came free in time.
var ErrFull = errors.New("there is no room for more")

const (
	// short is up to how many bytes an answer is a short one.
	short = 256 << 10
	// further is how many times what is free a source may hold in short answers.
	further = 8
	// mostWaiting bounds those who wait: each of them holds what it has.
	mostWaiting = 64
)

// Room is what all may hold together. Make it with New.
type Room struct {
	most int64
	wait time.Duration

	mu      sync.Mutex
	held    int64
	of      map[string]int64 // by source
	waiting []*waiter
	turns   map[string]time.Time // by source: when the next bytes of a long answer may be read
}

// waiter is one who waits.
type waiter struct {
	share *Share
	bytes int64
	let   chan struct{}
}

// New makes a room of so many bytes, in which one who finds none waits for so long.
func New(most int64, wait time.Duration) *Room {
	return &Room{most: most, wait: wait, of: map[string]int64{}, turns: map[string]time.Time{}}
}

// Held is how much is held now.
func (r *Room) Held() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

// Share is what is held for one request: by one source, or, without a name, by several.
func (r *Room) Share(source string) *Share { return &Share{room: r, source: source} }

// fits says that there is room for more of a share.
func (r *Room) fits(s *Share, n int64) bool {
	free := r.most - r.held - n
	if free < 0 || s.source == "" {
		return free >= 0
	}
	if s.bytes+n <= short {
		free *= further
	}
	return r.of[s.source]+n <= free
}

// count adds what a share takes, or gives.
func (r *Room) count(s *Share, n int64) {
	s.bytes += n
	r.held += n
	if r.of[s.source] += n; r.of[s.source] == 0 {
		delete(r.of, s.source)
	}
}

// admit lets in who fits now.
func (r *Room) admit() {
	for len(r.waiting) > 0 {
		best := -1
		for i, w := range r.waiting {
			if r.fits(w.share, w.bytes) && (best < 0 || w.before(r.waiting[best])) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		w := r.waiting[best]
		r.waiting = append(r.waiting[:best], r.waiting[best+1:]...)
		r.count(w.share, w.bytes)
		close(w.let)
	}
}

// before says who goes first of two; else whoever came first.
func (w *waiter) before(v *waiter) bool {
	a, b := w.share.bytes+w.bytes <= short, v.share.bytes+v.bytes <= short
	if a != b {
		return a
	}
	return !a && w.share.bytes > v.share.bytes
}

// Share is what one request holds.
type Share struct {
	room   *Room
	source string
	bytes  int64
}

// Try counts bytes that are about to be held, if there is room for them now; else it is
// ErrFull.
func (s *Share) Try(n int64) error {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if !s.room.fits(s, n) {
		return ErrFull
	}
	s.room.count(s, n)
	return nil
}

// Take counts bytes that are about to be held. Where there is no room for them it waits,
// and is ErrFull when none comes free.
func (s *Share) Take(ctx context.Context, n int64) error {
	r := s.room
	r.mu.Lock()
	if r.fits(s, n) {
		r.count(s, n)
		r.mu.Unlock()
		return nil
	}
	if r.wait <= 0 || len(r.waiting) >= mostWaiting || n > r.most {
		r.mu.Unlock()
		return ErrFull
	}
	w := &waiter{share: s, bytes: n, let: make(chan struct{})}
	r.waiting = append(r.waiting, w)
	r.mu.Unlock()
	over := time.NewTimer(r.wait)
	defer over.Stop()
	select {
	case <-w.let:
		return nil
	case <-over.C:
	case <-ctx.Done():
	}
	return r.leave(w)
}

// leave takes back a waiter, if it was not let in meanwhile.
func (r *Room) leave(w *waiter) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, v := range r.waiting {
		if v == w {
			r.waiting = append(r.waiting[:i], r.waiting[i+1:]...)
			return ErrFull
		}
	}
	return nil
}

// Hold counts bytes that are held already, room or none: what was made of what goes.
func (s *Share) Hold(n int64) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.room.count(s, n)
}

// Give gives back what was taken and is not held any more.
func (s *Share) Give(n int64) {
	if n == 0 {
		return
	}
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.room.count(s, -n)
	s.room.admit()
}

// Leave gives back all.
func (s *Share) Leave() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.room.count(s, -s.bytes)
	s.room.admit()
}
