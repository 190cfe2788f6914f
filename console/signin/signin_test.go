package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/internal/surfer"
)

func TestSigningInFromAnotherSite(t *testing.T) {
	k := newKit(t, nil)
	s := surfer.New(t).Open(k.url("/")).Shows(200, "My Care Record", "Sign in")
	if s.Session() != nil {
		t.Error("somebody who looked at the first page has a session")
	}
	s.Click("/console/sign-in")
	if s.At.Hostname() != "127.0.0.1" || s.At.Path != "/authorize" {
		t.Fatalf("signing in leads to %s", s.At)
	}
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "redirect_uri": k.url("/callback")} {
		if got := s.At.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	k.pick(s, "consultant")
	s.Shows(200, "Find a patient", "Dr Helen Marchetti", "Consultant")
	if s.At.String() != k.url("/") {
		t.Errorf("signing in ends at %s", s.At)
	}
	c := s.Session()
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/console" || c.Secure {
		t.Errorf("the session's cookie is %v", c)
	}
	for _, left := range s.Jar {
		if strings.Contains(left.Name, "sign-in") {
			t.Errorf("the journey's cookie %s is still there", left.Name)
		}
	}
	s.Hides("Audit trail")
	if !strings.Contains(s.Body, `<noscript><meta http-equiv="refresh" content="600; url=/console/signed-out?why=idle"></noscript>`) {
		t.Errorf("without JavaScript the page stays for ever:\n%s", s.Body)
	}
	if aToken.MatchString(s.Body) || aToken.MatchString(strings.Join(s.Seen, " ")) {
		t.Error("a token reached the browser")
	}
}

// aToken is a JWT: its header and claims begin so, and a dot stands between them. (A random
// state holds three such letters once in a thousand times.)
var aToken = regexp.MustCompile(`eyJ[\w-]*\.eyJ`)

func TestOverHTTPSCookiesAreSecure(t *testing.T) {
	k := newKit(t, func(c *signin.Config) { c.PublicURL = "https://record.example" })
	r := httptest.NewRequest("GET", "https://record.example/console/sign-in", nil)
	w := httptest.NewRecorder()
	k.console.ServeHTTP(w, r)
	c := w.Result().Cookies()
	if len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c[0].Name, "__Host-") || c[0].Path != "/" || c[0].Domain != "" {
		t.Errorf("the cookies are %v", c)
	}
}

func TestEveryAnswerHasTheSafetyHeaders(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("consultant")
	for _, path := range []string{"/", "/patients", "/patients/none", "/nothing", "/session", "/signed-out", "/callback?state=x"} {
		s.Open(k.url(path))
		h := s.Resp.Header
		if h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") ||
			strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s allows other origins", path)
		}
	}
}

func TestWhoeverIsNotSignedInSeesNothing(t *testing.T) {
	k := newKit(t, nil)
	for _, path := range []string{"/patients", "/patients/abc/ask", "/rules", "/role"} {
		surfer.New(t).Open(k.url(path)).Shows(403, "Sign in to go on")
	}
	s := surfer.New(t).Open(k.url("/patients"))
	s.Navigate("POST", "/console/patients", url.Values{"number": {"1"}}).Shows(403, "not recorded")
	if k.done.Load() != 0 {
		t.Error("the form was let in")
	}
}

func TestSigningInLeadsOnWithinTheConsoleAlone(t *testing.T) {
	k := newKit(t, nil)
	for to, want := range map[string]string{
		"/console/patients":           "/console/patients",
		"/console/patients?x=1":       "/console/patients?x=1",
		"https://evil.example/":       "/console/",
		"//evil.example/console/":     "/console/",
		"/console/../evil":            "/console/",
		"/console//evil.example":      "/console/",
		"/console/\\evil.example":     "/console/",
		"/elsewhere":                  "/console/",
		"javascript:alert(1)":         "/console/",
		"/console/%2e%2e/x":           "/console/",
		"/console/\r\nSet-Cookie:a=b": "/console/",
	} {
		s := surfer.New(t).Open(k.url("/sign-in?to=" + url.QueryEscape(to)))
		k.pick(s, "consultant")
		if got := s.At.RequestURI(); got != want || s.At.Host != strings.TrimPrefix(k.address, "http://") {
			t.Errorf("%q leads to %s, want %s", to, s.At, want)
		}
	}
	s := surfer.New(t).Open(k.url("/patients/somebody/ask"))
	if !strings.Contains(s.Body, `/console/sign-in?to=%2fconsole%2fpatients"`) {
		t.Errorf("a patient's reference is kept for after signing in:\n%s", s.Body)
	}
}

