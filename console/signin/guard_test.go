package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/internal/surfer"
)

func TestForgedFormsChangeNothing(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("consultant")
	other := k.signIn("consultant")
	s.Open(k.url("/patients"))
	good := url.Values{"number": {"9990000018"}}
	csrf := surfer.Hidden.FindStringSubmatch(s.Body)[2]
	post := func(change func(r *http.Request), form url.Values) *http.Response {
		t.Helper()
		r, _ := http.NewRequest("POST", k.url("/patients"), strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(s.Session())
		change(r)
		resp, err := s.Client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	with := func(token string) url.Values {
		f := url.Values{"csrf": {token}}
		for n, v := range good {
			f[n] = v
		}
		return f
	}
	nothing := func(*http.Request) {}
	for name, c := range map[string]struct {
		change func(*http.Request)
		form   url.Values
		want   int
	}{
		"no token":                    {nothing, good, 403},
		"an empty token":              {nothing, with(""), 403},
		"a guess":                     {nothing, with(strings.Repeat("A", 43)), 403},
		"another session's":           {nothing, with(surfer.Hidden.FindStringSubmatch(other.Body)[2]), 403},
		"two tokens":                  {nothing, url.Values{"csrf": {csrf, csrf}}, 400},
		"another site, token known":   {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, with(csrf), 403},
		"a neighbour in the domain":   {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, with(csrf), 403},
		"another origin, old browser": {func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, with(csrf), 403},
		"an opaque origin":            {func(r *http.Request) { r.Header.Set("Origin", "null") }, with(csrf), 403},
		"token in the address":        {func(r *http.Request) { r.URL.RawQuery = "csrf=" + csrf }, good, 403},
		"JSON":                        {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, with(csrf), 400},
		"multipart":                   {func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, with(csrf), 400},
		"plain text":                  {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, with(csrf), 400},
		"far too long":                {nothing, url.Values{"csrf": {csrf}, "number": {strings.Repeat("9", 300<<10)}}, 400},
		"ours":                        {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, with(csrf), 200},
	} {
		if resp := post(c.change, c.form); resp.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d", name, resp.StatusCode, c.want)
		}
	}
	if n := k.done.Load(); n != 1 {
		t.Errorf("%d forms were let in, want our own alone", n)
	}
}

func TestAnotherHostNameGetsNoPage(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("consultant")
	ask := func(method, host string) *http.Response {
		r := httptest.NewRequest(method, k.url("/patients"), nil)
		r.Host = host
		r.AddCookie(s.Session())
		w := httptest.NewRecorder()
		k.console.ServeHTTP(w, r)
		return w.Result()
	}
	for _, host := range []string{"evil.example", "localhost", "localhost:1", "localhost@evil.example", ""} {
		if resp := ask("GET", host); resp.StatusCode != 307 || resp.Header.Get("Location") != k.url("/") {
			t.Errorf("GET of %q: %d to %q", host, resp.StatusCode, resp.Header.Get("Location"))
		}
		if resp := ask("POST", host); resp.StatusCode != 421 {
			t.Errorf("POST of %q: %d", host, resp.StatusCode)
		}
	}
}

func TestTheSchemesOwnPortIsTheSameHost(t *testing.T) {
	k := newKit(t, func(c *signin.Config) { c.PublicURL = "https://record.example:443" })
	r := httptest.NewRequest("GET", "https://record.example/console/", nil)
	w := httptest.NewRecorder()
	if k.console.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
}
