package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token/tokentest"
)

// logout sends a logout token as an issuer does, and gives what was answered.
func (s *site) logout(form string) (status int, cached, text string) {
	s.t.Helper()
	answer, err := http.Post("http://"+s.listen+"/logout", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Cache-Control"), string(all)
}

// A whole process: an issuer that makes tokens that are no JWTs, says who somebody is in
// signed UserInfo alone, ends a session, and goes away.
func TestAnIssuerIsAskedAndEndsSessions(t *testing.T) {
	s := newSite(t, http.NotFoundHandler(), "")
	var away atomic.Bool
	var claims atomic.Value
	key := tokentest.NewKey("ES256", "key-1")
	s.issuer.Publish(key)
	claims.Store(s.issuer.Claims(time.Now(), nil))
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := claims.Load().(map[string]any)
		switch {
		case away.Load():
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/introspect":
			if id, secret, _ := r.BasicAuth(); id != "mcr" || secret != "hunter2" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(tokentest.Changed(c, map[string]any{"active": true, "token_type": "Bearer", "nhsid_nrbac_roles": nil, "uid": nil}))
		default:
			claims, _ := json.Marshal(tokentest.Changed(c, map[string]any{"aud": "portal"}))
			w.Header().Set("Content-Type", "application/jwt")
			_, _ = io.WriteString(w, key.Raw(`{"alg":"ES256","kid":"key-1"}`, string(claims)))
		}
	}))
	defer provider.Close()
	t.Setenv("MCR_TEST_SECRET", "hunter2")
	s.change("algorithms ES256\n", fmt.Sprintf("algorithms ES256\n clients portal\n introspection %[1]s/introspect {\n client_id mcr\n client_secret {env.MCR_TEST_SECRET}\n keep 1s\n }\n userinfo %[1]s/me\n", provider.URL))
	s.change("\thandle /fhir*", "\thandle /logout {\n\t\tbroker_logout\n\t}\n\thandle /fhir*")
	s.start()
	const bearer = "an-opaque-token-of-somebody-at-work"
	asked := func(bearer string) (int, string) {
		t.Helper()
		status, record, _, err := s.ask(http.MethodGet, "/fhir/Patient/p1", bearer, "")
		if err != nil {
			t.Fatal(err)
		}
		return status, record
	}
	if status, _ := asked(bearer); status == 401 || status == 503 {
		t.Fatalf("an opaque token: %d", status)
	}
	now := time.Now().Unix()
	logoutToken := key.Raw(`{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`, fmt.Sprintf(
		`{"iss":%q,"aud":"portal","iat":%d,"exp":%d,"jti":"l1","sub":"555036632103","sid":"session-1","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`,
		s.issuer.Name, now, now+120))
	for form, want := range map[string]int{
		"":               400,
		"logout_token=x": 400,
		"logout_token=" + logoutToken + "&logout_token=" + logoutToken: 400,
	} {
		if status, cached, text := s.logout(form); status != want || cached != "no-store" || !strings.Contains(text, "invalid_request") || strings.Contains(text, "session") {
			t.Errorf("%.20s: %d %s %s", form, status, cached, text)
		}
	}
	if status, _ := asked(bearer); status == 401 {
		t.Errorf("nothing was ended yet")
	}
	if status, cached, text := s.logout(url.Values{"logout_token": {logoutToken}, "other": {"ignored"}}.Encode()); status != 200 || cached != "no-store" || text != "" {
		t.Errorf("%d %s %s", status, cached, text)
	}
	if status, _ := asked(bearer); status != 401 {
		t.Errorf("after the logout: %d", status)
	}
	if status, _, _ := s.logout("logout_token=" + logoutToken); status != 400 {
		t.Errorf("the same logout again: %d", status)
	}
	// Junk leaves so many records, keeps nobody's logout out, and is told in one record.
	for range 60 {
		s.logout("logout_token=x")
	}
	if status, _, _ := s.logout("logout_token=x"); status != 429 {
		t.Errorf("junk after junk: %d", status)
	}
	other := key.Raw(`{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`, fmt.Sprintf(
		`{"iss":%q,"aud":"portal","iat":%d,"exp":%d,"jti":"l2","sid":"session-of-another","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`,
		s.issuer.Name, now, now+120))
	if status, _, text := s.logout("logout_token=" + other); status != 200 {
		t.Errorf("a logout amid junk: %d %s", status, text)
	}
	answer, err := http.Get("http://" + s.listen + "/logout")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 405 || answer.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d", answer.StatusCode)
	}
	s.kill()
	s.start()
	if status, _ := asked(bearer); status != 401 {
		t.Errorf("after the logout and a crash: %d", status)
	}
	// The issuer goes away: that is said, and is not the token's fault.
	away.Store(true)
	claims.Store(s.issuer.Claims(time.Now(), map[string]any{"sid": "session-2"}))
	status, record := asked("an-opaque-token-of-somebody-else")
	if status != 503 {
		t.Errorf("the issuer is away: %d", status)
	}
	ready, err := http.Get("http://" + s.listen + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Body.Close()
	words, _ := io.ReadAll(ready.Body)
	if ready.StatusCode != 200 || !strings.Contains(string(words), `"token-introspection":"an issuer does not answer`) || strings.Contains(string(words), provider.URL) {
		t.Errorf("/readyz: %d %s", ready.StatusCode, words)
	}
	if told := s.told("/broker"); !strings.Contains(told, provider.URL) || !strings.Contains(told, "status 502") || strings.Contains(told, "hunter2") {
		t.Errorf("the admin address says: %s", told)
	}
	away.Store(false)
	s.stop()
	out, err := s.run("audit", "show", "--trail", "data/trail.db", "--keys", "data/keys", record)
	if err != nil || !strings.Contains(out, "token-service-unavailable, introspection-unavailable") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = s.run("audit", "tail", "--trail", "data/trail.db", "--keys", "data/keys", "--limit", "100")
	if err != nil || strings.Count(out, "end-session") > 40 || strings.Count(out, "session-ended") != 2 {
		t.Errorf("%v: %s", err, out)
	}
	if text := s.said.String(); strings.Contains(text, "an-opaque-token") || strings.Contains(text, "hunter2") || strings.Contains(text, logoutToken) {
		t.Errorf("the log tells too much: %s", text)
	}
}