// Session fixation: the id after signing in is never one that was there before.
func TestAnIdThatWasPlantedIsNoSession(t *testing.T) {
	k := newKit(t, nil)
	s := surfer.New(t)
	planted := &http.Cookie{Name: "mcr-session", Value: strings.Repeat("A", 43), Path: "/console", Domain: "localhost", SameSite: http.SameSiteStrictMode}
	s.Jar["planted"] = planted
	s.Open(k.url("/patients")).Shows(403)
	delete(s.Jar, "planted")
	s.Jar["localhost/consolemcr-session"] = planted // where a browser keeps it
	k.signInWith(s, "consultant")
	s.Shows(200, "Find a patient")
	if c := s.Session(); c == nil || c.Value == planted.Value || len(c.Value) < 43 {
		t.Fatalf("the session is %v", c)
	}
	// And again, of the same browser: another id, and the planted one opens nothing.
	before := s.CopyOf()
	k.signInWith(s, "consultant")
	if s.Session().Value == before.Session().Value {
		t.Error("signing in again kept the id")
	}
	before.Open(k.url("/patients")).Shows(403) // and the session before is over
	victim := surfer.New(t)
	victim.Jar["planted"] = planted
	victim.Open(k.url("/patients")).Shows(403)
	// Two cookies of the name: somebody planted one. Neither is believed.
	s.Jar["planted"] = &http.Cookie{Name: "mcr-session", Value: "x", Path: "/", Domain: "localhost", SameSite: http.SameSiteStrictMode}
	s.Open(k.url("/patients")).Shows(403)
}

func TestOnlyTheBrowserThatBeganEndsASigningIn(t *testing.T) {
	k := newKit(t, nil)
	begin := func() *surfer.Surfer {
		s := surfer.New(t).Open(k.url("/")).Click("/console/sign-in")
		s.Hold = func(u *url.URL) bool { return u.Path == "/console/callback" }
		k.pick(s, "consultant") // stops before the callback
		return s
	}
	t.Run("another browser", func(t *testing.T) {
		back := begin().At.String()
		surfer.New(t).Open(back).Shows(400, "another browser")
	})
	t.Run("another state", func(t *testing.T) {
		s := begin()
		q := s.At.Query()
		q.Set("state", "forged")
		u := *s.At
		u.RawQuery = q.Encode()
		s.Hold = nil
		s.Open(u.String()).Shows(400, "another browser")
	})
	t.Run("the state of another journey of the browser", func(t *testing.T) {
		s := begin()
		first := *s.At
		q := first.Query()
		s.Hold = nil
		s.Open(k.url("/")).Click("/console/sign-in")
		q.Set("state", s.At.Query().Get("state"))
		first.RawQuery = q.Encode()
		s.Open(first.String()).Shows(403, "could not be verified") // the code is not for this journey's verifier
	})
	t.Run("no state", func(t *testing.T) { surfer.New(t).Open(k.url("/callback?code=x")).Shows(400) })
	t.Run("two states", func(t *testing.T) { surfer.New(t).Open(k.url("/callback?code=x&state=a&state=b")).Shows(400) })
	t.Run("an altered cookie", func(t *testing.T) {
		s := begin()
		for _, c := range s.Jar {
			if strings.Contains(c.Name, "sign-in") {
				first := "A"
				if strings.HasPrefix(c.Value, first) {
					first = "B"
				}
				c.Value = first + c.Value[1:]
			}
		}
		back := s.At.String()
		s.Hold = nil
		s.Open(back).Shows(400)
	})
	t.Run("another issuer's answer", func(t *testing.T) {
		for _, iss := range []string{"https://evil.example", ""} {
			s := begin()
			q := s.At.Query()
			if q.Set("iss", iss); iss == "" {
				q.Del("iss")
			}
			u := *s.At
			u.RawQuery = q.Encode()
			s.Hold = nil
			s.Open(u.String()).Shows(400)
		}
	})
	t.Run("ten minutes later", func(t *testing.T) {
		s := begin()
		k.clock.Pass(10 * time.Minute)
		back := s.At.String()
		s.Hold = nil
		s.Open(back).Shows(400, "too long ago")
	})
	t.Run("the code a second time", func(t *testing.T) {
		s := begin()
		back, thief := s.At.String(), s.CopyOf()
		s.Hold = nil
		s.Open(back).Shows(200, "Find a patient")
		if thief.Open(back).Shows(403); thief.Session() != nil {
			t.Error("a spent code began a session")
		}
		s.Open(back).Shows(400) // the journey's cookie is gone
		s.Open(k.url("/patients")).Shows(200)
	})
	t.Run("the issuer says no", func(t *testing.T) {
		s := begin()
		q := s.At.Query()
		q.Del("code")
		q.Set("error", "access_denied")
		q.Set("error_description", "<script>alert(1)</script>")
		u := *s.At
		u.RawQuery = q.Encode()
		s.Hold = nil
		s.Open(u.String()).Shows(403, "did not let this sign-in go ahead").Hides("<script>alert")
	})
}

