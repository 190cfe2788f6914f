package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
	"unsafe"

	"github.com/mycarerecord/mcr/access"
)

// Verify says who presents an access token: the compact form of a JWS. The error wraps
//
//   - [access.ErrUnauthenticated] for a token that is not accepted, or that is not shown to
//     be the presenter's own (401),
//   - [access.ErrIncompleteIdentity] for a good token without a person, a role or an
//     organisation (403),
//   - [access.ErrVerifierUnavailable] when it cannot be judged now (503),
//
// and holds a *[Fault]; see [Code] for its name and [Claimant] for the audit trail.
// Verify waits for the issuer, if at all, no longer than ctx allows. The Subject is
// whole when the error is nil, and zero when it is not.
func (v *Verifier) Verify(ctx context.Context, by *Presented) (access.Subject, error) {
	t, issuer, err := v.verify(ctx, by.Token)
	if err == nil {
		err = v.belongs(t, by) // of each request anew: nothing about it is ever held
	}
	if err != nil {
		return v.refuse(t, issuer, err)
	}
	t.issuer.accepted.Inc()
	t.issuer.ways[t.binding.way].Inc()
	return t.subject, nil
}

// verify judges a token, whoever sent it; by what is held of it where it was seen before.
func (v *Verifier) verify(ctx context.Context, bearer string) (t *verified, issuer string, err error) {
	if bearer == "" {
		return nil, "", ErrMissing
	}
	if len(bearer) > maxToken {
		return nil, "", errTooLarge
	}
	// The conversion would copy the whole token; Sum256 does not change or keep it.
	d := digest(sha256.Sum256(unsafe.Slice(unsafe.StringData(bearer), len(bearer))))
	if t := v.cache.find(&d); t != nil {
		now := v.clock()
		if t.keys == t.issuer.keys.usable(now) {
			v.counts.hits.Inc()
			err := v.stillGood(t, now)
			if err != nil {
				v.cache.drop(&d, t)
			}
			return t, t.issuer.Name, err
		}
		v.cache.drop(&d, t) // other keys by now, or too old: begin again
	}
	v.counts.misses.Inc()
	t, issuer, err = v.judge(ctx, bearer)
	if err == nil {
		err = v.stillGood(t, v.clock())
	}
	if err == nil && v.cache.add(&d, t) {
		v.counts.evictions.Inc()
	}
	return t, issuer, err
}

// refuse counts a fault and gives it, with what a signed token says of its holder.
func (v *Verifier) refuse(t *verified, issuer string, err error) (access.Subject, error) {
	v.counts.verified(issuer, Code(err))
	if t != nil {
		err = &refusal{error: err, claimant: t.subject}
	}
	return access.Subject{}, err
}

// judge judges a token that was not seen before. Until its signature has been
// verified, what its claims say counts for nothing but the choice of the issuer.
// With an error, t is what a token that its issuer did sign says, or nil.
func (v *Verifier) judge(ctx context.Context, bearer string) (t *verified, issuer string, err error) {
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	if err := p.read(bearer); err != nil {
		return nil, "", err
	}
	head, err := p.jose()
	if err != nil {
		return nil, "", err
	}
	reg, err := p.registered()
	if err != nil {
		return nil, "", err
	}
	iss := v.issuers[reg.issuer]
	if iss == nil {
		return nil, "", errIssuer
	}
	alg := iss.algs[head.alg]
	if alg == nil {
		return nil, iss.Name, errAlgorithm
	}
	k, set, err := iss.keys.find(ctx, head.kid, head.named)
	if err != nil {
		return nil, iss.Name, err
	}
	if !k.fits(alg) {
		return nil, iss.Name, errAlgorithm
	}
	if alg.verify(p.signed, p.signature, k.public) != nil {
		return nil, iss.Name, errSignature
	}
	id, incomplete := iss.mapping.read(&p.claims)
	id.Issuer, id.Expires, id.TokenID = iss.Name, reg.expires, reg.tokenID(p.signed)
	id.Scopes = p.claims.scopes(reg.scope, reg.scp)
	t = &verified{issuer: iss, keys: set, subject: id.Subject, session: id.session, notFrom: reg.notFrom, issued: reg.issued}
	if !reg.meant(&p.claims, iss.Audience) {
		return t, iss.Name, errAudience
	}
	if err := reg.check(iss, v.clock()); err != nil {
		return t, iss.Name, err
	}
	if t.binding, err = p.claims.binding(reg.confirmation); err != nil {
		return t, iss.Name, err
	}
	if !iss.forRecords(t.subject.Scopes) {
		return t, iss.Name, errScope
	}
	if incomplete != nil {
		return t, iss.Name, incomplete
	}
	return t, iss.Name, iss.own(&t.subject)
}

// tokenID is the jti. Without one it is a digest of what was signed, not of the
// whole: a signature can be rewritten into another one of the same text (of ECDSA's
// r and s, s can be negated), and that must not be another token.
func (reg *registered) tokenID(signed []byte) string {
	if reg.id != "" {
		return reg.id
	}
	sum := sha256.Sum256(signed)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// stillGood judges what changes with time, for a token that passed: its times and
// its revocation.
func (v *Verifier) stillGood(t *verified, now time.Time) error {
	if !now.Before(t.subject.Expires.Add(t.issuer.Leeway)) {
		return errExpired
	}
	if !t.notFrom.IsZero() && now.Add(t.issuer.Leeway).Before(t.notFrom) {
		return errNotYet
	}
	return v.revoked.check(t, now)
}
