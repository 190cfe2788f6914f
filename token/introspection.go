package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
	"github.com/mycarerecord/mcr/token/asking"
)

// How long the answer about a token that is no JWT is gone by.
const (
	// DefaultAskedFor is the longest that a token which its issuer has revoked is still
	// accepted here; a shorter time costs the issuer more questions.
	DefaultAskedFor = 30 * time.Second
	maxAskedFor     = 5 * time.Minute
)

// Introspection says how an issuer is asked about tokens that are no JWTs (RFC 7662). One
// issuer alone may have it: a token does not say whose it is, and must not be shown to an
// issuer that did not make it.
type Introspection struct {
	// URL is the introspection endpoint, https, or http on loopback.
	URL string
	// Client is who the broker is there.
	Client Client
	// Signed demands answers that the issuer has signed (RFC 9701), to Client.ID or to one
	// of the audiences that mean this broker.
	Signed bool
	// Untyped accepts answers without token_type. Only it tells an access token from a
	// refresh token, about which an issuer may be asked too (RFC 7662 §2.2).
	Untyped bool
	// Keep is how long an answer is gone by; 0 is 30 s, at most 5 minutes. That long after
	// its revocation a token may still be accepted.
	Keep time.Duration
	// PerSecond is about how many tokens that are not known the issuer is asked a second;
	// 0 is 50. Beyond it they are answered with 503.
	PerSecond int
}

// CheckEndpoint says what is wrong with an address that tokens are to go to: it must be https,
// or http on this machine.
func CheckEndpoint(address string) error { return asking.CheckURL(address) }

// Client is who the broker is at an issuer.
type Client = asking.Client

func (i *Introspection) check() (faults []error) {
	if i == nil {
		return nil
	}
	if err := asking.CheckURL(i.URL); err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, i.Client.Check()...)
	if i.Keep < 0 || i.Keep > maxAskedFor {
		faults = append(faults, fmt.Errorf("keep: %s; use at most %s: that long a revoked token would be accepted", i.Keep, maxAskedFor))
	}
	if i.PerSecond < 0 {
		faults = append(faults, errors.New("per_second: negative; leave it out for the default"))
	}
	for n := range faults {
		faults[n] = fmt.Errorf("introspection: %w", faults[n])
	}
	return faults
}

// Media types of answers.
const (
	typeJSON          = "application/json"
	typeJWT           = "application/jwt"
	typeIntrospection = "application/token-introspection+jwt"
)

// introspecting makes the endpoint of an issuer.
func (i *issuer) introspecting(on asked) (*asking.Endpoint, error) {
	in := i.Introspection
	post, err := in.Client.Post(i.Name, on.clock)
	if err != nil {
		return nil, err
	}
	media := typeJSON
	if in.Signed {
		media = typeIntrospection
	}
	return on.endpoint(i, "introspection", asking.Config{
		URL: in.URL, PerSecond: in.PerSecond,
		Request: func(ctx context.Context, to, token string) (*http.Request, error) {
			r, err := post(ctx, to, url.Values{"token": {token}, "token_type_hint": {"access_token"}})
			if err == nil {
				r.Header.Set("Accept", media)
			}
			return r, err
		},
		Accept: func(a asking.Answer) error {
			switch {
			case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || a.Status == http.StatusBadRequest:
				return fmt.Errorf("it answers with status %d: look at client_id and its secret or key", a.Status)
			case a.Status != http.StatusOK:
				return fmt.Errorf("it answers with status %d", a.Status)
			case a.Type != media && in.Signed:
				return fmt.Errorf("its answers are not signed (%s): set the client up for it at the issuer, or leave out signed", media)
			case a.Type != media:
				return fmt.Errorf("its answers are not %s", media)
			}
			return nil
		},
	}), nil
}

