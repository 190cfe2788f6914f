package signin

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
)

// rolesPage is the page on which a role is chosen.
type rolesPage struct {
	Name  string
	Roles []role
	Wrong bool
	CSRF  string
}

// roles shows the roles that the person has.
func (room *Room) roles(w http.ResponseWriter, r *http.Request) {
	s, ok := room.sessions.find(room.cookies.sessionID(r))
	if !ok {
		room.away(w, r)
		return
	}
	room.rolesPage(w, r, s, http.StatusOK, false)
}

func (room *Room) rolesPage(w http.ResponseWriter, r *http.Request, s *session, status int, wrong bool) {
	held, _, _ := s.token()
	// Nobody of the rooms yet: the page carries the session's token by itself.
	room.render(w, r, nil, status, "role", rolesPage{held.name, held.roles, wrong, s.csrf})
}

// choose puts a role in use: the issuer gives a token for it, and a new session
// begins, so that nothing that was looked up in one role is there in another.
func (room *Room) choose(w http.ResponseWriter, r *http.Request) {
	id := room.cookies.sessionID(r)
	s, ok := room.sessions.find(id)
	if !ok {
		room.away(w, r)
		return
	}
	if !room.genuine(w, r, s) {
		return
	}
	held, before, _ := s.token()
	chosen := r.PostForm.Get("role")
	if chosen == "" || !slices.ContainsFunc(held.roles, func(x role) bool { return x.ID == chosen }) {
		room.rolesPage(w, r, s, http.StatusUnprocessableEntity, true)
		return
	}
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if held, _, ok = s.token(); !ok || held.refresh == "" {
		room.away(w, r)
		return
	}
	fresh, err := room.provider.renew(context.WithoutCancel(r.Context()), held, chosen)
	if errors.Is(err, errIssuerAway) {
		room.failed(w, r, "issuer-away", err)
		return
	}
	var subject access.Subject
	if err == nil {
		subject, err = room.cfg.Verifier.Verify(r.Context(), token.Bearer(fresh.bearer))
	}
	if err != nil || !slices.Contains(fresh.persons, subject.UserID) || before.UserID != "" && before.UserID != subject.UserID {
		room.sessions.close(id, endedNotAccepted)
		http.SetCookie(w, room.cookies.endSession())
		room.failed(w, r, "not-verified", err)
		return
	}
	room.sessions.close(id, endedRole)
	next := room.sessions.open(fresh, subject, room.cfg.Keep())
	http.SetCookie(w, room.cookies.session(next))
	http.Redirect(w, r, room.cfg.Base+"/", http.StatusSeeOther)
}
