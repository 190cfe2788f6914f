package issuer

import (
	"net/http"
	"net/url"
	"time"
)

// loginLife is how long somebody stays signed in, however often the tokens are
// renewed: a long shift.
const loginLife = 12 * time.Hour

// login is one member signed in at one client.
type login struct {
	id     string // "sid" of its ID tokens
	member Member
	role   string // role profile id in use; "" while none of several is chosen
	client string
	at     time.Time // when the member signed in
	renew  string    // the refresh token that is good now
}

// keep remembers a login under its refresh token, and forgets those that are over.
func (s *Server) keep(in login) login {
	in.renew = random()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, old := range s.logins {
		if !s.clock().Before(old.at.Add(loginLife)) {
			s.end(id)
		}
	}
	s.logins[in.id] = in
	s.renewals[in.renew] = in.id
	return in
}

// end forgets a login and every refresh token that it had. s.mu is held.
func (s *Server) end(id string) {
	delete(s.logins, id)
	for token, of := range s.renewals {
		if of == id {
			delete(s.renewals, token)
		}
	}
}

// renew gives new tokens for a refresh token (RFC 6749 §6), and a new refresh
// token in its place. One that was used before ends the login: one of the two
// who used it is a thief, and nobody can tell which (RFC 9700 §4.14.2). With
// selected_roleid, the member goes on in that role.
func (s *Server) renew(w http.ResponseWriter, form url.Values) {
	in, why := s.rotateLogin(form.Get("refresh_token"), form.Get("client_id"), form.Get("selected_roleid"))
	if why != "" {
		fail(w, http.StatusBadRequest, "invalid_grant", why)
		return
	}
	s.give(w, in, "")
}

func (s *Server) rotateLogin(token, client, role string) (login, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.logins[s.renewals[token]]
	switch {
	case !ok || in.client != client || !s.clock().Before(in.at.Add(loginLife)):
		return login{}, "the refresh token is unknown, over, or not for this client"
	case in.renew != token:
		s.end(in.id)
		return login{}, "the refresh token was used before: sign in again"
	}
	if role != "" {
		if in.role, ok = in.member.chosen(role); !ok {
			return login{}, "selected_roleid: this is none of the member's roles"
		}
	}
	in.renew = random()
	s.logins[in.id], s.renewals[in.renew] = in, in.id
	return in, ""
}

// give answers the tokens of a login.
func (s *Server) give(w http.ResponseWriter, in login, nonce string) {
	access, err := s.accessToken(in.member, in.role, in.client, in.id)
	if err != nil {
		fail(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	id, err := s.idToken(in, nonce, access)
	if err != nil {
		fail(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": access, "id_token": id, "refresh_token": in.renew, "token_type": "Bearer",
		"expires_in": int(s.lifetime.Seconds()), "scope": "openid profile nationalrbacaccess",
	})
}
