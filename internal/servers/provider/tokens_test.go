//go:build servers

package provider_test

import (
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// What the provider gives to clients of all kinds is let in by what it is for.
func TestServersProviderTokens(t *testing.T) {
	w := start(t)
	refused := func(what string, status int, why, token string) {
		t.Helper()
		w.refused(t, what, status, why, func() answer { return w.ask(t, token) })
	}

	w.released(t, "a JWT signed with ES256", w.ask(t, w.token(t, "application", "own-gp")))
	w.released(t, "a JWT signed with PS256", w.ask(t, w.token(t, "ps256", "own-gp")))
	if a := w.ask(t, w.token(t, "application", "consultant")); a.status != http.StatusForbidden {
		t.Errorf("somebody of another organisation, whom nobody asked for, gets %d %s", a.status, a.body)
	}

	signedIn := w.signIn(t, "application", "own-gp", wanted)
	refused("an ID token", http.StatusUnauthorized, "audience-wrong", signedIn.Extra("id_token").(string))
	refused("a refresh token", http.StatusUnauthorized, "not-an-access-token", signedIn.RefreshToken)
	another := oauth2.SetAuthURLParam("resource", "https://another.example")
	refused("a token for another application", http.StatusUnauthorized, "audience-wrong", w.signIn(t, "application", "own-gp", wanted, another).AccessToken)
	refused("a token to sign in with alone", http.StatusUnauthorized, "scope-wrong", w.signIn(t, "application", "own-gp", []string{"openid", "profile"}).AccessToken)

	machine := clientcredentials.Config{ClientID: "machine", ClientSecret: "of the machine", TokenURL: w.Provider.Issuer + "/token", Scopes: []string{"nationalrbacaccess"}}
	token, err := machine.Token(t.Context())
	must(t, err)
	refused("a machine's own token", http.StatusForbidden, "identity-incomplete", token.AccessToken)

	must(t, w.Slow(2*time.Hour))
	old := w.token(t, "application", "own-gp")
	must(t, w.Slow(0))
	refused("a token that was given two hours ago, for one", http.StatusUnauthorized, "expired", old)
	must(t, w.Slow(-10*time.Minute))
	early := w.token(t, "application", "own-gp")
	must(t, w.Slow(0))
	refused("a token of a provider whose clock is ten minutes ahead", http.StatusUnauthorized, "not-yet-valid", early)

	refused("a token of a client that is not the broker's", http.StatusUnauthorized, "client-not-known", w.token(t, "stranger", "own-gp"))
}

// An issuer is named in the Caddyfile as its tokens name it, or nobody is let in.
func TestServersProviderSpelledWithASlash(t *testing.T) {
	w := start(t, func(s *settings) { s.Issuer, s.Plain = s.Issuer+"/", true })
	token, opaque := w.token(t, "application", "own-gp"), w.token(t, "opaque", "own-gp")
	w.refused(t, "the issuer with a slash at its end", http.StatusUnauthorized, "issuer-not-known", func() answer { return w.ask(t, token) })
	w.refused(t, "an opaque token, where nobody can be asked", http.StatusUnauthorized, "malformed", func() answer { return w.ask(t, opaque) })
}

// What an issuer may say of people is limited by organisation and role.
func TestServersProviderSpeaksForItsOwn(t *testing.T) {
	w := start(t, func(s *settings) { s.Plain, s.Lines = true, []string{"organisations RX*"} })
	token := w.token(t, "application", "own-gp")
	w.refused(t, "an issuer that speaks for another's staff", http.StatusUnauthorized, "organisation-not-the-issuers", func() answer { return w.ask(t, token) })
}
