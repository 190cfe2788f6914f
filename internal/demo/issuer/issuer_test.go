package issuer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/issuer"
)

var cast = []issuer.Member{
	{ID: "own-gp", Name: "Dr Amara Okafor", UserID: "555001000100", RoleCode: "S0010:G0020:R0260", RoleName: "General Medical Practitioner",
		Organisation: "Z91001", OrgName: "Riverside Surgery", RoleID: "955001000100"},
	{ID: "paramedic", Name: "Jo Whitfield", UserID: "555008000100", RoleCode: "S8000:G8000:R8003", RoleName: "Health Professional Access Role",
		Organisation: "RZ6", OrgName: "Three Counties Ambulance Service NHS Trust", RoleID: "955008000100"},
	{ID: "two-roles", Name: "Dr Obinna Eze", UserID: "555002000101", RoleCode: "S0010:G0020:R0050", RoleName: "Consultant",
		Organisation: "RZ1", OrgName: "St Aldhelm's", RoleID: "955002000101", Roles: []issuer.Role{
			{Code: "S8000:G8000:R8000", Name: "Clinical Practitioner", Organisation: "NNZ02", OrgName: "Wend Out of Hours", ID: "800200010101"},
		}},
}

// running is an issuer behind a test server, with a clock that stands still.
type running struct {
	*httptest.Server
	now    time.Time
	client *http.Client
}

func start(t *testing.T) *running {
	t.Helper()
	r := &running{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var s *issuer.Server
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { s.ServeHTTP(w, q) }))
	t.Cleanup(r.Close)
	var err error
	if s, err = issuer.New(issuer.Options{URL: r.URL, Cast: cast, Clock: func() time.Time { return r.now }}); err != nil {
		t.Fatal(err)
	}
	r.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r
}

