package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

// SignedIn runs a page for somebody who is signed in, and has a role in use. It is
// the one way to a page.Person.
func (room *Room) SignedIn(h page.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := room.cookies.sessionID(r)
		s, ok := room.sessions.find(id)
		if !ok {
			room.away(w, r)
			return
		}
		if r.Method == http.MethodPost && !room.genuine(w, r, s) {
			return
		}
		who, err := room.person(r, s)
		switch {
		case err == nil:
			h(w, r, who)
		case errors.Is(err, access.ErrIncompleteIdentity):
			http.Redirect(w, r, room.cfg.Base+"/role", http.StatusSeeOther)
		case errors.Is(err, access.ErrVerifierUnavailable), errors.Is(err, errIssuerAway):
			room.log(r, "token cannot be verified or renewed now", err)
			w.Header().Set("Retry-After", "10")
			room.render(w, r, nil, http.StatusServiceUnavailable, "fault", "issuer-away")
		default:
			room.sessions.close(id, endedNotAccepted)
			http.SetCookie(w, room.cookies.endSession())
			room.away(w, r)
		}
	})
}

// Within runs a page for those who may enter a room.
func (room *Room) Within(may func(page.Areas) bool, h page.Handler) http.Handler {
	return room.SignedIn(func(w http.ResponseWriter, r *http.Request, who *page.Person) {
		if !may(who.Areas) {
			room.render(w, r, who, http.StatusForbidden, "fault", "area")
			return
		}
		h(w, r, who)
	})
}

// person gives who is signed in, by a token that is good at this moment.
func (room *Room) person(r *http.Request, s *session) (*page.Person, error) {
	held, _, ok := s.token()
	if !ok {
		return nil, access.ErrUnauthenticated
	}
	subject, err := room.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	ending := err == nil && subject.Expires.Sub(room.cfg.Clock()) < renewBefore || token.Code(err) == "expired" // and not one that was revoked
	if held.refresh != "" && ending {
		renewed, failed := room.renewed(r, s, held)
		switch {
		case failed == nil:
			subject, err = renewed, nil
		case err == nil && errors.Is(failed, errIssuerAway): // the token that there is still holds
		default:
			return nil, failed
		}
	}
	if err != nil {
		return nil, err
	}
	held, _, ok = s.token()
	if !ok {
		return nil, access.ErrUnauthenticated
	}
	who := &page.Person{
		Subject: subject, Roles: len(held.roles), Bearer: held.bearer, From: vouch.PersonOf(r), CSRF: s.csrf,
		Idle: room.sessions.left(s), Kept: s.kept,
	}
	room.cfg.Complete(r, who)
	return who, nil
}

// renewBefore is how long before its end a token is replaced: long enough for the
// slowest collection.
const renewBefore = 90 * time.Second

// renewed replaces the token of a session, once for all requests that wait for it.
func (room *Room) renewed(r *http.Request, s *session, seen grant) (access.Subject, error) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	held, before, ok := s.token()
	if !ok {
		return access.Subject{}, access.ErrUnauthenticated
	}
	if held.bearer == seen.bearer {
		// Not the request's context: a browser that goes away in the middle must not
		// cost the session its new refresh token, since the old one is spent.
		fresh, err := room.provider.renew(context.WithoutCancel(r.Context()), held, "")
		if err != nil {
			return access.Subject{}, err
		}
		held = fresh
		s.hold(held, before)
	}
	subject, err := room.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	if err != nil {
		return access.Subject{}, err
	}
	// A session is one person in one role; anything else is another signing in.
	if before.UserID != "" && (subject.UserID != before.UserID || subject.Role != before.Role || subject.Organisation != before.Organisation) {
		return access.Subject{}, errRefused
	}
	s.hold(held, subject)
	return subject, nil
}
