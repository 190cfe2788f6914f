package vouch

import (
	"encoding/base64"
	"errors"
	"time"

	"github.com/mycarerecord/mcr/once"
)

const (
	nonceBytes = len(once.Key{})
	// mostSeen bounds what is remembered: a thousand requests a second, some megabytes.
	mostSeen = 1 << 17
	// remembered is as long as a statement can be believed.
	remembered = 2 * within
)

// Seen remembers which statements were believed, for as long as they could be again. It
// outlasts a Verifier whose configuration is read anew.
type Seen struct{ nonces *once.Memory }

// NewSeen remembers nothing yet.
func NewSeen() *Seen { return &Seen{once.New(remembered, mostSeen)} }

// take remembers a nonce of base64url; once.
func (s *Seen) take(text string, at time.Time) error {
	var nonce once.Key
	if _, err := base64.RawURLEncoding.Strict().Decode(nonce[:], []byte(text)); err != nil {
		return ErrMalformed
	}
	switch err := s.nonces.Take(nonce, at); {
	case errors.Is(err, once.ErrAgain):
		return ErrReplayed
	case err != nil:
		return ErrFull
	}
	return nil
}
