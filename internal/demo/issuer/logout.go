package issuer

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

var signedOut = template.Must(template.Must(page.Clone()).Parse(
	`{{define "title"}}You are signed out{{end}}{{define "content"}}<h1>You are signed out</h1>
<p>You can close this page.</p>{{end}}`))

// logout ends a login (OpenID Connect RP-Initiated Logout 1.0 §2) and leads back
// to the client, when it gives an address on this machine. The issuer keeps no
// session in the browser, so there is nobody to ask whether it is meant.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	to := r.Form.Get("post_logout_redirect_uri")
	if to != "" && !loopback(to) {
		http.Error(w, "post_logout_redirect_uri: give an http address on this machine (127.0.0.1, [::1] or localhost)", http.StatusBadRequest)
		return
	}
	if id := session(r.Form.Get("id_token_hint")); id != "" {
		s.mu.Lock()
		s.end(id)
		s.mu.Unlock()
	}
	if to == "" {
		s.show(w, signedOut, nil)
		return
	}
	u, _ := url.Parse(to) // was parsed by loopback
	if state := r.Form.Get("state"); state != "" {
		query := u.Query()
		query.Set("state", state)
		u.RawQuery = query.Encode()
	}
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// session gives the login that an ID token is of. Neither its signature nor its
// end matters: the "sid" is a number that the client alone was told, and a hint
// may be out of date (RP-Initiated Logout §4).
func session(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := b64.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Session string `json:"sid"`
	}
	_ = json.Unmarshal(text, &claims) // what is no token names no login
	return claims.Session
}
