package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/token"
)

func TestFaultsOfAConfigurationComeAtOnce(t *testing.T) {
	_, err := token.New(token.Config{Issuers: []token.Issuer{
		{},
		{Name: "a", JWKSURL: "http://issuer.example/jwks", JWKSFile: "jwks.json", Audience: []string{""}, Algorithms: []string{"HS256", "none"}, Preset: "oidc", Leeway: time.Hour},
		{Name: "a", JWKSURL: "http://issuer.example/jwks", Audience: []string{"x"}, Algorithms: []string{"ES256"}, Preset: "cis2", Claims: token.ClaimNames{Role: "role"}, MaxAge: time.Minute},
		{Name: "b", JWKSURL: "jwks", Audience: []string{"x"}, Algorithms: []string{"ES256"}, Preset: "generic", RefreshEvery: -1},
		{Name: "c", JWKSURL: "https://user:secret@issuer.example/", Audience: []string{"x"}, Algorithms: []string{"ES256"}, Preset: "generic"},
	}})
	if err == nil {
		t.Fatal("accepted")
	}
	want := strings.Join([]string{
		`configuring tokens: issuer number 1: name: missing; give the exact value of the claim iss`,
		`issuer number 1: jwks: missing; give a JWKS URL or a JWKS file`,
		`issuer number 1: audience: missing; give the value of aud that means this broker, or a token for any application would be accepted`,
		`issuer number 1: algorithms: missing; name the algorithms that the issuer signs with, such as ES256`,
		`issuer number 1: preset: "" is not known; use cis2 or generic`,
		`issuer a: jwks: both a URL and a file; keep one`,
		`issuer a: audience: an empty value; remove it`,
		`issuer a: algorithms: "HS256" is not offered; use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA (never none or a symmetric one)`,
		`issuer a: algorithms: "none" is not offered; use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA (never none or a symmetric one)`,
		`issuer a: preset: "oidc" is not known; use cis2 or generic`,
		`issuer a: leeway: 1h0m0s is longer than 5m0s; set the clocks right instead`,
		`issuer a: jwks url: scheme "http"; use https (http only for localhost)`,
		`issuer a: claims: role and organisation come from the selected role with the preset cis2; remove their names, or use the preset generic`,
		`issuer a: max age: 1m0s is shorter than the refresh of 1h0m0s, so keys would run out between two; raise it`,
		`issuer a: named twice; keep one`,
		`issuer b: jwks url: not an absolute URL; write https://host/path`,
		`issuer b: durations: negative; use a positive one, or leave it out for the default`,
		`issuer c: jwks url: holds a user name or password; remove it`,
	}, "\n")
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := token.New(token.Config{}); err == nil {
		t.Error("no issuer was accepted")
	}
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	for url, ok := range map[string]bool{
		"http://127.0.0.1:8080/jwks": true, "http://[::1]/jwks": true, "http://localhost/jwks": true, "https://issuer.example/jwks": true,
		"http://10.0.0.1/jwks": false, "http://localhost.issuer.example/": false, "http://127.0.0.1.issuer.example/": false, "ftp://127.0.0.1/": false, "file:///etc/jwks": false, "//issuer.example/jwks": false,
	} {
		_, err := token.New(token.Config{Issuers: []token.Issuer{{Name: "a", JWKSURL: url, Audience: []string{"x"}, Algorithms: []string{"none"}, Preset: "cis2"}}})
		if got := !strings.Contains(err.Error(), "jwks url"); got != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
}
