//go:build servers

package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A token that is no JWT is asked about at the provider.
func TestServersProviderIntrospection(t *testing.T) {
	w := start(t)
	token := w.token(t, "opaque", "own-gp")
	w.released(t, "an opaque token", w.ask(t, token))
	w.refused(t, "a token that nobody gave", http.StatusUnauthorized, "not-active", func() answer { return w.ask(t, "a"+token) })

	resp, err := http.PostForm(w.Provider.Issuer+"/token/revocation", url.Values{"token": {token}, "client_id": {"opaque"}})
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("revoking is answered %s", resp.Status)
	}
	until(t, func() error { // its answer is gone by for a second
		if a := w.ask(t, token); a.status != http.StatusUnauthorized {
			return fmt.Errorf("a revoked token is answered %d", a.status)
		}
		return nil
	})
}

// Who signs out at the provider is signed out at the broker and the console, at once.
func TestServersProviderLogout(t *testing.T) {
	w := start(t) // somebody of no other test: what a logout ends is all that was given up to that second
	here, there := w.Person(w.people["practice-nurse"]), w.Person(w.people["practice-nurse"])
	first := w.signInWith(t, t.Context(), here, "application", wanted, "").AccessToken
	second := w.signInWith(t, t.Context(), there, "application", wanted, "").AccessToken
	ask := func() answer { return w.ask(t, first) }
	w.released(t, "signed in", ask())
	_, err := here.Leave(w.Provider.Issuer + "/session/end?" + url.Values{"client_id": {"application"}, "post_logout_redirect_uri": {callback}}.Encode())
	must(t, err)
	w.refused(t, "signed out", http.StatusUnauthorized, "revoked", ask)
	w.released(t, "the same person's other session", w.ask(t, second))

	tab := w.tab(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Follow("Joan Prentice")
	tab.Sees("You are signed in as")
	other := tab.Tab()
	other.Open(w.Provider.Issuer + "/session/end")
	other.Follow("Sign out everywhere")
	other.Sees("You are signed out everywhere")
	tab.Reload()
	tab.Sees("Sign in")
	if strings.Contains(tab.Text(), "You are signed in as") {
		t.Errorf("the console goes on: %s", tab.Text())
	}
}
