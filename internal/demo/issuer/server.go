package issuer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Audience is whom the access tokens are for.
const Audience = "https://mycarerecord.example"

// Options describe an issuer.
type Options struct {
	// URL is the issuer's own address, without a path, such as
	// "http://127.0.0.1:4711"; it is the "iss" of every token. Required.
	URL string
	// Cast is who may log in. Required.
	Cast []Member
	// Audience is the "aud" of access tokens. Default Audience.
	Audience string
	// Clients are the applications that may use the authorization code flow, by
	// client id. All of them are public clients on this machine. Default
	// "mcr-console".
	Clients []string
	// Lifetime is how long a token lives. Default ten minutes.
	Lifetime time.Duration
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
}

// Server is the issuer, an http.Handler.
type Server struct {
	http.ServeMux
	url, audience string
	cast          []Member
	clients       []string
	lifetime      time.Duration
	clock         func() time.Time
	keys          *keyring

	mu       sync.Mutex
	grants   map[string]grant  // by authorization code
	logins   map[string]login  // by id
	renewals map[string]string // login ids by refresh token, spent ones too
}

// New makes an issuer with a fresh key.
func New(opt Options) (*Server, error) {
	u, err := url.Parse(opt.URL)
	if err != nil || u.Host == "" || u.Path != "" {
		return nil, fmt.Errorf("making the issuer: URL: give scheme and host only")
	}
	s := &Server{
		url: opt.URL, audience: opt.Audience, cast: opt.Cast, clients: opt.Clients,
		lifetime: opt.Lifetime, clock: opt.Clock,
		grants: map[string]grant{}, logins: map[string]login{}, renewals: map[string]string{},
	}
	if s.audience == "" {
		s.audience = Audience
	}
	if len(s.clients) == 0 {
		s.clients = []string{"mcr-console"}
	}
	if s.lifetime <= 0 {
		s.lifetime = 10 * time.Minute
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.keys = &keyring{keep: s.lifetime + 5*time.Minute, clock: s.clock}
	if _, err := s.keys.rotate(); err != nil {
		return nil, err
	}
	s.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	s.HandleFunc("GET /jwks", s.jwks)
	s.HandleFunc("POST /rotate", s.rotate)
	s.HandleFunc("POST /sign", s.sign)
	s.HandleFunc("POST /token", s.token)
	s.HandleFunc("POST /cast/{id}/token", s.castToken)
	s.HandleFunc("GET /authorize", s.authorize)
	s.HandleFunc("POST /authorize", s.choose)
	s.HandleFunc("GET /logout", s.logout)
	s.HandleFunc("POST /logout", s.logout)
	return s, nil
}

// TokenEndpoint is the address of the token endpoint.
func (s *Server) TokenEndpoint() string { return s.url + "/token" }

// JWKSURL is the address of the key set.
func (s *Server) JWKSURL() string { return s.url + "/jwks" }

// SignURL is where tests have a token signed that this issuer would never give.
func (s *Server) SignURL() string { return s.url + "/sign" }

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": s.url, "authorization_endpoint": s.url + "/authorize", "token_endpoint": s.TokenEndpoint(), "jwks_uri": s.JWKSURL(),
		"end_session_endpoint":     s.url + "/logout",
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported": []string{"authorization_code", "refresh_token"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"none"}, "acr_values_supported": []string{"AAL3"},
		"scopes_supported": []string{"openid", "profile", "nationalrbacaccess"},
		"claims_supported": []string{"sub", "uid", "name", "nonce", "acr", "selected_roleid", "nhsid_nrbac_roles", "nhsid_user_orgs"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(s.keys.jwks())
}

// rotate brings in a new signing key, as an operator of a real issuer would.
func (s *Server) rotate(w http.ResponseWriter, _ *http.Request) {
	id, err := s.keys.rotate()
	if err != nil {
		fail(w, http.StatusInternalServerError, "server_error", "no new key could be made")
		return
	}
	answer(w, http.StatusOK, map[string]any{"kid": id})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// fail answers an error of RFC 6749 §5.2.
func fail(w http.ResponseWriter, status int, code, why string) {
	answer(w, status, map[string]any{"error": code, "error_description": why})
}