// tokens lets a test change what the token endpoint answers.
func (k *kit) tokens(change func(map[string]any)) {
	k.stand(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var body map[string]any
		_ = json.Unmarshal(rec.Body.Bytes(), &body)
		change(body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_ = json.NewEncoder(w).Encode(body)
	})
}

// another signs somebody in at another client, or with another nonce, and gives what
// the issuer answered there.
func (k *kit) another(client, nonce, member string) map[string]any {
	k.t.Helper()
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	form := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {"http://127.0.0.1:9/cb"}, "scope": {"openid"}, "state": {"s"}, "nonce": {nonce},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, "cast": {member},
	}
	s := surfer.New(k.t)
	s.Hold = func(u *url.URL) bool { return u.Port() == "9" }
	s.Open(k.issuer.URL+"/.well-known/openid-configuration").Navigate("POST", "/authorize", form)
	code := s.At.Query().Get("code")
	resp, err := http.PostForm(k.issuer.URL+"/token", url.Values{"grant_type": {"authorization_code"}, "code": {code},
		"code_verifier": {verifier}, "client_id": {client}, "redirect_uri": {"http://127.0.0.1:9/cb"}})
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body["id_token"] == nil {
		k.t.Fatal(err, body)
	}
	return body
}

func TestTokensThatAreNotForThisSigningInAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(k *kit, body map[string]any)
		says   string
	}{
		"an ID token of another signing in": {func(k *kit, b map[string]any) {
			b["id_token"] = k.another("mcr-console", "another nonce", "consultant")["id_token"]
		}, "another nonce"},
		"an ID token for another client": {func(k *kit, b map[string]any) {
			b["id_token"] = k.another("another", "n", "consultant")["id_token"]
		}, "audience"},
		"an access token of somebody else": {func(k *kit, b map[string]any) {
			b["access_token"] = k.another("mcr-console", "n", "privacy-officer")["access_token"]
		}, "hash"},
		"no ID token":                   {func(_ *kit, b map[string]any) { delete(b, "id_token") }, "malformed"},
		"an ID token with no signature": {func(_ *kit, b map[string]any) { b["id_token"] = unsigned(b["id_token"].(string)) }, ""},
		"an ID token as access token":   {func(_ *kit, b map[string]any) { b["access_token"] = b["id_token"] }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, nil)
			s := surfer.New(t).Open(k.url("/")).Click("/console/sign-in")
			forms := true
			k.tokens(func(b map[string]any) {
				if forms {
					forms = false
					before := *k.between.Load()
					k.stand(nil)
					c.change(k, b)
					k.stand(before)
				}
			})
			k.pick(s, "consultant")
			s.Shows(403, "could not be verified")
			if s.Session() != nil {
				t.Error("a session was begun")
			}
			if !strings.Contains(k.log.String(), c.says) {
				t.Errorf("the log does not say %q:\n%s", c.says, k.log.String())
			}
		})
	}
}

