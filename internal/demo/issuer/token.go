package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
)

const maxBody = 16 << 10

// token is the token endpoint: JSON {"cast":"id"} for programs, with
// "selected_roleid" for another role than the first; or a form with an
// authorization code (RFC 6749 §4.1.3) or a refresh token (§6).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/x-www-form-urlencoded" && r.ParseForm() == nil && r.PostForm.Has("grant_type") {
		switch r.PostForm.Get("grant_type") {
		case "authorization_code":
			s.redeem(w, r.PostForm)
		case "refresh_token":
			s.renew(w, r.PostForm)
		default:
			fail(w, http.StatusBadRequest, "unsupported_grant_type", "authorization_code and refresh_token are offered")
		}
		return
	}
	var asked struct {
		Cast string `json:"cast"`
		Role string `json:"selected_roleid"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if media == "application/x-www-form-urlencoded" { // what `curl -d '{"cast":...}'` says of its JSON
		decoder = nil
		for name := range r.PostForm {
			_ = json.Unmarshal([]byte(name), &asked)
		}
	}
	if decoder != nil && decoder.Decode(&asked) != nil {
		fail(w, http.StatusBadRequest, "invalid_request", `give {"cast":"own-gp"} as JSON`)
		return
	}
	m, ok := Find(s.cast, asked.Cast)
	if !ok {
		fail(w, http.StatusBadRequest, "invalid_request", `give the id of a member of the cast: {"cast":"own-gp"}`)
		return
	}
	if asked.Role == "" {
		asked.Role = m.RoleID // a program has nobody who could choose
	}
	role, ok := m.chosen(asked.Role)
	if !ok {
		fail(w, http.StatusBadRequest, "invalid_request", "selected_roleid: this is none of the member's roles")
		return
	}
	access, err := s.accessToken(m, role, "mcr-demo", "")
	if err != nil {
		fail(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(s.lifetime.Seconds()),
	})
}

// redeem gives the tokens for an authorization code: once, to the client that
// asked, at the address that it named, to whoever knows the verifier.
func (s *Server) redeem(w http.ResponseWriter, form url.Values) {
	g, ok := s.take(form.Get("code"))
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	proof := subtle.ConstantTimeCompare([]byte(b64.EncodeToString(challenge[:])), []byte(g.challenge)) == 1
	if !ok || !proof || g.client != form.Get("client_id") || g.redirect != form.Get("redirect_uri") {
		fail(w, http.StatusBadRequest, "invalid_grant", "the code is spent, expired, or not for this client, address and verifier")
		return
	}
	s.give(w, s.keep(login{id: random(), member: g.member, role: g.role, client: g.client, at: g.at}), g.nonce)
}

// take spends an authorization code.
func (s *Server) take(code string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[code]
	delete(s.grants, code)
	return g, ok && s.clock().Before(g.at.Add(codeLife))
}
