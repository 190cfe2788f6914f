// Package once remembers what may be used a single time, such as the nonce of a signed
// statement or the id of a proof, for as long as it could be used again.
//
// What is guaranteed: of one key within the time for which it is remembered, Take says nil
// once. Memory is bounded; when it is full nothing more is taken, so that what could have
// been used before never passes for new. What is not: a Memory lives in one process and ends
// with it. What must hold beyond that (another process, a restart) its user must see to.
//
// A Memory may be used by many goroutines at once.
package once

import (
	"errors"
	"sync"
	"time"
)

// Why something is not taken.
var (
	ErrAgain = errors.New("it was used before")
	ErrFull  = errors.New("too much is remembered already: it could have been used before")
)

// Key names what is used: a random value, or a digest of what is.
type Key [16]byte

// Memory remembers keys in two generations, so that forgetting costs nothing. Make it with New.
type Memory struct {
	lasts time.Duration
	most  int

	mu          sync.Mutex
	now, before map[Key]struct{}
	since       time.Time
}

// New remembers nothing yet. lasts is how long a key is remembered at least, and twice that
// at most; most is how many are taken within lasts, about 40 bytes each.
func New(lasts time.Duration, most int) *Memory {
	return &Memory{lasts: lasts, most: most, now: map[Key]struct{}{}}
}

// Take takes a key at a time: nil, ErrAgain or ErrFull.
func (m *Memory) Take(k Key, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch age := at.Sub(m.since); {
	case age > 2*m.lasts:
		m.now, m.before, m.since = map[Key]struct{}{}, nil, at
	case age > m.lasts:
		m.now, m.before, m.since = map[Key]struct{}{}, m.now, at
	}
	_, is := m.now[k]
	if _, was := m.before[k]; is || was {
		return ErrAgain
	}
	if len(m.now) >= m.most {
		return ErrFull
	}
	m.now[k] = struct{}{}
	return nil
}

// Len is how many keys are remembered.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.now) + len(m.before)
}