// unsigned makes a token that says alg none, without a signature.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return "eyJhbGciOiJub25lIn0." + parts[1] + "."
}

func TestAnIssuerThatIsAwayIsSaid(t *testing.T) {
	k := newKit(t, nil)
	k.away.Store(true)
	s := surfer.New(t).Open(k.url("/sign-in")).Shows(503, "does not answer", "Try again")
	if s.Resp.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	k.away.Store(false)
	s.Open(k.url("/sign-in")).Shows(503) // it was asked a moment ago
	k.clock.Pass(2 * time.Second)
	s.Click("/console/sign-in")
	form := s.At.Query()
	form.Set("cast", "consultant")
	s.Hold = func(u *url.URL) bool { return u.Path == "/console/callback" }
	s.Navigate("POST", k.issuer.URL+"/authorize", form)
	back := s.At.String()
	k.away.Store(true)
	s.Hold = nil
	s.Open(back).Shows(503, "does not answer")
	k.away.Store(false)
	k.signInWith(s, "consultant")
	s.Shows(200, "Find a patient")
}

func TestChoosingARole(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("two-roles")
	s.Shows(200, "In which role are you working now?", "Consultant, St Aldhelm's Hospital", "Clinical Practitioner, Out of Hours Wend")
	choosing := s.Session().Value
	s.Open(k.url("/patients")).Shows(200, "In which role") // nothing else before
	s.Submit("/console/role", nil).Shows(422, "There is a problem")
	s.Submit("/console/role", url.Values{"role": {"955004000100"}}).Shows(422) // somebody else's
	s.Submit("/console/role", url.Values{"role": {"855004000200"}}).Shows(200, "Find a patient", "Clinical Practitioner, Out of Hours Wend")
	if s.Session().Value == choosing {
		t.Error("the id was kept when the role was chosen")
	}
	s.Open(k.url("/role")).Submit("/console/role", url.Values{"role": {"955004000200"}}).Shows(200, "Consultant, St Aldhelm's Hospital")
}

// A browser too old to say where a request comes from: the form's own token decides.
func TestAnOldBrowser(t *testing.T) {
	k := newKit(t, nil)
	s := surfer.New(t)
	s.Modern = false
	k.signInWith(s, "consultant")
	s.Open(k.url("/patients")).Submit("/console/patients", url.Values{"number": {"1"}}).Shows(200, "This is done")
}

func TestTwoTabsSignInSideBySide(t *testing.T) {
	k := newKit(t, nil)
	one := surfer.New(t).Open(k.url("/")).Click("/console/sign-in")
	two := one.Tab().Open(k.url("/")).Click("/console/sign-in")
	k.pick(one, "consultant")
	one.Shows(200, "Find a patient")
	k.pick(two, "consultant")
	two.Shows(200, "Find a patient")
}

func TestTheIssuerIsNeverFollowedElsewhere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked of another host", r.URL.Path) }))
	defer elsewhere.Close()
	k := newKit(t, nil)
	s := surfer.New(t).Open(k.url("/")).Click("/console/sign-in")
	k.stand(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
	k.pick(s, "consultant")
	if s.Session() != nil {
		t.Error("a session was begun")
	}
	if strings.Contains(k.log.String(), "code_verifier") {
		t.Error("the log holds what was sent")
	}
}