func (r *running) post(t *testing.T, path, media, body string) (*http.Response, map[string]any) {
	t.Helper()
	resp, err := r.client.Post(r.URL+path, media, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return resp, decode(t, resp)
}

func (r *running) get(t *testing.T, path string) (*http.Response, map[string]any) {
	t.Helper()
	resp, err := r.client.Get(r.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	return resp, decode(t, resp)
}

func decode(t *testing.T, resp *http.Response) map[string]any {
	t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	_ = json.Unmarshal(raw, &fields)
	return fields
}

// claims checks a token's signature against the key set and gives its claims.
func (r *running) claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	part := func(i int) []byte {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	var header struct{ Alg, Kid, Typ string }
	if err := json.Unmarshal(part(0), &header); err != nil || header.Alg != "ES256" {
		t.Fatalf("header %s: %v", part(0), err)
	}
	_, set := r.get(t, "/jwks")
	for _, k := range set["keys"].([]any) {
		k := k.(map[string]any)
		if k["kid"] != header.Kid {
			continue
		}
		point := []byte{4}
		for _, name := range []string{"x", "y"} {
			raw, err := base64.RawURLEncoding.DecodeString(k[name].(string))
			if err != nil || len(raw) != 32 {
				t.Fatalf("%s: %d bytes, %v", name, len(raw), err)
			}
			point = append(point, raw...)
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		signature := part(2)
		if len(signature) != 64 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Fatal("the signature is not right")
		}
		var claims map[string]any
		if err := json.Unmarshal(part(1), &claims); err != nil {
			t.Fatal(err)
		}
		return claims
	}
	t.Fatalf("no key %s in the key set", header.Kid)
	return nil
}

func TestTokenForAMemberOfTheCast(t *testing.T) {
	r := start(t)
	for _, c := range []struct{ name, media, body string }{
		{"JSON", "application/json", `{"cast":"own-gp"}`},
		{"JSON as curl -d sends it", "application/x-www-form-urlencoded", `{"cast":"own-gp"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, answer := r.post(t, "/token", c.media, c.body)
			if resp.StatusCode != http.StatusOK || answer["token_type"] != "Bearer" || answer["expires_in"] != 600.0 {
				t.Fatalf("%d %v", resp.StatusCode, answer)
			}
			claims := r.claims(t, answer["access_token"].(string))
			role := claims["nhsid_nrbac_roles"].([]any)[0].(map[string]any)
			for name, pair := range map[string][2]any{
				"iss":            {claims["iss"], r.URL},
				"aud":            {claims["aud"].([]any)[0], issuer.Audience},
				"uid":            {claims["uid"], "555001000100"},
				"exp":            {claims["exp"], float64(r.now.Add(10 * time.Minute).Unix())},
				"selected role":  {claims["selected_roleid"], role["person_roleid"]},
				"role":           {role["role_code"], "S0010:G0020:R0260"},
				"organisation":   {role["org_code"], "Z91001"},
				"assurance":      {claims["authentication_assurance_level"], "3"},
				"cache":          {resp.Header.Get("Cache-Control"), "no-store"},
				"purpose of use": {claims["reason_for_request"], "directcare"},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
				}
			}
		})
	}
}

func TestTokenAsText(t *testing.T) {
	r := start(t)
	resp, err := http.Post(r.URL+"/cast/paramedic/token", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if uid := r.claims(t, string(raw))["uid"]; uid != "555008000100" {
		t.Errorf("the token is %v's, want the paramedic's", uid)
	}
}

func TestTokenRefused(t *testing.T) {
	r := start(t)
	for name, c := range map[string][2]string{
		"nobody of the cast":  {"application/json", `{"cast":"king"}`},
		"more than the cast":  {"application/json", `{"cast":"own-gp","role":"R0001"}`},
		"another's role":      {"application/json", `{"cast":"own-gp","selected_roleid":"955008000100"}`},
		"not JSON":            {"application/json", `own-gp`},
		"a password":          {"application/x-www-form-urlencoded", "grant_type=password&username=own-gp"},
		"a code that is none": {"application/x-www-form-urlencoded", "grant_type=authorization_code&code=x"},
	} {
		if resp, answer := r.post(t, "/token", c[0], c[1]); resp.StatusCode != http.StatusBadRequest || answer["access_token"] != nil || answer["error"] == nil {
			t.Errorf("%s: %d %v", name, resp.StatusCode, answer)
		}
	}
}

func TestKeysRotateAndTheOldOneStaysAWhile(t *testing.T) {
	r := start(t)
	_, answer := r.post(t, "/token", "application/json", `{"cast":"own-gp"}`)
	old := answer["access_token"].(string)
	_, rotated := r.post(t, "/rotate", "", "")
	_, answer = r.post(t, "/token", "application/json", `{"cast":"own-gp"}`)
	r.claims(t, old)
	r.claims(t, answer["access_token"].(string))
	if _, set := r.get(t, "/jwks"); len(set["keys"].([]any)) != 2 || set["keys"].([]any)[0].(map[string]any)["kid"] != rotated["kid"] {
		t.Errorf("the key set is %v, want the new key %v and the old one", set, rotated["kid"])
	}
	r.now = r.now.Add(16 * time.Minute) // no token of the old key can still be in use
	if _, set := r.get(t, "/jwks"); len(set["keys"].([]any)) != 1 {
		t.Errorf("the old key is still in the set: %v", set)
	}
}

func TestDiscovery(t *testing.T) {
	r := start(t)
	_, d := r.get(t, "/.well-known/openid-configuration")
	if d["issuer"] != r.URL || d["jwks_uri"] != r.URL+"/jwks" || d["token_endpoint"] != r.URL+"/token" || d["end_session_endpoint"] != r.URL+"/logout" {
		t.Errorf("discovery %v", d)
	}
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// authorization is a request that is in order (RFC 7636, appendix B).
func authorization() url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {"mcr-console"}, "redirect_uri": {"http://127.0.0.1:9/callback?from=demo"},
		"scope": {"openid profile"}, "state": {"xyz"}, "nonce": {"n-0S6"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
}

// code logs in as a member and gives what the client is told.
func (r *running) code(t *testing.T, form url.Values) url.Values {
	t.Helper()
	resp, _ := r.post(t, "/authorize", "application/x-www-form-urlencoded", form.Encode())
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d, want a redirect", resp.StatusCode)
	}
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Host != "127.0.0.1:9" {
		t.Fatalf("back to %v: %v", back, err)
	}
	return back.Query()
}

func redeem(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier},
		"client_id": {"mcr-console"}, "redirect_uri": {"http://127.0.0.1:9/callback?from=demo"},
	}
}

func TestAuthorizationCodeWithPKCE(t *testing.T) {
	r := start(t)
	resp, err := http.Get(r.URL + "/authorize?" + authorization().Encode())
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(page), "Dr Amara Okafor") || !strings.Contains(string(page), `value="n-0S6"`) {
		t.Errorf("the page does not offer the cast, or drops the request:\n%s", page)
	}
	form := authorization()
	form.Set("cast", "own-gp")
	back := r.code(t, form)
	if back.Get("state") != "xyz" || back.Get("iss") != r.URL || back.Get("from") != "demo" {
		t.Errorf("back with %v", back)
	}
	answered, answer := r.post(t, "/token", "application/x-www-form-urlencoded", redeem(back.Get("code")).Encode())
	if answered.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", answered.StatusCode, answer)
	}
	id := r.claims(t, answer["id_token"].(string))
	if id["nonce"] != "n-0S6" || id["aud"] != "mcr-console" || id["sub"] != "555001000100" {
		t.Errorf("id token %v", id)
	}
	if access := r.claims(t, answer["access_token"].(string)); access["client_id"] != "mcr-console" {
		t.Errorf("access token %v", access)
	}
	if again, _ := r.post(t, "/token", "application/x-www-form-urlencoded", redeem(back.Get("code")).Encode()); again.StatusCode != http.StatusBadRequest {
		t.Errorf("the code was taken twice: %d", again.StatusCode)
	}
}

func TestCodeIsForWhoAskedAlone(t *testing.T) {
	r := start(t)
	for name, change := range map[string]func(url.Values){
		"another verifier": func(v url.Values) { v.Set("code_verifier", strings.Repeat("a", 43)) },
		"no verifier":      func(v url.Values) { v.Del("code_verifier") },
		"another client":   func(v url.Values) { v.Set("client_id", "other") },
		"another address":  func(v url.Values) { v.Set("redirect_uri", "http://127.0.0.1:9/elsewhere") },
		"a minute later":   func(url.Values) { r.now = r.now.Add(time.Minute) },
	} {
		form := authorization()
		form.Set("cast", "own-gp")
		v := redeem(r.code(t, form).Get("code"))
		change(v)
		if resp, answer := r.post(t, "/token", "application/x-www-form-urlencoded", v.Encode()); resp.StatusCode != http.StatusBadRequest || answer["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, resp.StatusCode, answer)
		}
	}
}

func TestAuthorizationRefused(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		change func(url.Values)
		want   string // the error at the redirect address; "" when nothing may go there
	}{
		"an unknown client":       {func(v url.Values) { v.Set("client_id", "x") }, ""},
		"an address elsewhere":    {func(v url.Values) { v.Set("redirect_uri", "http://evil.example/") }, ""},
		"an address that is none": {func(v url.Values) { v.Set("redirect_uri", "javascript:alert(1)") }, ""},
		"a look-alike address":    {func(v url.Values) { v.Set("redirect_uri", "http://127.0.0.1.evil.example/") }, ""},
		"no PKCE":                 {func(v url.Values) { v.Del("code_challenge") }, "invalid_request"},
		"plain PKCE":              {func(v url.Values) { v.Set("code_challenge_method", "plain") }, "invalid_request"},
		"a token at once":         {func(v url.Values) { v.Set("response_type", "token") }, "unsupported_response_type"},
		"no openid":               {func(v url.Values) { v.Set("scope", "profile") }, "invalid_scope"},
		"nobody of the cast":      {func(v url.Values) { v.Set("cast", "king") }, "access_denied"},
	} {
		form := authorization()
		form.Set("cast", "own-gp")
		c.change(form)
		if c.want == "" {
			if resp, _ := r.post(t, "/authorize", "application/x-www-form-urlencoded", form.Encode()); resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
				t.Errorf("%s: %d to %q", name, resp.StatusCode, resp.Header.Get("Location"))
			}
			continue
		}
		if back := r.code(t, form); back.Get("error") != c.want || back.Get("code") != "" || back.Get("state") != "xyz" {
			t.Errorf("%s: back with %v, want %s", name, back, c.want)
		}
	}
}