// opaque says whether a text may be a token that is no JWT: of the letters of a bearer
// token (RFC 6750 §2.1), long enough not to be guessed, and not in the three parts of a
// JWT: one of those, good or bad, is another issuer's or a stranger's, and is not shown to
// this one.
func opaque(bearer string) bool {
	const least = 16
	if len(bearer) < least || strings.Count(bearer, ".") >= 2 {
		return false
	}
	for _, c := range []byte(strings.TrimRight(bearer, "=")) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~+/", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// introspect asks the issuer about a token, and reads the answer into p's claims.
func (v *Verifier) introspect(ctx context.Context, p *parsed, bearer string, known bool) (said, error) {
	iss := v.opaque
	s := said{issuer: iss}
	answer, err := iss.introspection.Ask(ctx, bearer, known)
	switch {
	case errors.Is(err, asking.ErrRefused):
		return s, errInactive
	case errors.Is(err, asking.ErrBusy):
		return s, errAskedTooOften
	case err != nil:
		return s, errIntrospectionGone
	}
	if iss.Introspection.Signed {
		s.keys, err = iss.introspected(ctx, p, answer.Body, v.clock())
	} else if !p.claims.read(answer.Body) {
		err = errors.New("it is not a strictly written JSON object")
	}
	var active bool
	if err == nil {
		active, err = p.claims.active()
	}
	if err != nil {
		iss.log.Error("an issuer's answer about a token is not accepted: nobody whose token is no JWT is let in",
			"issuer", iss.Name, "error", err)
		return s, errIntrospectionGone
	}
	if !active {
		iss.introspection.Refuse(bearer)
		return s, errInactive
	}
	if s.reg, err = p.registered(); err != nil {
		return s, err
	}
	if s.reg.issuer != iss.Name {
		return s, errIssuer
	}
	kind, err := p.claims.accessToken(iss.Introspection.Untyped)
	if err != nil {
		return s, err
	}
	s.toKey = strings.EqualFold(kind, "DPoP")
	sum := sha256.Sum256([]byte(bearer))
	if s.id = s.reg.id; s.id == "" || s.id == bearer { // a token's own text must not stand in the trail
		s.id = "sha256:" + hex.EncodeToString(sum[:])
	}
	s.until = v.clock().Add(iss.Introspection.Keep)
	s.asked = true
	return s, nil
}

// active reads whether the issuer holds a token to be good: true or false, and nothing else.
func (d *document) active() (bool, error) {
	var at [1]int32
	if !d.Lookup(0, []string{"active"}, at[:]) || at[0] == absent || d.Nodes[at[0]].Kind != strictjson.Bool {
		return false, errors.New("active is neither true nor false")
	}
	return string(d.Nodes[at[0]].Raw) == "true", nil
}

// accessToken gives the kind of access token that an answer is about, and says what is wrong
// when it is about none.
func (d *document) accessToken(untyped bool) (kind string, err error) {
	var at [1]int32
	if !d.Lookup(0, []string{"token_type"}, at[:]) {
		return "", errMalformed
	}
	kind, ok := d.textAt(at[0])
	switch {
	case !ok:
		return "", errMalformed
	case kind == "" && untyped, strings.EqualFold(kind, "Bearer"), strings.EqualFold(kind, "DPoP"):
		return kind, nil
	default:
		return "", errNoAccessToken
	}
}

// introspected verifies a signed answer (RFC 9701 §5) and leaves in p's claims what it says
// of the token.
func (i *issuer) introspected(ctx context.Context, p *parsed, body []byte, now time.Time) (*keySet, error) {
	if err := p.read(string(body)); err != nil {
		return nil, err
	}
	head, err := p.jose("token-introspection+jwt")
	if err != nil {
		return nil, err
	}
	set, err := i.signed(ctx, p, head)
	if err != nil {
		return nil, err
	}
	reg, err := p.registered()
	switch {
	case err != nil:
		return nil, err
	case reg.issuer != i.Name:
		return nil, errors.New("it is signed in another issuer's name")
	case !reg.meant(&p.claims, []string{i.Introspection.Client.ID}) && !reg.meant(&p.claims, i.Audience):
		return nil, errors.New("it is for somebody else")
	case reg.issued.IsZero(), reg.issued.After(now.Add(i.Leeway)), reg.issued.Before(now.Add(-time.Minute - i.Leeway)):
		return nil, errors.New("it was not made now")
	}
	var at [1]int32
	if !p.claims.Lookup(0, []string{"token_introspection"}, at[:]) || at[0] == absent || !p.claims.read(p.claims.Nodes[at[0]].Raw) {
		return nil, errors.New("there is no object token_introspection")
	}
	return set, nil
}
