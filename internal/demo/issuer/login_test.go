package issuer_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const form = "application/x-www-form-urlencoded"

// signIn goes through the whole flow as a member and gives the tokens.
func (r *running) signIn(t *testing.T, member string, further ...string) map[string]any {
	t.Helper()
	request := authorization()
	request.Set("cast", member)
	for i := 0; i+1 < len(further); i += 2 {
		request.Set(further[i], further[i+1])
	}
	resp, answer := r.post(t, "/token", form, redeem(r.code(t, request).Get("code")).Encode())
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", resp.StatusCode, answer)
	}
	return answer
}

func renewal(answer map[string]any, further ...string) url.Values {
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprint(answer["refresh_token"])}, "client_id": {"mcr-console"}}
	for i := 0; i+1 < len(further); i += 2 {
		v.Set(further[i], further[i+1])
	}
	return v
}

func (r *running) renew(t *testing.T, v url.Values) (map[string]any, bool) {
	t.Helper()
	resp, answer := r.post(t, "/token", form, v.Encode())
	if resp.StatusCode != http.StatusOK && (answer["error"] != "invalid_grant" || answer["access_token"] != nil) {
		t.Errorf("refused with %d %v, want invalid_grant", resp.StatusCode, answer)
	}
	return answer, resp.StatusCode == http.StatusOK
}

func TestTokensAreRenewedUntilTheShiftIsOver(t *testing.T) {
	r := start(t)
	answer := r.signIn(t, "own-gp")
	signedIn := r.now
	for range 71 { // every ten minutes
		r.now = r.now.Add(10 * time.Minute)
		renewed, ok := r.renew(t, renewal(answer))
		if !ok || renewed["refresh_token"] == answer["refresh_token"] {
			t.Fatalf("after %s: %v", r.now.Sub(signedIn), renewed)
		}
		answer = renewed
	}
	access, id := r.claims(t, answer["access_token"].(string)), r.claims(t, answer["id_token"].(string))
	if access["iat"] != float64(r.now.Unix()) || id["auth_time"] != float64(signedIn.Unix()) || id["nonce"] != nil || id["sub"] != access["sub"] {
		t.Errorf("the renewed tokens are %v and %v", access, id)
	}
	r.now = r.now.Add(10 * time.Minute)
	if _, ok := r.renew(t, renewal(answer)); ok {
		t.Error("renewed twelve hours after signing in")
	}
}

func TestARefreshTokenIsForItsClientOnce(t *testing.T) {
	r := start(t)
	answer := r.signIn(t, "own-gp")
	for name, v := range map[string]url.Values{
		"another client": renewal(answer, "client_id", "other"),
		"no client":      renewal(answer, "client_id", ""),
		"a made-up one":  renewal(answer, "refresh_token", strings.Repeat("0", 32)),
		"none":           renewal(answer, "refresh_token", ""),
		"another's role": renewal(answer, "selected_roleid", "955008000100"),
	} {
		if _, ok := r.renew(t, v); ok {
			t.Errorf("%s: renewed", name)
		}
	}
	next, ok := r.renew(t, renewal(answer))
	if !ok {
		t.Fatal("the attempts of others have spent the token")
	}
	if _, ok := r.renew(t, renewal(answer)); ok {
		t.Error("a refresh token was taken twice")
	}
	if _, ok := r.renew(t, renewal(next)); ok {
		t.Error("the thief's login goes on after the token was used twice")
	}
}

func TestSomebodyWithTwoRolesChoosesOne(t *testing.T) {
	r := start(t)
	first := r.signIn(t, "two-roles")
	for _, kind := range []string{"access_token", "id_token"} {
		claims := r.claims(t, first[kind].(string))
		if claims["selected_roleid"] != nil || len(claims["nhsid_nrbac_roles"].([]any)) != 2 || len(claims["nhsid_user_orgs"].([]any)) != 2 {
			t.Errorf("the first %s chooses, or does not list both: %v", kind, claims)
		}
	}
	answer, ok := r.renew(t, renewal(first, "selected_roleid", "800200010101"))
	if !ok {
		t.Fatal("the role could not be chosen")
	}
	answer, _ = r.renew(t, renewal(answer)) // and it stays
	for _, kind := range []string{"access_token", "id_token"} {
		if claims := r.claims(t, answer[kind].(string)); claims["selected_roleid"] != "800200010101" || len(claims["nhsid_nrbac_roles"].([]any)) != 2 {
			t.Errorf("the %s is in role %v", kind, claims["selected_roleid"])
		}
	}
	asked := r.signIn(t, "two-roles", "selected_roleid", "955002000101")
	if claims := r.claims(t, asked["access_token"].(string)); claims["selected_roleid"] != "955002000101" {
		t.Errorf("asked for one role, signed in as %v", claims["selected_roleid"])
	}
	request := authorization()
	request.Set("cast", "own-gp")
	request.Set("selected_roleid", "955002000101")
	if back := r.code(t, request); back.Get("error") != "access_denied" {
		t.Errorf("another's role: back with %v", back)
	}
	_, program := r.post(t, "/token", "application/json", `{"cast":"two-roles"}`)
	if claims := r.claims(t, program["access_token"].(string)); claims["selected_roleid"] != "955002000101" {
		t.Errorf("a program is in role %v, want the first", claims["selected_roleid"])
	}
	_, program = r.post(t, "/token", "application/json", `{"cast":"two-roles","selected_roleid":"800200010101"}`)
	if claims := r.claims(t, program["access_token"].(string)); claims["selected_roleid"] != "800200010101" {
		t.Errorf("a program is in role %v, want the one it named", claims["selected_roleid"])
	}
}

func TestSigningOutEndsTheRenewal(t *testing.T) {
	r := start(t)
	answer := r.signIn(t, "own-gp")
	leave := func(v url.Values) *http.Response {
		t.Helper()
		resp, err := r.client.Get(r.URL + "/logout?" + v.Encode())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	hint := func(claims string) string { return "x." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x" }
	for name, to := range map[string]string{
		"elsewhere": "https://evil.example/", "a look-alike": "http://127.0.0.1.evil.example/", "a script": "javascript:alert(1)",
	} {
		resp := leave(url.Values{"id_token_hint": {answer["id_token"].(string)}, "post_logout_redirect_uri": {to}})
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", name, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	for _, no := range []string{"", "x", "a.b.c", hint(`{}`), hint(`{"sid":"1"}`), hint(`[`)} {
		leave(url.Values{"id_token_hint": {no}})
	}
	answer, ok := r.renew(t, renewal(answer))
	if !ok {
		t.Fatal("somebody was signed out by a request that was not theirs")
	}
	resp := leave(url.Values{
		"id_token_hint": {answer["id_token"].(string)}, "state": {"s&t"}, "post_logout_redirect_uri": {"http://127.0.0.1:9/signed-out?from=demo"},
	})
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "http://127.0.0.1:9/signed-out?from=demo&state=s%26t" {
		t.Errorf("%d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	if _, ok := r.renew(t, renewal(answer)); ok {
		t.Error("renewed after signing out")
	}
	page, err := http.Get(r.URL + "/logout")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if text, _ := io.ReadAll(page.Body); !strings.Contains(string(text), "You are signed out") {
		t.Errorf("without an address to go back to: %s", text)
	}
}
