package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token/asking"
)

// How long UserInfo is gone by: a role that is taken away at the issuer is seen that much
// later, or when the token ends.
const (
	DefaultInformedFor = 15 * time.Minute
	maxInformedFor     = 24 * time.Hour
)

// UserInfo says that an issuer's tokens do not say who somebody is: the person, their name,
// role and organisation come from UserInfo (OpenID Connect Core §5.3), and from it alone. So
// it is with NHS CIS2.
type UserInfo struct {
	// URL is the UserInfo endpoint, https, or http on loopback.
	URL string
	// Unsigned accepts UserInfo in plain JSON, which rests on TLS alone. Without it the
	// issuer must sign it (§5.3.2), to one of Issuer.Clients.
	Unsigned bool
	// Keep is how long it is gone by, at most until the token ends; 0 is 15 minutes.
	Keep time.Duration
	// PerSecond is about how many tokens that are not known the issuer is asked a second;
	// 0 is 50. Beyond it they are answered with 503.
	PerSecond int
}

func (u *UserInfo) check(clients []string) (faults []error) {
	if u == nil {
		return nil
	}
	if err := asking.CheckURL(u.URL); err != nil {
		faults = append(faults, err)
	}
	if !u.Unsigned && len(clients) == 0 {
		faults = append(faults, errors.New("signed to a client: give clients, the client ids of the applications that send tokens here"))
	}
	if u.Keep < 0 || u.Keep > maxInformedFor {
		faults = append(faults, fmt.Errorf("keep: %s; use at most %s", u.Keep, maxInformedFor))
	}
	if u.PerSecond < 0 {
		faults = append(faults, errors.New("per_second: negative; leave it out for the default"))
	}
	for n := range faults {
		faults[n] = fmt.Errorf("userinfo: %w", faults[n])
	}
	return faults
}

// informing makes the UserInfo endpoint of an issuer.
func (i *issuer) informing(on asked) *asking.Endpoint {
	u, media := i.UserInfo, typeJWT
	if u.Unsigned {
		media = typeJSON
	}
	return on.endpoint(i, "userinfo", asking.Config{
		URL: u.URL, PerSecond: u.PerSecond,
		Request: func(ctx context.Context, to, token string) (*http.Request, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
			if err == nil {
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Accept", media)
			}
			return r, err
		},
		Accept: func(a asking.Answer) error {
			switch {
			case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden: // it is about the token
			case a.Status != http.StatusOK:
				return fmt.Errorf("it answers with status %d", a.Status)
			case a.Type != media && a.Type != typeJSON: // that it is not signed is about one client
				return fmt.Errorf("UserInfo is not %s", media)
			}
			return nil
		},
	})
}

// person is what UserInfo said of who has a token.
type person struct {
	identity   identity
	incomplete error
	keys       *keySet // that verified it; nil when it is not signed
	until      time.Time
}

// inform asks for UserInfo and puts who it names into t. before is what was found of the
// same token a while ago, or nil.
func (i *issuer) inform(ctx context.Context, bearer string, t, before *verified, now time.Time) error {
	who := before.informed(i, now)
	if who == nil {
		answer, err := i.userInfo.Ask(ctx, bearer, before != nil)
		switch {
		case errors.Is(err, asking.ErrRefused):
			return errUserInfoRefused
		case errors.Is(err, asking.ErrBusy):
			return errAskedTooOften
		case err != nil:
			return errUserInfoGone
		case answer.Status != http.StatusOK:
			i.userInfo.Refuse(bearer)
			return errUserInfoRefused
		case answer.Type == typeJSON && !i.UserInfo.Unsigned:
			i.log.Error("UserInfo is not signed: have the issuer sign it for this client (userinfo_signed_response_alg), or write unsigned",
				"issuer", i.Name, "client", t.subject.Client)
			return errUserInfoOdd
		}
		if who, err = i.read(ctx, answer.Body, t, now); err != nil {
			i.log.Error("UserInfo is not accepted", "issuer", i.Name, "error", err)
			return err
		}
	}
	t.person = who
	if t.keys == nil {
		t.keys = who.keys
	}
	if t.until.IsZero() || who.until.Before(t.until) {
		t.until = who.until
	}
	t.is(who.identity)
	return who.incomplete
}

