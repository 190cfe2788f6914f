package token_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// informing is a world as NHS CIS2 is: tokens say whose they are and no more, and signed
// UserInfo says who that is.
type informing struct {
	*world
	*provider
	key *tokentest.Key
	n   int
}

// notInTheToken takes away what only UserInfo says.
var notInTheToken = map[string]any{"uid": nil, "name": nil, "selected_roleid": nil, "nhsid_nrbac_roles": nil, "nhsid_user_orgs": nil,
	"authentication_assurance_level": nil, "acr": nil}

func newInforming(t testing.TB, changes ...func(*token.Issuer)) *informing {
	i := &informing{provider: newProvider(t), key: tokentest.NewKey("ES256", "key-1")}
	i.world = newWorldOf(t, []*tokentest.Key{i.key}, func(c *token.Config) {
		c.Issuers[0].Clients, c.Issuers[0].UserInfo = []string{"portal", "other"}, &token.UserInfo{URL: i.URL}
		for _, change := range changes {
			change(&c.Issuers[0])
		}
	})
	i.of(nil)
	return i
}

// info are the claims of UserInfo.
func (i *informing) info(changes map[string]any) map[string]any {
	return with(i.claims(nil), map[string]any{"aud": "portal", "exp": nil, "iat": nil, "jti": nil, "sid": nil, "client_id": nil}, changes)
}

// of has UserInfo be of somebody.
func (i *informing) of(changes map[string]any) {
	i.says(signed, i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, mustMarshal(i.info(changes))))
}

// bearer is a token that was not seen before, when what was said of others is forgotten.
func (i *informing) bearer(changes map[string]any) string {
	i.n++
	i.advance(2 * time.Second)
	return i.token(both(notInTheToken, map[string]any{"jti": fmt.Sprint("token-", i.n)}, changes))
}

