package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

const logoutHeader = `{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`

// events is the claim that makes a token a logout token.
var events = map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}

func newLogout(t testing.TB, changes ...func(*token.Config)) (*world, *tokentest.Key) {
	key := tokentest.NewKey("ES256", "key-1")
	w := newWorldOf(t, []*tokentest.Key{key}, append([]func(*token.Config){func(c *token.Config) { c.Issuers[0].Clients = []string{"portal", "console"} }}, changes...)...)
	return w, key
}

func logoutClaims(w *world, changes map[string]any) map[string]any {
	return with(map[string]any{
		"iss": w.issuer.Name, "aud": "portal", "iat": w.now().Unix(), "exp": w.now().Unix() + 120, "jti": "logout-1",
		"sub": "555036632103", "sid": "session-1", "events": events,
	}, changes)
}

func TestASessionThatItsIssuerEndsIsOverAtOnce(t *testing.T) {
	w, key := newLogout(t)
	path := listIn(t)
	heeding(t, w, path)
	logout := func(id string, changes map[string]any) {
		t.Helper()
		text := key.Raw(logoutHeader, marshal(t, logoutClaims(w, with(changes, map[string]any{"jti": id}))))
		e, err := w.Logout(t.Context(), text)
		if err != nil || e.Issuer != w.issuer.Name || e.ID != id {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	inSession := w.token(nil)
	another := w.token(map[string]any{"sid": "session-2"})
	nameless := w.token(map[string]any{"sid": nil})
	somebody := w.token(map[string]any{"sid": "session-9", "sub": "555000000001"})
	all := []string{inSession, another, nameless, somebody}
	expect := func(codes ...string) {
		t.Helper()
		for n, code := range codes {
			w.expect(t, code, all[n])
		}
	}
	expect("accepted", "accepted", "accepted", "accepted") // and held
	logout("1", map[string]any{"sub": nil})                // a session alone
	expect("revoked", "accepted", "accepted", "accepted")
	logout("2", map[string]any{"sid": "session-7"}) // a session of the person's that no token names
	expect("revoked", "accepted", "revoked", "accepted")
	w.advance(2 * time.Second)
	logout("3", map[string]any{"sid": nil}) // the person, everywhere
	expect("revoked", "revoked", "revoked", "accepted")
	w.advance(2 * time.Second)
	w.expect(t, "accepted", w.token(map[string]any{"sid": "session-3"})) // signed in again
	w.expect(t, "revoked", w.token(nil))                                 // in the session that ended

	// A new process goes by it too.
	again, _ := newLogout(t, func(c *token.Config) { c.Clock = w.now; c.Issuers[0].JWKSURL = w.issuer.URL })
	heeding(t, again, path)
	for _, bearer := range all[:3] {
		if got := again.code(t, bearer); got != "revoked" {
			t.Errorf("after a restart: %s", got)
		}
	}
	if got := again.code(t, somebody); got != "accepted" {
		t.Errorf("after a restart, somebody else: %s", got)
	}
}

func TestAttackALogoutToken(t *testing.T) {
	w, key := newLogout(t)
	list := heeding(t, w, listIn(t))
	good := logoutClaims(w, nil)
	for name, c := range map[string]struct {
		changes map[string]any
		code    string
	}{
		"of another issuer":       {map[string]any{"iss": "https://evil.example"}, "issuer-not-known"},
		"for another application": {map[string]any{"aud": "stranger"}, "audience-wrong"},
		"for the broker's tokens": {map[string]any{"aud": tokentest.Audience}, "audience-wrong"},
		"for nobody":              {map[string]any{"aud": nil}, "audience-wrong"},
		"without iat":             {map[string]any{"iat": nil}, "not-a-logout-token"},
		"from the future":         {map[string]any{"iat": noon.Unix() + 600, "exp": noon.Unix() + 700}, "not-yet-valid"},
		"without exp":             {map[string]any{"exp": nil}, "expiry-missing"},
		"expired":                 {map[string]any{"iat": noon.Unix() - 600, "exp": noon.Unix() - 60}, "expired"},
		"good for a day":          {map[string]any{"exp": noon.Unix() + 86400}, "lifetime-too-long"},
		"without jti":             {map[string]any{"jti": nil}, "not-a-logout-token"},
		"of nobody":               {map[string]any{"sub": nil, "sid": nil}, "not-a-logout-token"},
		"of an empty session":     {map[string]any{"sub": nil, "sid": ""}, "not-a-logout-token"},
		"of a number":             {map[string]any{"sid": 7}, "malformed"},
		"with a nonce":            {map[string]any{"nonce": "x"}, "not-a-logout-token"},
		"with an empty nonce":     {map[string]any{"nonce": jsonNull}, "not-a-logout-token"},
		"with a Nonce":            {map[string]any{"Nonce": "x"}, "malformed"},
		"without events":          {map[string]any{"events": nil}, "not-a-logout-token"},
		"of another event":        {map[string]any{"events": map[string]any{"http://schemas.openid.net/event/other": map[string]any{}}}, "not-a-logout-token"},
		"of the event as a text":  {map[string]any{"events": "http://schemas.openid.net/event/backchannel-logout"}, "not-a-logout-token"},
		"of events in a list":     {map[string]any{"events": []string{"http://schemas.openid.net/event/backchannel-logout"}}, "not-a-logout-token"},
		"of the event as true":    {map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": true}}, "not-a-logout-token"},
	} {
		_, err := w.Logout(t.Context(), key.Raw(logoutHeader, marshal(t, with(good, c.changes))))
		if got := token.Code(err); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	text := marshal(t, good)
	for name, c := range map[string]struct{ text, code string }{
		"nothing":                {"", "malformed"},
		"too large":              {strings.Repeat("a", 20<<10), "too-large"},
		"no signature":           {tokentest.Part(`{"alg":"none"}`) + "." + tokentest.Part(text) + ".", "malformed"},
		"alg none":               {key.Raw(`{"alg":"none","kid":"key-1"}`, text), "algorithm-not-accepted"},
		"alg HS256":              {key.Raw(`{"alg":"HS256","kid":"key-1"}`, text), "algorithm-not-accepted"},
		"another's signature":    {tokentest.NewKey("ES256", "key-1").Raw(logoutHeader, text), "signature-wrong"},
		"an unknown key":         {key.Raw(`{"alg":"ES256","kid":"key-9"}`, text), "key-not-known"},
		"typ of an access token": {key.Raw(`{"alg":"ES256","kid":"key-1","typ":"at+jwt"}`, text), "header-not-accepted"},
		"an access token":        {w.token(nil), "header-not-accepted"},
		"an ID token": {key.Raw(`{"alg":"ES256","kid":"key-1","typ":"JWT"}`, marshal(t, with(good, map[string]any{"events": nil, "nonce": "n"}))),
			"not-a-logout-token"},
	} {
		if _, err := w.Logout(t.Context(), c.text); token.Code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if list.Len() != 0 {
		t.Errorf("%d sessions were ended", list.Len())
	}
	w.expect(t, "accepted", w.token(nil))
	// A logout token is no access token either.
	w.expect(t, "header-not-accepted", key.Raw(logoutHeader, marshal(t, with(w.claims(nil), map[string]any{"events": events}))))

	for n, head := range []string{logoutHeader, `{"alg":"ES256","kid":"key-1"}`, `{"alg":"ES256","kid":"key-1","typ":"JWT"}`, `{"alg":"ES256","kid":"key-1","typ":"application/Logout+JWT"}`} {
		if _, err := w.Logout(t.Context(), key.Raw(head, marshal(t, with(good, map[string]any{"jti": string(rune('a' + n))})))); err != nil {
			t.Errorf("%s: %v", head, err)
		}
	}
	if _, err := w.Logout(t.Context(), key.Raw(logoutHeader, marshal(t, with(good, map[string]any{"jti": "a"})))); token.Code(err) != "logout-replayed" {
		t.Errorf("again: %v", err)
	}
}

// The example of OpenID Connect Back-Channel Logout 1.0 §2.4.
func TestTheExampleOfBackChannelLogout(t *testing.T) {
	w, key := newLogout(t, func(c *token.Config) {
		c.Issuers[0].Name, c.Issuers[0].Clients = "https://server.example.com", []string{"s6BhdRkqt3"}
	})
	w.nanos.Store(1471566160 * int64(time.Second))
	heeding(t, w, listIn(t))
	e, err := w.Logout(t.Context(), key.Raw(logoutHeader, `{
   "iss": "https://server.example.com",
   "sub": "248289761001",
   "aud": "s6BhdRkqt3",
   "iat": 1471566154,
   "exp": 1471569754,
   "jti": "bWJq",
   "sid": "08a5019c-17e1-4977-8f42-65a12843ea02",
   "events": {
     "http://schemas.openid.net/event/backchannel-logout": {}
     }
  }`))
	if err != nil || e.Session != "08a5019c-17e1-4977-8f42-65a12843ea02" || e.Subject != "248289761001" || e.Before != 1471566154 {
		t.Errorf("%+v, %v", e, err)
	}
}

// FuzzLogout signs any text as a logout token: what is not one ends nothing.
func FuzzLogout(f *testing.F) {
	w, key := newLogout(f)
	list := heeding(f, w, listIn(f))
	f.Add(marshal(f, logoutClaims(w, nil)))
	f.Add(`{"iss":"https://issuer.example/oauth2","aud":["portal"],"events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"x","nonce":null}`)
	f.Fuzz(func(t *testing.T, payload string) {
		before := list.Len()
		e, err := w.Logout(t.Context(), key.Raw(logoutHeader, payload))
		if err != nil && list.Len() != before || err == nil && (e.Issuer != w.issuer.Name || e.ID == "" || e.Session+e.Subject == "") {
			t.Fatalf("%+v, %v", e, err)
		}
	})
}