// informed gives what UserInfo said before, while it holds.
func (t *verified) informed(i *issuer, now time.Time) *person {
	if t == nil || t.person == nil || !now.Before(t.person.until) {
		return nil
	}
	if who := t.person; who.keys == nil || who.keys == i.keys.usable(now) {
		return who
	}
	return nil
}

// is makes somebody the subject of a token: all that UserInfo says of them counts, and
// nothing that the token says. What is of the session is the token's to say, and UserInfo's
// where it does not. A purpose other than direct care counts, whoever states it.
func (t *verified) is(who identity) {
	s := &t.subject
	s.UserID, s.Name, s.Role, s.RoleName = who.UserID, who.Name, who.Role, who.RoleName
	s.Organisation, s.OrgName = who.Organisation, who.OrgName
	if s.Client == "" {
		s.Client = who.Client
	}
	if s.Assurance == "" {
		s.Assurance = who.Assurance
	}
	if s.Session == "" {
		s.Session = who.Session
	}
	if s.Purpose == access.DirectCare {
		s.Purpose = who.Purpose
	}
}

// read verifies UserInfo and reads whom it names: the one whose token it was asked with.
func (i *issuer) read(ctx context.Context, body []byte, t *verified, now time.Time) (*person, error) {
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	who := &person{until: now.Add(i.UserInfo.Keep)}
	if i.UserInfo.Unsigned {
		if !p.claims.read(body) {
			return nil, odd("it is not a strictly written JSON object")
		}
	} else if err := i.addressed(ctx, p, body, t, who, now); err != nil {
		return nil, err
	}
	sub, ok := p.claims.subject()
	switch {
	case !ok || sub == "" || t.sub == "":
		return nil, odd("it, or the token, has no sub")
	case sub != t.sub: // OpenID Connect Core §5.3.2: it MUST NOT be used
		return nil, errUserInfoOther
	}
	who.identity, who.incomplete = i.mapping.read(&p.claims)
	return who, nil
}

// addressed verifies signed UserInfo (OpenID Connect Core §5.3.2), all but whom it is about.
func (i *issuer) addressed(ctx context.Context, p *parsed, body []byte, t *verified, who *person, now time.Time) error {
	if p.read(string(body)) != nil {
		return odd("it is not a signed JWT in compact form, strictly written")
	}
	head, err := p.jose("jwt", "application/jwt")
	if err != nil {
		return odd("its header asks for something that is not offered, or says that it is no UserInfo")
	}
	if who.keys, err = i.signed(ctx, p, head); errors.Is(err, errKeysGone) {
		return err
	} else if err != nil {
		return odd("its algorithm is not pinned, or no key of the issuer's signed it")
	}
	reg, err := p.registered()
	switch {
	case err != nil, reg.issuer != i.Name:
		return odd("iss is not the issuer")
	case reg.issued.After(now.Add(i.Leeway)):
		return odd("it is from the future")
	case !reg.meant(&p.claims, i.Clients), t.subject.Client != "" && !reg.meant(&p.claims, []string{t.subject.Client}):
		return errUserInfoNotOurs
	case reg.expires.IsZero():
	case !now.Before(reg.expires):
		return odd("it has expired")
	case reg.expires.Before(who.until):
		who.until = reg.expires
	}
	return nil
}

// odd says for the operator why UserInfo cannot be gone by.
func odd(why string) error { return fmt.Errorf("%w: %s", errUserInfoOdd, why) }

// subject reads the claim sub: exactly, since it is compared.
func (d *document) subject() (string, bool) {
	var at [1]int32
	if !d.Lookup(0, []string{"sub"}, at[:]) {
		return "", false
	}
	r := reader{d: d, ok: true}
	sub := r.exact(at[0])
	return sub, r.ok
}
