package token

import (
	"crypto/sha256"
	"strconv"
	"time"
)

// ReadToken takes a compact form apart and reads its identity in the form of CIS2,
// all but the signature.
func ReadToken(bearer string) error {
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	if err := p.read(bearer); err != nil {
		return err
	}
	if _, err := p.jose(accessTypes...); err != nil {
		return err
	}
	if _, err := p.registered(); err != nil {
		return err
	}
	m, _ := claimNames(PresetCIS2, ClaimNames{})
	_, err := m.read(&p.claims)
	return err
}

// Cached counts the verified tokens held.
func (v *Verifier) Cached() int { return v.cache.len() }

// Level is the mapping of assurance levels.
var Level = level

// Belongs judges what is presented for a token that is bound by the claim cnf, such as one of
// an RFC's examples, which is no JWT.
func Belongs(cnf string, by *Presented, now time.Time) error {
	var d document
	if !d.read([]byte(`{"cnf":` + cnf + `}`)) {
		return errMalformed
	}
	var at [1]int32
	d.Lookup(0, []string{"cnf"}, at[:])
	b, err := d.binding(at[0])
	if err != nil {
		return err
	}
	v := &Verifier{clock: func() time.Time { return now }, proofs: NewProofs(now.Add(-time.Hour))}
	return v.belongs(&verified{binding: b, issuer: &issuer{}}, by)
}

// Fill takes all the room that there is for proofs.
func (p *Proofs) Fill(now time.Time) {
	for i := range mostProofs {
		if p.take([sha256.Size]byte{}, strconv.Itoa(i), now) != nil {
			return
		}
	}
}

// SameAddress compares two ways of writing an address.
var SameAddress = sameAddress
