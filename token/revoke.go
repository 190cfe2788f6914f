package token

import (
	"context"
	"errors"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token/ended"
)

// ErrRevocationFailed says that a token is good, and that its revocation could not be kept, or
// not be told to the other brokers. Until a restart it is refused in this process, unless the
// list is full.
var ErrRevocationFailed = errors.New("revoking a token: it cannot be kept")

// Revocation is what became of a token that somebody wanted revoked.
type Revocation struct {
	// Subject is whom the token names, as far as its issuer signed it; else zero.
	Subject access.Subject
	// Revoked says that it was good, and is refused from now on. Else Code says why it meant
	// nothing here, as Code does of a token that is not accepted.
	Revoked bool
	Code    string
}

// meaningless are the faults of a token that is no good here, whatever comes: it is not revoked.
var meaningless = []error{errMalformed, errAudience, errClient, errNoExpiry, errLifetime, errExpired}

// Revoke has a token refused that its issuer signed for this broker, here and at all brokers of
// the list's Feed, whoever brings it: whoever has it could use it (RFC 7009 §2.1). It is enough
// that it could be good: who sends it need not show that it is bound to them, nor that they are
// somebody whole. A token that means nothing here is no error (§2.2). client, unless it is "", is
// whose token it must be, else the error is ErrNotTheirs. Other errors wrap
// access.ErrVerifierUnavailable or ErrRevocationFailed. It is counted.
func (v *Verifier) Revoke(ctx context.Context, bearer, client string) (Revocation, error) {
	t, issuer, err := v.verify(ctx, bearer)
	r, err := v.revoke(ctx, t, client, err)
	code := r.Code
	switch {
	case errors.Is(err, ErrRevocationFailed):
		code = "not-kept"
	case errors.Is(err, ErrNotTheirs):
		code = "client-other"
	case r.Revoked:
		code = codeAccepted
	}
	v.counts.revoked(issuer, code)
	return r, err
}

// ErrNotTheirs says that a token is another client's than the one that wants it revoked.
var ErrNotTheirs = errors.New("revoking a token: it is another client's")

func (v *Verifier) revoke(ctx context.Context, t *verified, client string, fault error) (r Revocation, err error) {
	r.Code = Code(fault)
	if t == nil {
		if errors.Is(fault, access.ErrVerifierUnavailable) {
			return r, fault
		}
		return r, nil
	}
	r.Subject = t.subject
	switch list := v.ended.Load(); {
	case slices.ContainsFunc(meaningless, func(m error) bool { return errors.Is(fault, m) }):
		return r, nil
	case client != "" && t.subject.Client != client:
		return r, ErrNotTheirs
	case list == nil:
		return r, ErrRevocationFailed
	default:
		err = list.Add(ctx, ended.Entry{
			Issuer: t.issuer.Name, ID: "revoked " + t.subject.TokenID, Token: t.subject.TokenID, Before: t.issued.Unix(),
			Until: t.subject.Expires.Add(2*t.issuer.Leeway).Unix() + 1,
		})
	}
	if err != nil && !errors.Is(err, ended.ErrSeen) { // seen: by somebody else, in this moment
		t.issuer.log.Error("a token that was revoked could not be kept", "issuer", t.issuer.Name, "error", err)
		return r, errors.Join(ErrRevocationFailed, err)
	}
	r.Revoked, r.Code = true, ""
	return r, nil
}
