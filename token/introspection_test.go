package token_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

const opaqueToken = "2YotnFZFEjr1zCsicMWpAA2YotnFZFEjr1zCsicMWpAA"

// introspecting is a world whose issuer makes tokens that are no JWTs.
type introspecting struct {
	*world
	*provider
	key    *tokentest.Key
	logged *heard.Text
	n      int
}

func newIntrospecting(t testing.TB, changes ...func(*token.Issuer)) *introspecting {
	i := &introspecting{provider: newProvider(t), logged: new(heard.Text), key: tokentest.NewKey("ES256", "key-1")}
	i.world = newWorldOf(t, []*tokentest.Key{i.key}, func(c *token.Config) {
		c.Logger = slog.New(slog.NewTextHandler(i.logged, nil))
		c.Issuers[0].Introspection = &token.Introspection{URL: i.URL, Client: asClient}
		for _, change := range changes {
			change(&c.Issuers[0])
		}
	})
	i.active(nil)
	return i
}

// active has the issuer say that any token is good, with the usual claims and changes.
func (i *introspecting) active(changes map[string]any) {
	text, _ := json.Marshal(with(i.claims(map[string]any{"active": true, "token_type": "Bearer"}), changes))
	i.says(plain, string(text))
}

// fresh gives a token that was not seen before, when what was said of others is forgotten.
func (i *introspecting) fresh() string {
	i.n++
	i.advance(2 * time.Second)
	return fmt.Sprint(opaqueToken, i.n)
}

