package tokentest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Audience is the audience of the tokens made here.
const Audience = "https://broker.example"

// Issuer publishes a key set on loopback, and can change it, break it or go away.
type Issuer struct {
	Name   string // iss
	URL    string // of the key set
	server *httptest.Server
	mu     sync.Mutex
	keys   []*Key
	answer http.HandlerFunc
	asked  atomic.Int64
}

// NewIssuer starts an issuer like Start; the test's end stops it.
func NewIssuer(t testing.TB, name string, keys ...*Key) *Issuer {
	t.Helper()
	iss := Start(name, keys...)
	t.Cleanup(iss.Close)
	return iss
}

// Start starts an issuer with keys, or with one ES256 key "key-1". Close it.
func Start(name string, keys ...*Key) *Issuer {
	if len(keys) == 0 {
		keys = []*Key{NewKey("ES256", "key-1")}
	}
	iss := &Issuer{Name: name, keys: keys}
	iss.server = httptest.NewServer(http.HandlerFunc(iss.serve))
	iss.URL = iss.server.URL + "/jwks.json"
	return iss
}

// Close stops the server of the key set.
func (i *Issuer) Close() { i.server.Close() }

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.asked.Add(1)
	i.mu.Lock()
	answer, keys := i.answer, i.keys
	i.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(JWKS(keys...))
}

// Publish replaces the key set; tokens are signed with the first key from now on.
func (i *Issuer) Publish(keys ...*Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// Answer replaces what the address of the key set answers; nil restores it.
func (i *Issuer) Answer(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = h
}

// Down makes the address of the key set answer 503.
func (i *Issuer) Down() {
	i.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
}

// Asked counts the requests for the key set so far.
func (i *Issuer) Asked() int { return int(i.asked.Load()) }

// Sign signs claims with the issuer's first key.
func (i *Issuer) Sign(claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[0].Token(claims)
}

// Claims gives the claims of a professional in the form of NHS CIS2 (presets
// "cis2"), valid for an hour from now: a general practitioner at practice A20047,
// with a second role that was not selected. Changes are laid over them; nil
// removes a claim.
func (i *Issuer) Claims(now time.Time, changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.Name, "aud": Audience, "sub": "555036632103", "jti": "token-1", "sid": "session-1",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "client_id": "portal",
		"uid": "555036632103", "name": "LACEY Priya (Dr)", "authentication_assurance_level": "3", "acr": "AAL3_ANY",
		"selected_roleid": "555038001001",
		"nhsid_nrbac_roles": []any{
			map[string]any{"person_orgid": "555254239107", "person_roleid": "555038009999", "org_code": "RRK99", "role_name": "Admin", "role_code": "S8001:G8003:R8008"},
			map[string]any{"person_orgid": "555254239108", "person_roleid": "555038001001", "org_code": "A20047", "role_name": "General Medical Practitioner", "role_code": "S8000:G8000:R8000"},
		},
		"nhsid_user_orgs": []any{
			map[string]any{"org_name": "RIVERSIDE SURGERY", "org_code": "A20047"},
			map[string]any{"org_name": "ST MARY'S", "org_code": "RRK99"},
		},
	}
	return Changed(c, changes)
}

// Changed lays changes over claims; nil removes one.
func Changed(claims, changes map[string]any) map[string]any {
	out := maps.Clone(claims)
	for name, value := range changes {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}
