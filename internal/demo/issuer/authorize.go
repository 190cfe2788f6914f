package issuer

import (
	_ "embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const codeLife = time.Minute

var (
	//go:embed page.html
	pageText string
	//go:embed authorize.html
	chooserText string

	page    = template.Must(template.New("page").Parse(pageText))
	chooser = template.Must(template.Must(page.Clone()).Parse(chooserText))
)

// grant is what an authorization code stands for until it is redeemed.
type grant struct {
	member                             Member
	role                               string // "" when the member still has to choose one
	client, redirect, challenge, nonce string
	at                                 time.Time
}

// request is an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
type request struct{ client, redirect, challenge, nonce, state, role string }

// The client is told of its mistakes at its redirect address, but for these
// two: an address that cannot be trusted must not be sent anything.
var (
	errClient   = errors.New("unknown client_id")
	errRedirect = errors.New("redirect_uri: give an http address on this machine (127.0.0.1, [::1] or localhost)")
)

func (s *Server) parse(form url.Values) (request, string, error) {
	q := request{
		client: form.Get("client_id"), redirect: form.Get("redirect_uri"), challenge: form.Get("code_challenge"),
		nonce: form.Get("nonce"), state: form.Get("state"), role: form.Get("selected_roleid"),
	}
	if !slices.Contains(s.clients, q.client) {
		return q, "", errClient
	}
	if !loopback(q.redirect) {
		return q, "", errRedirect
	}
	switch {
	case form.Get("response_type") != "code":
		return q, "unsupported_response_type", nil
	case !slices.Contains(strings.Fields(form.Get("scope")), "openid"):
		return q, "invalid_scope", nil
	case form.Get("code_challenge_method") != "S256" || len(q.challenge) != 43:
		return q, "invalid_request", nil
	}
	return q, "", nil
}

// authorize shows the cast to choose from.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q, fault, err := s.parse(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if fault != "" {
		s.back(w, r, q, url.Values{"error": {fault}})
		return
	}
	query := r.URL.Query()
	query.Del("cast") // it is what the buttons say
	s.show(w, chooser, map[string]any{"Cast": s.cast, "Query": query})
}

// show writes a page that runs nothing and keeps nothing.
func (s *Server) show(w http.ResponseWriter, page *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	_ = page.Execute(w, data) // the client may have gone
}

// choose gives the client a code for the member who was chosen.
func (s *Server) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	q, fault, err := s.parse(r.PostForm)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m, ok := Find(s.cast, r.PostForm.Get("cast"))
	role, theirs := m.chosen(q.role)
	if fault == "" && (!ok || !theirs) {
		fault = "access_denied"
	}
	if fault != "" {
		s.back(w, r, q, url.Values{"error": {fault}})
		return
	}
	code := random()
	s.mu.Lock()
	for old, g := range s.grants {
		if !s.clock().Before(g.at.Add(codeLife)) {
			delete(s.grants, old)
		}
	}
	s.grants[code] = grant{m, role, q.client, q.redirect, q.challenge, q.nonce, s.clock()}
	s.mu.Unlock()
	s.back(w, r, q, url.Values{"code": {code}})
}

// back returns to the client with its state, and with the issuer's name so that
// it cannot be mixed up with another (RFC 9207).
func (s *Server) back(w http.ResponseWriter, r *http.Request, q request, values url.Values) {
	values.Set("iss", s.url)
	if q.state != "" {
		values.Set("state", q.state)
	}
	u, _ := url.Parse(q.redirect) // was parsed by loopback
	both := u.Query()
	for name := range values {
		both.Set(name, values.Get(name))
	}
	u.RawQuery = both.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// loopback says whether an address is on this machine.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
