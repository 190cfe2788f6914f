//go:build servers

package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// revoke has a token revoked, and gives what was answered.
func (s *site) revoke(form url.Values) (status int, text string) {
	s.t.Helper()
	answer, err := http.PostForm("http://"+s.listen+"/revoke", form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil || answer.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatal(err, answer.Header)
	}
	return answer.StatusCode, string(all)
}

// Two whole processes that share a registry: what ends at one is over at the other, and stays so
// when that is started again without the database. While the database is away nothing is
// acknowledged that the other does not know.
func TestServersWhatEndsAtOneProcessEndsAtAllThatShareARegistry(t *testing.T) {
	server := postgres.Start(t)
	_, owner, address := sharedDatabase(t, server)
	key := tokentest.NewKey("ES256", "key-1")
	var sites []*site
	for range 2 {
		s := newSite(t, answering("x"), "registry "+address)
		s.change("algorithms ES256\n", "algorithms ES256\n clients portal\n")
		s.change("\thandle /fhir*", "\thandle /logout {\n\t\tbroker_logout\n\t}\n\thandle /revoke {\n\t\tbroker_revoke\n\t}\n\thandle /fhir*")
		s.issuer.Publish(key)
		sites = append(sites, s)
	}
	here, there := sites[0], sites[1]
	if out, err := here.run("registry", "migrate", "--registry", owner, "--grant", "mcr"); err != nil {
		t.Fatal(out)
	}
	for _, s := range sites {
		s.start()
	}
	ids := 0
	bearer := func(session string) string {
		ids++
		return here.issuer.Sign(here.issuer.Claims(time.Now(), map[string]any{"sid": session, "jti": fmt.Sprint("t", ids)}))
	}
	says := func(s *site, what string, over bool, bearer string) {
		t.Helper()
		s.until(what, func(standing) bool {
			status, _, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", bearer, "")
			if err != nil {
				t.Fatal(err)
			}
			return (status == http.StatusUnauthorized) == over
		})
	}
	logout := func(s *site, session string) int {
		t.Helper()
		ids++
		now := time.Now().Unix()
		status, _, _ := s.logout("logout_token=" + key.Raw(`{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`, fmt.Sprintf(
			`{"iss":%q,"aud":"portal","iat":%d,"exp":%d,"jti":"l%d","sid":%q,"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`,
			here.issuer.Name, now, now+120, ids, session)))
		return status
	}
	one, two, three, mine := bearer("s1"), bearer("s2"), bearer("s3"), bearer("s4")
	for _, b := range []string{one, two, three, mine} {
		says(here, "before anything ended", false, b)
		says(there, "before anything ended", false, b)
	}
	if status := logout(here, "s1"); status != 200 {
		t.Errorf("logout: %d", status)
	}
	says(there, "a session that ended at the other broker", true, one)
	// RFC 7009 §2.1's example, of a token that means nothing here, and one that does.
	for token, want := range map[string]int{"45ghiukldjahdnhzdauz": 200, mine: 200, "": 200} {
		if status, text := there.revoke(url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}); status != want || text != "" {
			t.Errorf("revoking %.20q: %d %s", token, status, text)
		}
	}
	if status, text := there.revoke(url.Values{"token": {"a", "b"}}); status != 400 || !strings.Contains(text, `"invalid_request"`) {
		t.Errorf("two tokens: %d %s", status, text)
	}
	says(here, "a token that was revoked at the other broker", true, mine)
	says(here, "another session", false, two)

	server.Kill(t)
	if status := logout(here, "s2"); status != 503 {
		t.Errorf("logout without a database: %d", status)
	}
	if status, text := here.revoke(url.Values{"token": {three}}); status != 503 || !strings.Contains(text, "temporarily_unavailable") {
		t.Errorf("revoking without a database: %d %s", status, text)
	}
	says(here, "a session that ended here", true, two)
	says(here, "a token that was revoked here", true, three)
	if status, text := here.ready(); status != http.StatusServiceUnavailable || !strings.Contains(text, "ended-sessions") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	there.kill()
	there.startUntil(http.StatusServiceUnavailable)
	says(there, "what had ended before a start without the database", true, one)
	says(there, "what had been revoked before a start without the database", true, mine)
	server.Start(t)
	says(there, "what ended while the database was away", true, two)
	says(there, "what was revoked while the database was away", true, three)
	here.until("told", func(standing) bool {
		_, text := here.ready()
		return !strings.Contains(text, "ended-sessions")
	})
	here.stop()
	out, err := here.run("audit", "tail", "--trail", "data/trail.db", "--keys", "data/keys", "--limit", "1000")
	if err != nil || strings.Count(out, "end-session") != 2 || strings.Count(out, "revoke-token") != 1 {
		t.Errorf("%v: %s", err, out)
	}
}