func TestWhoSomebodyIsStandsInSignedUserInfo(t *testing.T) {
	i := newInforming(t)
	bearer := i.bearer(nil)
	i.does(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer "+bearer || r.Header.Get("Accept") != signed {
			t.Errorf("asked with %s %v", r.Method, r.Header)
		}
		w.Header().Set("Content-Type", "application/jwt; charset=utf-8")
		_, _ = w.Write([]byte(i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, marshal(t, i.info(nil)))))
	})
	for range 3 {
		who, err := i.Verify(t.Context(), bearer)
		if err != nil || who.UserID != "555036632103" || who.Name != "LACEY Priya (Dr)" || who.Role.String() != "R8000" || who.Organisation.String() != "A20047" ||
			who.OrgName != "RIVERSIDE SURGERY" || who.Client != "portal" || who.Assurance != "AAL3" || who.TokenID != "token-1" {
			t.Fatalf("%+v, %v", who, err)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	// Another role at the issuer is seen when the time is over for which it was kept.
	i.of(map[string]any{"selected_roleid": "555038009999"})
	i.advance(token.DefaultInformedFor - time.Second)
	if who, err := i.Verify(t.Context(), bearer); err != nil || who.Role.String() != "R8000" {
		t.Errorf("%+v, %v", who, err)
	}
	i.advance(time.Second)
	if who, err := i.Verify(t.Context(), bearer); err != nil || who.Role.String() != "R8008" || who.Organisation.String() != "RRK99" {
		t.Errorf("%+v, %v", who, err)
	}
	// And a token that has ended is asked about no more.
	i.advance(time.Hour)
	i.expect(t, "expired", bearer)
	if n := i.asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// Of the person, nothing that the token says counts beside UserInfo.
func TestATokenSaysNothingOfItsPerson(t *testing.T) {
	i := newInforming(t)
	i.of(map[string]any{"selected_roleid": nil})
	i.expect(t, "identity-incomplete", i.token(nil)) // with roles of its own
	i.of(map[string]any{"reason_for_request": "secondaryuses"})
	if who, err := i.Verify(t.Context(), i.bearer(nil)); err != nil || who.Purpose != "secondaryuses" {
		t.Errorf("%+v, %v", who, err)
	}
	i.of(map[string]any{"reason_for_request": "directcare"})
	if who, err := i.Verify(t.Context(), i.bearer(map[string]any{"reason_for_request": "secondaryuses"})); err != nil || who.Purpose != "secondaryuses" {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestAttackUserInfo(t *testing.T) {
	i := newInforming(t, func(c *token.Issuer) { c.Organisations, c.Roles = []string{"A20047"}, []string{"R80*"} })
	for name, c := range map[string]struct {
		info, token map[string]any
		code        string
	}{
		"good":                          {nil, nil, "accepted"},
		"of somebody else":              {map[string]any{"sub": "555000000000"}, nil, "userinfo-of-another"},
		"of nobody":                     {map[string]any{"sub": nil}, nil, "userinfo-not-understood"},
		"of a number":                   {map[string]any{"sub": 555036632103}, nil, "userinfo-not-understood"},
		"a token of nobody":             {nil, map[string]any{"sub": nil}, "userinfo-not-understood"},
		"of another issuer":             {map[string]any{"iss": "https://evil.example"}, nil, "userinfo-not-understood"},
		"of no issuer":                  {map[string]any{"iss": nil}, nil, "userinfo-not-understood"},
		"for another application":       {map[string]any{"aud": "stranger"}, nil, "userinfo-of-another-client"},
		"for the other of two":          {map[string]any{"aud": "other"}, nil, "userinfo-of-another-client"},
		"for nobody":                    {map[string]any{"aud": nil}, nil, "userinfo-of-another-client"},
		"for both":                      {map[string]any{"aud": []string{"other", "portal"}}, nil, "accepted"},
		"a token that names no client":  {map[string]any{"aud": "other"}, map[string]any{"client_id": nil}, "accepted"},
		"of no client, to a stranger":   {map[string]any{"aud": "stranger"}, map[string]any{"client_id": nil}, "userinfo-of-another-client"},
		"a token of a stranger":         {nil, map[string]any{"client_id": "stranger"}, "client-not-known"},
		"expired":                       {map[string]any{"exp": noon.Unix() - 1}, nil, "userinfo-not-understood"},
		"from the future":               {map[string]any{"iat": noon.Unix() + 6000}, nil, "userinfo-not-understood"},
		"without a role":                {map[string]any{"selected_roleid": nil}, nil, "identity-incomplete"},
		"with a role that is not there": {map[string]any{"selected_roleid": "555038001234"}, nil, "identity-incomplete"},
		"roles that are no list":        {map[string]any{"nhsid_nrbac_roles": "R8000"}, nil, "malformed"},
		"an organisation beyond its own": {map[string]any{"selected_roleid": "555038009999"}, nil,
			"organisation-not-the-issuers"},
		"of two people": {map[string]any{"nhsid_useruid": "555000000000"}, nil, "malformed"},
	} {
		bearer := i.bearer(c.token)
		i.of(c.info)
		if got := i.code(t, bearer); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	good := marshal(t, i.info(nil))
	for name, text := range map[string]string{
		"another's signature":    tokentest.NewKey("ES256", "key-1").Raw(`{"alg":"ES256","kid":"key-1"}`, good),
		"another's key":          i.key.Raw(`{"alg":"ES256","kid":"key-9"}`, good),
		"none":                   tokentest.Part(`{"alg":"none"}`) + "." + tokentest.Part(good) + ".",
		"HS256":                  i.key.Raw(`{"alg":"HS256","kid":"key-1"}`, good),
		"typ of an access token": i.key.Raw(`{"alg":"ES256","kid":"key-1","typ":"at+jwt"}`, good),
		"typ of a logout token":  i.key.Raw(`{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`, good),
		"critical":               i.key.Raw(`{"alg":"ES256","kid":"key-1","crit":["x"],"x":1}`, good),
		"sub twice":              i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, strings.Replace(good, `"sub"`, `"sub":"555000000000","sub"`, 1)),
		"Sub":                    i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, strings.Replace(good, `"sub"`, `"Sub":"555000000000","sub"`, 1)),
		"plain":                  good,
		"encrypted":              "a.b.c.d.e",
	} {
		bearer := i.bearer(nil)
		i.says(signed, text)
		if got := i.code(t, bearer); got != "userinfo-not-understood" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, h := range broken(signed, i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, good)) {
		bearer := i.bearer(nil)
		i.does(h)
		if got := i.code(t, bearer); got != "userinfo-unavailable" && !(name == "nothing" && got == "userinfo-not-understood") {
			t.Errorf("%s: %s", name, got)
		}
	}
	bearer := i.bearer(nil)
	i.says(plain, good)
	i.expect(t, "userinfo-not-understood", bearer)
	i.of(nil) // it is one client's to have UserInfo signed: others are asked about at once
	i.expect(t, "accepted", i.token(both(notInTheToken, map[string]any{"jti": "token-of-another"})))
	if err := i.Away()["userinfo"]; err != nil {
		t.Error(err)
	}
	bearer = i.bearer(nil)
	i.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	before := i.asked.Load()
	i.expect(t, "userinfo-refused", bearer)
	i.expect(t, "userinfo-refused", bearer) // and not asked about again at once
	if n := i.asked.Load() - before; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// What is wrong with a token by itself is not shown to its issuer.
func TestNobodyIsAskedAboutATokenThatIsNotGood(t *testing.T) {
	i := newInforming(t)
	for _, changes := range []map[string]any{{"aud": "other"}, {"exp": noon.Unix() - 60}, {"nbf": noon.Unix() + 600}, {"cnf": map[string]any{"jkt": "x"}}, {"iss": "https://evil.example"}} {
		if got := i.code(t, i.bearer(changes)); got == "accepted" {
			t.Errorf("%v was accepted", changes)
		}
	}
	if n := i.asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestUserInfoThatIsNotSigned(t *testing.T) {
	i := newInforming(t, func(c *token.Issuer) { c.UserInfo.Unsigned, c.Preset = true, token.PresetGeneric })
	// OpenID Connect Core §5.3.2, its example.
	bearer := i.bearer(map[string]any{"sub": "248289761001"})
	i.says(plain, `{
   "sub": "248289761001",
   "name": "Jane Doe",
   "given_name": "Jane",
   "family_name": "Doe",
   "preferred_username": "j.doe",
   "email": "janedoe@example.com",
   "picture": "http://example.com/janedoe/me.jpg"
  }`)
	_, err := i.Verify(t.Context(), bearer)
	who, ok := token.Claimant(err)
	if token.Code(err) != "identity-incomplete" || !ok || who.UserID != "248289761001" || who.Name != "Jane Doe" {
		t.Errorf("%v, %+v", err, who)
	}
	i.expect(t, "userinfo-of-another", i.bearer(nil))
	i.says(plain, `{"sub":"248289761001","role":"R8000","organisation":"A20047"}`)
	i.expect(t, "accepted", i.bearer(map[string]any{"sub": "248289761001"}))
	i.says(signed, i.key.Raw(`{"alg":"ES256","kid":"key-1"}`, `{}`))
	i.expect(t, "userinfo-unavailable", i.bearer(map[string]any{"sub": "248289761001"}))
}

// A token that is no JWT, and UserInfo: each is asked for at its own time.
func TestAnOpaqueTokenAndUserInfo(t *testing.T) {
	introspection := newProvider(t)
	i := newInforming(t, func(c *token.Issuer) {
		c.Introspection = &token.Introspection{URL: introspection.URL, Client: asClient}
	})
	introspection.says(plain, marshal(t, with(i.claims(map[string]any{"active": true, "token_type": "Bearer"}), notInTheToken)))
	for range 5 {
		who, err := i.Verify(t.Context(), opaqueToken)
		if err != nil || who.UserID != "555036632103" || who.Role.String() != "R8000" {
			t.Fatalf("%+v, %v", who, err)
		}
		i.advance(token.DefaultAskedFor)
	}
	if a, b := introspection.asked.Load(), i.asked.Load(); a != 5 || b != 1 {
		t.Errorf("introspection was asked %d times, UserInfo %d", a, b)
	}
	introspection.says(plain, `{"active":false}`)
	i.expect(t, "not-active", opaqueToken)
}

func TestMetricsOfWhatIsAsked(t *testing.T) {
	introspection := newProvider(t)
	i := newInforming(t, func(c *token.Issuer) {
		c.Introspection = &token.Introspection{URL: introspection.URL, Client: asClient}
	})
	heeding(t, i.world, filepath.Join(t.TempDir(), "list"))
	introspection.says(plain, `{"active":false}`)
	i.expect(t, "not-active", opaqueToken)
	i.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	i.expect(t, "userinfo-unavailable", i.bearer(nil))
	if _, err := i.Logout(t.Context(), "x"); err == nil {
		t.Error("x was a logout token")
	}
	if _, err := i.Revoke(t.Context(), "x.y.z", ""); err != nil {
		t.Error(err)
	}
	got, _ := gather(t, i.world)
	iss := "issuer=" + i.issuer.Name
	for name, want := range map[string]float64{
		"mcr_token_asked_total{endpoint=introspection," + iss + ",result=answered}": 1,
		"mcr_token_asked_total{endpoint=userinfo," + iss + ",result=away}":          1,
		"mcr_token_endpoint_up{endpoint=introspection," + iss + "}":                 1,
		"mcr_token_endpoint_up{endpoint=userinfo," + iss + "}":                      0,
		"mcr_token_logouts_total{issuer=,result=malformed}":                         1,
		"mcr_token_ended_sessions{}":                                                0,
		"mcr_token_ended_sessions_kept{}":                                           1,
		"mcr_token_ended_sessions_untold{}":                                         0,
		"mcr_token_revocations_total{issuer=,result=malformed}":                     1,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %v, there: %v", name, value, there)
		}
	}
}