func TestAnOpaqueTokenIsJudgedAsAJWT(t *testing.T) {
	i := newIntrospecting(t, func(c *token.Issuer) { c.Scopes = []string{"mycarerecord"} })
	jwt, err := i.Verify(t.Context(), i.token(map[string]any{"scope": "openid mycarerecord"}))
	if err != nil {
		t.Fatal(err)
	}
	i.does(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if r.Method != http.MethodPost || id != "mcr" || secret != "s3cret" || r.FormValue("token") != opaqueToken || r.FormValue("token_type_hint") != "access_token" {
			t.Errorf("asked with %s %v", r.Method, r.Form)
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_ = json.NewEncoder(w).Encode(i.claims(map[string]any{"active": true, "token_type": "bearer", "scope": "openid mycarerecord"}))
	})
	for range 3 {
		who, err := i.Verify(t.Context(), opaqueToken)
		if err != nil || who != jwt {
			t.Fatalf("%+v, %v; the JWT gave %+v", who, err, jwt)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	i.expect(t, "accepted", i.token(map[string]any{"scope": "openid mycarerecord"})) // JWTs go on beside them, unasked
	i.expect(t, "scope-wrong", i.token(nil))
	if n := i.asked.Load(); n != 1 {
		t.Errorf("asked %d times, of JWTs too", n)
	}
	// Revoked at the issuer: that costs DefaultAskedFor.
	i.says(plain, `{"active":false}`)
	i.advance(token.DefaultAskedFor - time.Second)
	i.expect(t, "accepted", opaqueToken)
	i.advance(time.Second)
	for range 2 {
		i.expect(t, "not-active", opaqueToken)
	}
	if n := i.asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// A console renews a token that has expired, and ends the session of one that was revoked:
// it must be able to tell, though the issuer says no more than that neither is good.
func TestAnOpaqueTokenIsSaidToHaveExpired(t *testing.T) {
	i := newIntrospecting(t)
	i.expect(t, "accepted", opaqueToken)
	i.advance(2 * time.Hour)
	i.says(plain, `{"active":false}`)
	before := i.asked.Load()
	for range 2 { // two requests of one session
		i.expect(t, "expired", opaqueToken)
	}
	if n := i.asked.Load(); n != before {
		t.Errorf("asked %d times about a token that is over", n-before)
	}
}

func TestAttackTheAnswerAboutAToken(t *testing.T) {
	i := newIntrospecting(t, func(c *token.Issuer) { c.Clients = []string{"portal"} })
	good, _ := json.Marshal(i.claims(map[string]any{"active": true, "token_type": "Bearer"}))
	text := string(good)
	for name, c := range map[string]struct{ answer, code string }{
		"good":                     {text, "accepted"},
		"not active":               {`{"active":false}`, "not-active"},
		"not active, all the same": {strings.Replace(text, `"active":true`, `"active":false`, 1), "not-active"},
		"active as a text":         {strings.Replace(text, `"active":true`, `"active":"true"`, 1), "introspection-unavailable"},
		"active as a number":       {strings.Replace(text, `"active":true`, `"active":1`, 1), "introspection-unavailable"},
		"active as null":           {strings.Replace(text, `"active":true`, `"active":null`, 1), "introspection-unavailable"},
		"active twice":             {strings.Replace(text, `"active":true`, `"active":false,"active":true`, 1), "introspection-unavailable"},
		"active in another case":   {strings.Replace(text, `"active":true`, `"Active":true`, 1), "introspection-unavailable"},
		"active in both":           {strings.Replace(text, `"active":true`, `"active":true,"ACTIVE":false`, 1), "introspection-unavailable"},
		"active escaped":           {strings.Replace(text, `"active":true`, `"\u0061ctive":true`, 1), "accepted"},
		"no active":                {strings.Replace(text, `"active":true,`, ``, 1), "introspection-unavailable"},
		"a list":                   {"[" + text + "]", "introspection-unavailable"},
		"two of them":              {text + text, "introspection-unavailable"},
		"broken off":               {text[:len(text)-1], "introspection-unavailable"},
		"deep":                     {strings.Replace(text, `"active":true`, `"active":true,"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40), 1), "introspection-unavailable"},
	} {
		i.says(plain, c.answer)
		if got := i.code(t, i.fresh()); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	for name, c := range map[string]struct {
		changes map[string]any
		code    string
	}{
		"another issuer":          {map[string]any{"iss": "https://evil.example"}, "issuer-not-known"},
		"an issuer and a slash":   {map[string]any{"iss": i.issuer.Name + "/"}, "issuer-not-known"},
		"no issuer":               {map[string]any{"iss": nil}, "issuer-not-known"},
		"another audience":        {map[string]any{"aud": "https://other.example"}, "audience-wrong"},
		"no audience, a client":   {map[string]any{"aud": nil}, "accepted"},
		"no audience, no client":  {map[string]any{"aud": nil, "client_id": nil}, "audience-wrong"},
		"an empty audience":       {map[string]any{"aud": []string{}}, "audience-wrong"},
		"another client":          {map[string]any{"client_id": "other"}, "client-not-known"},
		"and no audience":         {map[string]any{"client_id": "other", "aud": nil}, "client-not-known"},
		"no expiry":               {map[string]any{"exp": nil}, "expiry-missing"},
		"expired":                 {map[string]any{"exp": noon.Unix() - 60}, "expired"},
		"expiry as a text":        {map[string]any{"exp": fmt.Sprint(noon.Unix() + 600)}, "malformed"},
		"valid for a year":        {map[string]any{"exp": noon.Unix() + 365*86400}, "lifetime-too-long"},
		"not yet":                 {map[string]any{"nbf": noon.Unix() + 600}, "not-yet-valid"},
		"issued in the future":    {map[string]any{"iat": noon.Unix() + 600}, "not-yet-valid"},
		"bound to a key":          {map[string]any{"cnf": map[string]any{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, "token_type": "DPoP"}, "bound-to-a-key"},
		"bound, and not to which": {map[string]any{"token_type": "DPoP"}, "binding-not-offered"},
		"a refresh token":         {map[string]any{"token_type": nil}, "not-an-access-token"},
		"of a type of its own":    {map[string]any{"token_type": "refresh_token"}, "not-an-access-token"},
		"a type that is no text":  {map[string]any{"token_type": []string{"Bearer"}}, "malformed"},
		"no role":                 {map[string]any{"selected_roleid": nil}, "identity-incomplete"},
		"no person":               {map[string]any{"uid": nil}, "identity-incomplete"},
		"two people":              {map[string]any{"nhsid_useruid": "555000000000"}, "malformed"},
		"one person, twice":       {map[string]any{"nhsid_useruid": "555036632103"}, "accepted"},
	} {
		i.active(c.changes)
		if got := i.code(t, i.fresh()); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	for name, h := range broken(plain, text) {
		i.does(h)
		if got := i.code(t, i.fresh()); got != "introspection-unavailable" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, status := range []int{400, 401, 403} { // the broker's own credentials: nobody's token is to blame
		i.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		i.expect(t, "introspection-unavailable", i.fresh())
		if err := i.Away()["introspection"]; err == nil || !strings.Contains(err.Error(), "client_id") || !strings.Contains(err.Error(), i.URL) {
			t.Errorf("%d: %v", status, err)
		}
	}
	i.active(nil)
	i.expect(t, "accepted", i.fresh())
	if len(i.Away()) > 0 {
		t.Error(i.Away())
	}
	if log := i.logged.String(); strings.Contains(log, opaqueToken) || strings.Contains(log, "s3cret") || strings.Contains(log, "555036632103") {
		t.Errorf("the log tells too much:\n%s", log)
	}
}

func TestWhatIsShownToNoIssuer(t *testing.T) {
	i := newIntrospecting(t)
	for _, bearer := range []string{
		"short", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", i.token(nil) + "x", "a.b.c.d.e" + opaqueToken, opaqueToken + "\n", opaqueToken + " x",
		"=" + opaqueToken, opaqueToken + "\x00", strings.Repeat("a", 20<<10), "\u00e9" + opaqueToken,
		tokentest.NewKey("ES256", "k").Token(map[string]any{"iss": "https://other.example"}), // another's JWT
	} {
		if got := i.code(t, bearer); got == "accepted" {
			t.Errorf("%.40q was accepted", bearer)
		}
	}
	if n := i.asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
	// Where no issuer makes such tokens, nobody is asked.
	newWorld(t).expect(t, "malformed", opaqueToken)
}

func TestAnIssuerThatIsAwayIsNotTheTokensFault(t *testing.T) {
	i := newIntrospecting(t)
	i.expect(t, "accepted", opaqueToken)
	i.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	i.expect(t, "accepted", opaqueToken) // it was good a moment ago
	i.advance(token.DefaultAskedFor)
	for range 3 {
		i.expect(t, "introspection-unavailable", opaqueToken)
	}
	if n := i.asked.Load(); n != 2 {
		t.Errorf("asked %d times: it is to be left alone", n)
	}
	i.active(nil)
	i.advance(2 * time.Second)
	i.expect(t, "accepted", opaqueToken)
	if _, err := i.Verify(t.Context(), opaqueToken); err != nil {
		t.Error(err)
	}
}

func TestATokensOwnTextIsNotItsName(t *testing.T) {
	i := newIntrospecting(t)
	for _, jti := range []any{opaqueToken, nil} {
		i.advance(time.Hour) // nothing is remembered
		i.active(map[string]any{"jti": jti})
		who, err := i.Verify(t.Context(), opaqueToken)
		if err != nil || !strings.HasPrefix(who.TokenID, "sha256:") {
			t.Errorf("%+v, %v", who, err)
		}
	}
}

// The examples of the RFCs, their times and all.
func TestTheExamplesOfRFC7662AndRFC9701(t *testing.T) {
	at := func(i *introspecting, seconds int64) { i.nanos.Store(seconds * int64(time.Second)) }
	i := newIntrospecting(t, func(c *token.Issuer) {
		c.Name, c.Audience, c.Preset = "https://server.example.com/", []string{"https://protected.example.net/resource"}, token.PresetGeneric
		c.Claims.Role, c.Claims.Organisation = "extension_field", "username" // there are none in it
		c.Introspection.Untyped = true
	})
	at(i, 1419350240)
	i.says(plain, `{
      "active": true,
      "client_id": "l238j323ds-23ij4",
      "username": "jdoe",
      "scope": "read write dolphin",
      "sub": "Z5O3upPC88QrAjx00dis",
      "aud": "https://protected.example.net/resource",
      "iss": "https://server.example.com/",
      "exp": 1419356238,
      "iat": 1419350238,
      "extension_field": "twenty-seven"
     }`)
	_, err := i.Verify(t.Context(), "2YotnFZFEjr1zCsicMWpAA")
	who, ok := token.Claimant(err)
	if token.Code(err) != "identity-incomplete" || !ok || who.UserID != "Z5O3upPC88QrAjx00dis" || who.Client != "l238j323ds-23ij4" || who.Expires.Unix() != 1419356238 {
		t.Errorf("RFC 7662 §2.2: %v, %+v", err, who)
	}
	i.says(plain, `{
      "active": false
     }`)
	i.expect(t, "not-active", "mF_9B5f-41JqM+/=")

	i = newIntrospecting(t, func(c *token.Issuer) {
		c.Name, c.Audience, c.Preset = "https://as.example.com/", []string{"https://rs.example.com/resource"}, token.PresetGeneric
		c.Introspection.Signed, c.Introspection.Untyped = true, true
	})
	at(i, 1514797892)
	i.issuer.Publish(tokentest.NewKey("RS256", "wG6D"))
	i.says(vouchs, tokentest.NewKey("RS256", "wG6D").Raw(`{"typ":"token-introspection+jwt","alg":"RS256","kid":"wG6D"}`, `{
     "iss":"https://as.example.com/",
     "aud":"https://rs.example.com/resource",
     "iat":1514797892,
     "token_introspection":
        {
           "active":true,
           "iss":"https://as.example.com/",
           "aud":"https://rs.example.com/resource",
           "iat":1514797822,
           "exp":1514797942,
           "client_id":"paiB2goo0a",
           "scope":"read write dolphin",
           "sub":"Z5O3upPC88QrAjx00dis",
           "birthdate":"1982-02-01",
           "given_name":"John",
           "family_name":"Doe",
           "jti":"t1FoCCaZd4Xv4ORJUWVUeTZfsKhW30CQCrWDDjwXy6w"
        }
   }`))
	_, err = i.Verify(t.Context(), "2YotnFZFEjr1zCsicMWpAA")
	who, ok = token.Claimant(err)
	if token.Code(err) != "identity-incomplete" || !ok || who.UserID != "Z5O3upPC88QrAjx00dis" || who.TokenID != "t1FoCCaZd4Xv4ORJUWVUeTZfsKhW30CQCrWDDjwXy6w" {
		t.Errorf("RFC 9701 §5: %v, %+v\n%s", err, who, i.logged)
	}
}

func TestAttackASignedAnswer(t *testing.T) {
	i := newIntrospecting(t, func(c *token.Issuer) { c.Introspection.Signed = true })
	key := i.key
	inner := i.claims(map[string]any{"active": true, "token_type": "Bearer"})
	body := func(changes map[string]any) string {
		return marshal(t, with(map[string]any{"iss": i.issuer.Name, "aud": "mcr", "iat": i.now().Unix(), "token_introspection": inner}, changes))
	}
	const header = `{"alg":"ES256","kid":"key-1","typ":"token-introspection+jwt"}`
	say := func(header, payload string) { i.says(vouchs, key.Raw(header, payload)) }
	for name, c := range map[string]struct {
		changes map[string]any
		code    string
	}{
		"good":                 {nil, "accepted"},
		"to another":           {map[string]any{"aud": "other"}, "introspection-unavailable"},
		"to nobody":            {map[string]any{"aud": nil}, "introspection-unavailable"},
		"of another":           {map[string]any{"iss": "https://evil.example"}, "introspection-unavailable"},
		"of last week":         {map[string]any{"iat": noon.Unix() - 7*86400}, "introspection-unavailable"},
		"of next week":         {map[string]any{"iat": noon.Unix() + 7*86400}, "introspection-unavailable"},
		"of no time":           {map[string]any{"iat": nil}, "introspection-unavailable"},
		"without what matters": {map[string]any{"token_introspection": nil}, "introspection-unavailable"},
		"with a text of it":    {map[string]any{"token_introspection": "{}"}, "introspection-unavailable"},
		"flat": {both(inner, map[string]any{"aud": []string{"mcr", tokentest.Audience}, "token_introspection": nil}),
			"introspection-unavailable"},
	} {
		bearer := i.fresh()
		say(header, body(c.changes))
		if got := i.code(t, bearer); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	for name, head := range map[string]string{
		"typ of an access token": `{"alg":"ES256","kid":"key-1","typ":"at+jwt"}`,
		"another algorithm":      `{"alg":"HS256","kid":"key-1","typ":"token-introspection+jwt"}`,
		"none":                   `{"alg":"none","kid":"key-1","typ":"token-introspection+jwt"}`,
		"another key":            `{"alg":"ES256","kid":"key-2","typ":"token-introspection+jwt"}`,
	} {
		bearer := i.fresh()
		say(head, body(nil))
		if got := i.code(t, bearer); got != "introspection-unavailable" {
			t.Errorf("%s: %s", name, got)
		}
	}
	bearer := i.fresh()
	i.says(vouchs, tokentest.NewKey("ES256", "key-1").Raw(header, body(nil)))
	i.expect(t, "introspection-unavailable", bearer)
	bearer = i.fresh()
	i.says(plain, marshal(t, inner))
	i.expect(t, "introspection-unavailable", bearer)
	// A signed answer is no access token, whatever is in it.
	say(header, body(nil))
	i.expect(t, "header-not-accepted", key.Raw(header, marshal(t, i.claims(nil))))
}

func TestWhatOfIntrospectionIsConfiguredWrongly(t *testing.T) {
	good := token.Issuer{Name: "x", JWKSURL: "https://issuer.example/jwks", Audience: []string{"a"}, Algorithms: []string{"ES256"}, Preset: token.PresetCIS2}
	asks := func(in token.Introspection) token.Issuer {
		i := good
		i.Introspection = &in
		return i
	}
	informs := func(u token.UserInfo, clients ...string) token.Issuer {
		i := good
		i.UserInfo, i.Clients = &u, clients
		return i
	}
	other := asks(token.Introspection{URL: "https://i.example/", Client: asClient})
	other.Name = "y"
	for want, issuers := range map[string][]token.Issuer{
		"introspection: scheme":         {asks(token.Introspection{URL: "http://issuer.example/i", Client: asClient})},
		"introspection: client_id":      {asks(token.Introspection{URL: "https://i.example/"})},
		"introspection: keep: 1h0m0s":   {asks(token.Introspection{URL: "https://i.example/", Client: asClient, Keep: time.Hour})},
		"introspection: per_second":     {asks(token.Introspection{URL: "https://i.example/", Client: asClient, PerSecond: -1})},
		"introspection: of several":     {asks(token.Introspection{URL: "https://i.example/", Client: asClient}), other},
		"userinfo: scheme":              {informs(token.UserInfo{URL: "ftp://i.example/"}, "portal")},
		"userinfo: signed to a client":  {informs(token.UserInfo{URL: "https://i.example/"})},
		"userinfo: keep: -1s":           {informs(token.UserInfo{URL: "https://i.example/", Keep: -time.Second}, "portal")},
		"clients: an empty value":       {informs(token.UserInfo{URL: "https://i.example/"}, "portal", "")},
		"userinfo: per_second: negativ": {informs(token.UserInfo{URL: "https://i.example/", PerSecond: -1}, "portal")},
	} {
		if _, err := token.New(token.Config{Issuers: issuers}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// FuzzIntrospection: whatever an issuer answers, there is no Subject with a part missing.
func FuzzIntrospection(f *testing.F) {
	i := newIntrospecting(f)
	f.Add(marshal(f, i.claims(map[string]any{"active": true, "token_type": "Bearer"})))
	f.Add(`{"active":false}`)
	f.Add(`{"active":true,"active":false}`)
	f.Fuzz(func(t *testing.T, text string) {
		i.says(plain, text)
		who, err := i.Verify(t.Context(), i.fresh())
		if err != nil && who != (access.Subject{}) || err == nil && (who.UserID == "" || who.Role.String() == "" || who.Organisation.String() == "") {
			t.Fatalf("%+v, %v", who, err)
		}
	})
}
