package vouch

import (
	"encoding/base64"
	"sync"
	"time"
)

const (
	nonceBytes = 16
	// mostSeen bounds one generation of what is remembered: a thousand requests a
	// second, some megabytes.
	mostSeen = 1 << 17
	// generation is as long as a statement can be believed.
	generation = 2 * within
)

// Seen remembers which statements were believed, for as long as they could be again. It
// outlasts a Verifier whose configuration is read anew.
type Seen struct {
	mu          sync.Mutex
	now, before map[[nonceBytes]byte]struct{}
	since       time.Time
}

// NewSeen remembers nothing yet.
func NewSeen() *Seen { return &Seen{now: map[[nonceBytes]byte]struct{}{}} }

// take remembers a nonce of base64url; once.
func (s *Seen) take(text string, at time.Time) error {
	var nonce [nonceBytes]byte
	if _, err := base64.RawURLEncoding.Strict().Decode(nonce[:], []byte(text)); err != nil {
		return ErrMalformed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch age := at.Sub(s.since); {
	case age > 2*generation:
		s.now, s.before, s.since = map[[nonceBytes]byte]struct{}{}, nil, at
	case age > generation:
		s.now, s.before, s.since = map[[nonceBytes]byte]struct{}{}, s.now, at
	}
	_, is := s.now[nonce]
	if _, was := s.before[nonce]; is || was {
		return ErrReplayed
	}
	if len(s.now) >= mostSeen {
		return ErrFull
	}
	s.now[nonce] = struct{}{}
	return nil
}
