package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	"unsafe"

	"github.com/mycarerecord/mcr/access"
)

// Verifier verifies access tokens. Make one with New and Close it in the end.
type Verifier struct {
	issuers map[string]*issuer
	cache   *cache
	revoked *revocations
	clock   func() time.Time
	counts  *counts
	idle    func()
}

// issuer is a configured issuer at work.
type issuer struct {
	Issuer
	algs     map[string]*algorithm
	mapping  mapping
	keys     *keyring
	accepted tally
}

// New checks the configuration and gives a verifier; all faults come at once. Key
// files are read here. Keys behind a URL are fetched in the background, so an
// issuer that is down does not keep the broker from starting: see Ready.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring tokens: %w", err)
	}
	v := &Verifier{issuers: map[string]*issuer{}, clock: cfg.Clock, counts: newCounts(), idle: func() {}}
	if v.clock == nil {
		v.clock = time.Now
	}
	log, httpc, size := cfg.Logger, cfg.Client, cfg.CacheSize
	if log == nil {
		log = slog.Default()
	}
	if httpc == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		httpc, v.idle = &http.Client{Transport: own, Timeout: fetchTimeout}, own.CloseIdleConnections
	}
	if size == 0 {
		size = DefaultCacheSize
	}
	v.cache = newCache(size)
	v.revoked = newRevocations(cfg.RevocationFile, v.clock())
	var faults []error
	for _, c := range cfg.Issuers {
		iss := newIssuer(c.withDefaults(), httpc, v.clock, log, v.counts)
		v.issuers[c.Name] = iss
		if c.JWKSFile != "" {
			faults = append(faults, iss.keys.load(context.Background()))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("configuring tokens: %w", err)
	}
	for _, iss := range v.issuers {
		iss.keys.start()
	}
	return v, nil
}

func newIssuer(c Issuer, client *http.Client, clock func() time.Time, log *slog.Logger, counts *counts) *issuer {
	source := fromFile(c.JWKSFile)
	if c.JWKSURL != "" {
		source = fromURL(client, c.JWKSURL)
	}
	iss := &issuer{Issuer: c, algs: map[string]*algorithm{}, accepted: counts.accepted(c.Name)}
	for _, alg := range c.Algorithms {
		iss.algs[alg] = algorithms[alg]
	}
	iss.mapping, _ = claimNames(c.Preset, c.Claims) // checked by now
	iss.keys = newKeyring(c, source, clock, log, counts)
	return iss
}

// Ready says whether tokens of every issuer can be verified now; the error names
// what is missing, for the operator.
func (v *Verifier) Ready() error {
	var faults []error
	for _, iss := range v.issuers {
		faults = append(faults, iss.keys.ready())
	}
	faults = append(faults, v.revoked.ready(v.clock()))
	return errors.Join(faults...)
}

// Close ends the fetching of keys and waits for it. Verify goes on with the keys
// that are there, so requests under way can end, until those are too old.
func (v *Verifier) Close() error {
	for _, iss := range v.issuers {
		iss.keys.close()
	}
	v.idle()
	return nil
}

// Verify says who presents an access token: the compact form of a JWS, without
// "Bearer ". The error wraps
//
//   - [access.ErrUnauthenticated] for a token that is not accepted (401),
//   - [access.ErrIncompleteIdentity] for a good token without a person, a role or an
//     organisation (403),
//   - [access.ErrVerifierUnavailable] when it cannot be judged now (503),
//
// and is a *[Fault], see [Code]. It waits for the issuer, if at all, no longer than
// ctx allows. The Subject is whole when the error is nil, and zero when it is not.
func (v *Verifier) Verify(ctx context.Context, bearer string) (access.Subject, error) {
	if bearer == "" {
		return v.refuse("", errMissing)
	}
	if len(bearer) > maxToken {
		return v.refuse("", errTooLarge)
	}
	// The conversion would copy the whole token; Sum256 does not change or keep it.
	d := digest(sha256.Sum256(unsafe.Slice(unsafe.StringData(bearer), len(bearer))))
	now := v.clock()
	if t := v.cache.find(&d); t != nil {
		if t.keys == t.issuer.keys.usable(now) {
			v.counts.hits.Inc()
			if err := v.stillGood(t, now); err != nil {
				v.cache.drop(&d, t)
				return v.refuse(t.issuer.Name, err)
			}
			t.issuer.accepted.Inc()
			return t.subject, nil
		}
		v.cache.drop(&d, t) // other keys by now, or too old: begin again
	}
	v.counts.misses.Inc()
	t, name, err := v.verify(ctx, bearer)
	if err == nil {
		err = v.stillGood(t, v.clock()) // not now: keys may have been waited for
	}
	if err != nil {
		return v.refuse(name, err)
	}
	if v.cache.add(&d, t) {
		v.counts.evictions.Inc()
	}
	t.issuer.accepted.Inc()
	return t.subject, nil
}

func (v *Verifier) refuse(issuer string, err error) (access.Subject, error) {
	v.counts.verified(issuer, Code(err))
	return access.Subject{}, err
}

// verify judges a token that was not seen before. What its claims say counts for
// nothing but the choice of the issuer until the signature has been verified.
func (v *Verifier) verify(ctx context.Context, bearer string) (t *verified, issuer string, err error) {
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
	if !reg.meant(&p.claims, iss.Audience) {
		return nil, iss.Name, errAudience
	}
	if err := reg.check(iss, v.clock()); err != nil {
		return nil, iss.Name, err
	}
	id, err := iss.mapping.read(&p.claims)
	if err != nil {
		return nil, iss.Name, err
	}
	id.Issuer, id.Expires, id.TokenID = iss.Name, reg.expires, reg.id
	if id.TokenID == "" {
		// Of what was signed, not of the whole: some signatures can be rewritten
		// into another one of the same text, which would be another id.
		sum := sha256.Sum256(p.signed)
		id.TokenID = "sha256:" + hex.EncodeToString(sum[:])
	}
	return &verified{issuer: iss, keys: set, subject: id.Subject, notFrom: reg.notFrom, issued: reg.issued, session: id.session}, iss.Name, nil
}

// stillGood judges what changes with time, for a token that passed: its expiry and
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
