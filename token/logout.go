package token

import (
	"context"
	"errors"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
	"github.com/mycarerecord/mcr/token/ended"
)

// longestLogout bounds how long a logout token is good; issuers give it minutes.
const longestLogout = time.Hour

// logoutEvent is the member of events that makes a token a logout token (OpenID Connect
// Back-Channel Logout 1.0 §2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// ErrLogoutFailed says that a logout token is good, and that what it ends could not be kept:
// a full list, or a disk that does not take it. Until a restart the session is over in this
// process, unless the list is full.
var ErrLogoutFailed = errors.New("ending a session: it cannot be kept")

// Heed has the verifier refuse what is on a list of ended sessions, and Logout add to it.
func (v *Verifier) Heed(list *ended.List) { v.ended.Store(list) }

// Logout takes a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): it is verified
// as §2.6 says, and the session that it names, or all sessions of its person, are over when
// Logout returns: tokens of theirs are refused at once, those too that were verified before.
// The entry says which; it is there as far as an issuer signed it, also beside an error. The
// error wraps access.ErrUnauthenticated or access.ErrVerifierUnavailable, both with a
// *Fault, or ErrLogoutFailed. It is counted.
func (v *Verifier) Logout(ctx context.Context, logoutToken string) (ended.Entry, error) {
	e, name, err := v.logout(ctx, logoutToken)
	code := Code(err)
	if errors.Is(err, ErrLogoutFailed) {
		code = "not-kept"
	}
	v.counts.loggedOut(name, code)
	return e, err
}

func (v *Verifier) logout(ctx context.Context, text string) (e ended.Entry, issuer string, err error) {
	if len(text) > maxToken {
		return e, "", errTooLarge
	}
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	if err := p.read(text); err != nil {
		return e, "", err
	}
	head, err := p.jose("logout+jwt", "application/logout+jwt", "jwt", "application/jwt")
	if err != nil {
		return e, "", err
	}
	reg, err := p.registered()
	if err != nil {
		return e, "", err
	}
	iss := v.issuers[reg.issuer]
	if iss == nil {
		return e, "", errIssuer
	}
	if _, err := iss.signed(ctx, p, head); err != nil {
		return e, iss.Name, err
	}
	session, subject, err := p.claims.logout()
	if err != nil {
		return e, iss.Name, err
	}
	now := v.clock()
	e = ended.Entry{
		Issuer: iss.Name, ID: reg.id, Session: session, Subject: subject, Before: reg.issued.Unix(),
		Until: now.Add(iss.MaxLifetime + 2*iss.Leeway).Unix(), // every token that there is now has ended then
	}
	list := v.ended.Load()
	switch {
	case !reg.meant(&p.claims, iss.Clients):
		return e, iss.Name, errAudience
	case reg.id == "", reg.issued.IsZero():
		return e, iss.Name, errNoLogout
	case reg.expires.IsZero():
		return e, iss.Name, errNoExpiry
	case !now.Before(reg.expires.Add(iss.Leeway)):
		return e, iss.Name, errExpired
	case reg.issued.After(now.Add(iss.Leeway)):
		return e, iss.Name, errNotYet
	case reg.expires.Sub(reg.issued) > min(longestLogout, iss.MaxLifetime):
		return e, iss.Name, errLifetime
	case list == nil:
		return e, iss.Name, ErrLogoutFailed
	}
	switch err := list.Add(ctx, e); {
	case errors.Is(err, ended.ErrSeen):
		return e, iss.Name, errReplayed
	case err != nil:
		iss.log.Error("a session that an issuer ended could not be kept", "issuer", iss.Name, "error", err)
		return e, iss.Name, errors.Join(ErrLogoutFailed, err)
	}
	return e, iss.Name, nil
}

// logout reads what a logout token ends. A token that has a nonce, or has not the event, is
// none: an ID token must not be taken for one, nor the other way round (§2.4, §2.6).
func (d *document) logout() (session, subject string, err error) {
	var at [4]int32
	if !d.Lookup(0, []string{"events", "sid", "sub", "nonce"}, at[:]) {
		return "", "", errMalformed
	}
	r := reader{d: d, ok: true}
	session, subject = r.exact(at[1]), r.exact(at[2])
	switch {
	case !r.ok:
		return "", "", errMalformed
	case at[3] != absent, session == "" && subject == "", at[0] == absent, d.Nodes[at[0]].Kind != strictjson.Object:
		return "", "", errNoLogout
	}
	var event [1]int32
	if !d.Lookup(at[0], []string{logoutEvent}, event[:]) || event[0] == absent || d.Nodes[event[0]].Kind != strictjson.Object {
		return "", "", errNoLogout
	}
	return session, subject, nil
}

// EndedSessions says how it stands with the list of sessions that issuers have ended: nil
// when the last one could be kept.
func (v *Verifier) EndedSessions() error {
	if list := v.ended.Load(); list != nil {
		return list.Fault()
	}
	return nil
}
