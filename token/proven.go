package token

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/mycarerecord/mcr/once"
)

const (
	// proofLasts is how old a proof may be. Its clock is the client's, so one may also
	// come proofAhead from the future.
	proofLasts = 60 * time.Second
	proofAhead = 30 * time.Second
	// mostProofs bounds the proofs that are remembered: a thousand requests a second, some
	// megabytes.
	mostProofs = 1 << 17
)

// proven judges the proof that comes with a token (RFC 9449 §4.3): that it is one, of the
// key that the token is bound to, for this request and this token, of this minute, and that
// it was not used before. What costs most is looked at last.
func (v *Verifier) proven(t *verified, by *Presented) error {
	if len(by.Proofs) != 1 {
		return errProofCount
	}
	text := by.Proofs[0]
	if len(text) > maxProof {
		return errProofForm
	}
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	if p.read(text) != nil {
		return errProofForm
	}
	pr, err := p.proof()
	if err != nil {
		return err
	}
	if !bytes.Equal(pr.key.thumbprint, t.binding.digest[:]) {
		return errProofOther
	}
	if pr.alg.verify(p.signed, p.signature, pr.key.public) != nil {
		return errProofSignature
	}
	if pr.method != by.Method {
		return errProofMethod
	}
	if !sameAddress(pr.address, by.Address) {
		return errProofAddress
	}
	if pr.token != sha256.Sum256([]byte(by.Token)) {
		return errProofToken
	}
	now := v.clock()
	if age := now.Sub(pr.issued); age > proofLasts || age < -proofAhead || pr.issued.Before(v.proofs.began) {
		return errProofTime
	}
	if by.taken {
		return nil // by this very request, which has gone on since
	}
	if err := v.proofs.take(t.binding.digest, pr.id, now); err != nil {
		return err
	}
	by.taken = true
	return nil
}

// Proofs remembers which proofs were used, for as long as they could be used again. It
// outlasts a Verifier whose configuration is read anew.
//
// A proof from before it began is not taken, since nobody knows whether it was used: so a
// restart opens nothing, unless the client's clock was ahead.
type Proofs struct {
	seen  *once.Memory
	began time.Time
}

// NewProofs remembers nothing before now.
func NewProofs(now time.Time) *Proofs {
	return &Proofs{seen: once.New(proofLasts+proofAhead, mostProofs), began: now.Truncate(time.Second)} // as iat is written
}

// take remembers a proof; once. Its id is unique among those of its key, as nobody else
// can sign with that: whoever guesses another's id takes nothing from them.
func (p *Proofs) take(thumbprint [sha256.Size]byte, id string, now time.Time) error {
	sum := sha256.Sum256(append(thumbprint[:], id...))
	switch err := p.seen.Take(once.Key(sum[:len(once.Key{})]), now); {
	case errors.Is(err, once.ErrAgain):
		return errProofReplayed
	case err != nil:
		return errProofsFull
	}
	return nil
}
