package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	var before *verified // what was found of the token a while ago
	if t := v.cache.find(&d); t != nil {
		now := v.clock()
		if t.fresh(now) {
			v.counts.hits.Inc()
			err := v.stillGood(t, now)
			if err != nil {
				v.cache.drop(&d, t)
			}
			return t, t.issuer.Name, err
		}
		if t.over(now) { // whoever is asked says no more than that it is not good, and a console could not know to renew it
			return t, t.issuer.Name, errExpired
		}
		before = t // other keys by now, or too old: begin again
	}
	v.counts.misses.Inc()
	t, issuer, err = v.judge(ctx, bearer, before)
	if err == nil {
		err = v.stillGood(t, v.clock())
	}
	if err != nil && before != nil && !errors.Is(err, access.ErrVerifierUnavailable) {
		v.cache.drop(&d, before)
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
// With an error, t is what a token that its issuer did sign says, or nil. before is what was
// found of the same token a while ago, or nil.
func (v *Verifier) judge(ctx context.Context, bearer string, before *verified) (t *verified, issuer string, err error) {
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	s, err := v.heard(ctx, p, bearer, before != nil)
	iss, reg := s.issuer, &s.reg
	if err != nil {
		return nil, iss.name(), err
	}
	id, incomplete := iss.mapping.read(&p.claims)
	id.Issuer, id.Expires, id.TokenID = iss.Name, reg.expires, s.id
	id.Scopes = p.claims.scopes(reg.scope, reg.scp)
	t = &verified{issuer: iss, keys: s.keys, until: s.until, subject: id.Subject, notFrom: reg.notFrom, issued: reg.issued}
	sub, ok := p.claims.subject()
	if t.sub = sub; !ok {
		return t, iss.Name, errMalformed
	}
	// Where the issuer was asked, and says of no audience, the client may tell (RFC 7662 §2.2).
	ours := s.asked && reg.audience == absent && len(iss.Clients) > 0 && id.Client != ""
	if !ours && !reg.meant(&p.claims, iss.Audience) {
		return t, iss.Name, errAudience
	}
	if !iss.taken(id.Client) {
		return t, iss.Name, errClient
	}
	if err := reg.check(iss, v.clock()); err != nil {
		return t, iss.Name, err
	}
	if t.binding, err = p.claims.binding(reg.confirmation); err != nil {
		return t, iss.Name, err
	}
	if s.toKey && t.binding.way != toKey { // RFC 9449 §6.2: which key, its issuer did not say
		return t, iss.Name, errBinding
	}
	if !iss.forRecords(t.subject.Scopes) {
		return t, iss.Name, errScope
	}
	if iss.userInfo != nil && !errors.Is(incomplete, errMalformed) {
		if err := v.stillGood(t, v.clock()); err != nil {
			return t, iss.Name, err // nobody is asked about what is over
		}
		incomplete = iss.inform(ctx, bearer, t, before, v.clock())
	}
	if incomplete != nil {
		return t, iss.Name, incomplete
	}
	return t, iss.Name, iss.own(&t.subject)
}

// heard is what is known of a token: by the signature of a JWT, or by its issuer's answer.
func (v *Verifier) heard(ctx context.Context, p *parsed, bearer string, known bool) (s said, err error) {
	if v.opaque != nil && opaque(bearer) {
		return v.introspect(ctx, p, bearer, known)
	}
	if err := p.read(bearer); err != nil {
		return s, err
	}
	head, err := p.jose(accessTypes...)
	if err != nil {
		return s, err
	}
	if s.reg, err = p.registered(); err != nil {
		return s, err
	}
	if s.issuer = v.issuers[s.reg.issuer]; s.issuer == nil {
		return s, errIssuer
	}
	s.keys, err = s.issuer.signed(ctx, p, head)
	s.id = s.reg.tokenID(p.signed)
	return s, err
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

// over says that the time of a token has passed.
func (t *verified) over(now time.Time) bool {
	return !now.Before(t.subject.Expires.Add(t.issuer.Leeway))
}

// stillGood judges what changes with time, for a token that passed: its times and
// its revocation.
func (v *Verifier) stillGood(t *verified, now time.Time) error {
	if t.over(now) {
		return errExpired
	}
	if !t.notFrom.IsZero() && now.Add(t.issuer.Leeway).Before(t.notFrom) {
		return errNotYet
	}
	if v.ended.Load().Ended(t.issuer.Name, t.subject.TokenID, t.subject.Session, t.sub, t.issued) {
		return errRevoked
	}
	return v.revoked.check(t, now)
}
