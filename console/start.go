package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/token"
)

// start is the first page: what this is and how to sign in, or what there is to do.
func (c *Console) start(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.sessions.peek(c.cookies.sessionID(r)); !ok {
		c.render(w, r, nil, http.StatusOK, "sign-in", signInPage{})
		return
	}
	c.signedIn(func(w http.ResponseWriter, r *http.Request, who *page.Person) {
		s, ok := c.sessions.find(c.cookies.sessionID(r))
		if !ok {
			c.away(w, r)
			return
		}
		held, _, _ := s.token()
		c.render(w, r, who, http.StatusOK, "start", startPage{Who: who, Roles: len(held.roles)})
	}).ServeHTTP(w, r)
}

type startPage struct {
	Who   *page.Person
	Roles int
}

// rolesPage is the page on which a role is chosen.
type rolesPage struct {
	Name  string
	Roles []role
	Wrong bool
	CSRF  string
}

// roles shows the roles that the person has.
func (c *Console) roles(w http.ResponseWriter, r *http.Request) {
	s, ok := c.sessions.find(c.cookies.sessionID(r))
	if !ok {
		c.away(w, r)
		return
	}
	c.rolesPage(w, r, s, http.StatusOK, false)
}

func (c *Console) rolesPage(w http.ResponseWriter, r *http.Request, s *session, status int, wrong bool) {
	held, _, _ := s.token()
	// Nobody of the rooms yet: the page carries the session's token by itself.
	c.render(w, r, nil, status, "role", rolesPage{held.name, held.roles, wrong, s.csrf})
}

// choose puts a role in use: the issuer gives a token for it, and a new session
// begins, so that nothing that was looked up in one role is there in another.
func (c *Console) choose(w http.ResponseWriter, r *http.Request) {
	id := c.cookies.sessionID(r)
	s, ok := c.sessions.find(id)
	if !ok {
		c.away(w, r)
		return
	}
	if !c.genuine(w, r, s) {
		return
	}
	held, before, _ := s.token()
	chosen := r.PostForm.Get("role")
	if chosen == "" || !slices.ContainsFunc(held.roles, func(x role) bool { return x.ID == chosen }) {
		c.rolesPage(w, r, s, http.StatusUnprocessableEntity, true)
		return
	}
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if held, _, ok = s.token(); !ok || held.refresh == "" {
		c.away(w, r)
		return
	}
	fresh, err := c.provider.renew(context.WithoutCancel(r.Context()), held, chosen)
	if errors.Is(err, errIssuerAway) {
		c.failed(w, r, "issuer-away", err)
		return
	}
	var subject access.Subject
	if err == nil {
		subject, err = c.cfg.Verifier.Verify(r.Context(), token.Bearer(fresh.bearer))
	}
	if err != nil || !slices.Contains(fresh.persons, subject.UserID) || before.UserID != "" && before.UserID != subject.UserID {
		c.sessions.close(id, endedNotAccepted)
		http.SetCookie(w, c.cookies.endSession())
		c.failed(w, r, "not-verified", err)
		return
	}
	c.sessions.close(id, endedRole)
	next, _ := c.sessions.open(fresh, subject)
	http.SetCookie(w, c.cookies.session(next))
	http.Redirect(w, r, c.cfg.Path+"/", http.StatusSeeOther)
}

// left tells the page's script how many seconds the session has. It is no use of
// the session: a page that lies open must not keep it alive.
func (c *Console) left(w http.ResponseWriter, r *http.Request) {
	seconds := 0
	if s, ok := c.sessions.peek(c.cookies.sessionID(r)); ok {
		// Rounded up: a script that leaves a fraction of a second early would say "signed
		// out" while the session can still be used.
		seconds = int((c.sessions.left(s) + time.Second - 1) / time.Second)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"left": seconds}) // the browser may have gone
}

// stay is "I am still here".
func (c *Console) stay(w http.ResponseWriter, _ *http.Request, _ *page.Person) {
	w.WriteHeader(http.StatusNoContent)
}
