package caddymodule_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/caddymodule"
)

// What an issuer says of itself is a fault where it is another's name, since no token would be
// taken; what it does not say, or not as it should, is a doubt, and validation goes on.
func TestAnIssuerIsAskedWhatItIsCalled(t *testing.T) {
	asked := ""
	document := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			_, _ = fmt.Fprint(w, strings.ReplaceAll(text, "HERE", "http://"+r.Host))
		}
	}
	const good = `{"issuer":"HERE","jwks_uri":"HERE/jwks"}`
	for name, c := range map[string]struct {
		serve         http.HandlerFunc
		suffix        string // of the issuer's name as the Caddyfile spells it
		wrong, unsure string // what is said; "" is nothing
	}{
		"as it should be":        {serve: document(good)},
		"below a path":           {serve: document(`{"issuer":"HERE/realms/nhs","jwks_uri":"HERE/jwks"}`), suffix: "/realms/nhs"},
		"no keys in it":          {serve: document(`{"issuer":"HERE"}`)},
		"a slash too many":       {serve: document(good), suffix: "/", wrong: `the issuer calls itself "HERE"`},
		"another":                {serve: document(`{"issuer":"https://other.example","jwks_uri":"HERE/jwks"}`), wrong: `calls itself "https://other.example"`},
		"https, and http in it":  {serve: document(strings.Replace(good, `"HERE"`, `"https://127.0.0.1"`, 1)), wrong: `calls itself "https://127.0.0.1"`},
		"its keys elsewhere":     {serve: document(`{"issuer":"HERE","jwks_uri":"HERE/other"}`), unsure: "its keys are at HERE/other by its own word"},
		"no JSON":                {serve: document(`<!doctype html>`), unsure: "does not say what the issuer is called (status 200)"},
		"JSON that ends early":   {serve: document(`{"issuer":"HERE"`), unsure: "does not say what the issuer is called"},
		"a list":                 {serve: document(`[` + good + `]`), unsure: "does not say what the issuer is called"},
		"a number for a name":    {serve: document(`{"issuer":1}`), unsure: "does not say what the issuer is called"},
		"nothing of an issuer":   {serve: document(`{}`), unsure: "does not say what the issuer is called"},
		"more than is read":      {serve: document(`{"x":"` + strings.Repeat("x", 1<<20) + `","issuer":"https://other.example"}`), unsure: "does not say"},
		"an error":               {serve: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, good, http.StatusBadGateway) }, unsure: "(status 502)"},
		"a way to somebody else": {serve: http.RedirectHandler("https://other.example/", http.StatusFound).ServeHTTP, unsure: "(status 302)"},
		"a connection that ends": {serve: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, unsure: "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			defer server.Close()
			wrong, unsure := caddymodule.AskIssuer(t.Context(), caddymodule.Issuer{Name: server.URL + c.suffix, JWKSURL: server.URL + "/jwks"})
			for what, said := range map[string][2]string{"wrong": {c.wrong, wrong}, "unsure": {c.unsure, unsure}} {
				if want := strings.ReplaceAll(said[0], "HERE", server.URL); !strings.Contains(said[1], want) || (want == "") != (said[1] == "") {
					t.Errorf("%s: want %q, got %q", what, want, said[1])
				}
			}
		})
	}
	if want := "/.well-known/openid-configuration"; !strings.HasSuffix(asked, want) {
		t.Errorf("%s was asked for", asked)
	}
}

// An issuer that nobody can reach, or that does not speak as its address says, is a doubt.
func TestAnIssuerThatCannotBeAskedIsADoubt(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler()) // of a certificate that nobody here trusts
	defer secure.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for what, name := range map[string]string{
		"gone": gone.URL, "a stranger's certificate": secure.URL, "https where there is http": strings.Replace(plain.URL, "http:", "https:", 1),
		"http where there is https": strings.Replace(secure.URL, "https:", "http:", 1), "no address": "http://127.0.0.1:port",
	} {
		if wrong, unsure := caddymodule.AskIssuer(t.Context(), caddymodule.Issuer{Name: name, JWKSURL: "https://issuer.example/jwks"}); wrong != "" || unsure == "" {
			t.Errorf("%s: wrong %q, unsure %q", what, wrong, unsure)
		}
	}
	for what, issuer := range map[string]caddymodule.Issuer{
		"a name that is no address": {Name: "nhs", JWKSURL: "https://issuer.example/jwks"},
		"keys from a file":          {Name: plain.URL, JWKSFile: "keys.json"},
	} {
		if wrong, unsure := caddymodule.AskIssuer(t.Context(), issuer); wrong+unsure != "" {
			t.Errorf("%s is asked: %q %q", what, wrong, unsure)
		}
	}
}
