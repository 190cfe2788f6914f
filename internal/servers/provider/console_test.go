//go:build servers

package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
)

// tab is a browser at the console, which talks to nobody but the console and the provider.
func (w *world) tab(t *testing.T) *browser.Tab {
	t.Helper()
	b, err := chromium()
	must(t, err)
	base := "http://" + w.address + "/console"
	tab := b.Person(t, base)
	t.Cleanup(func() {
		for _, wrong := range tab.Judge(base, []string{w.flagged(t, "own-record").NHSNumber}, w.Provider.Issuer) {
			t.Errorf("the browser saw: %s", wrong)
		}
	})
	return tab
}

// Somebody signs in, sees a patient's record, and signs out here and at the provider, in a
// real browser.
func TestServersProviderConsole(t *testing.T) {
	w := start(t)
	p := w.flagged(t, "own-record")
	tab := w.tab(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Sees("Who are you?")
	tab.Follow("Dr Amara Okafor")
	tab.Sees("You are signed in as", "Dr Amara Okafor", "Riverside Surgery")

	tab.Follow("Sign out")
	tab.Sees("You are signed out")
	tab.Follow("Sign out there too")
	tab.Follow("Sign out everywhere")
	tab.Sees("You are signed out")
	if !strings.HasPrefix(tab.Path(), "/signed-out") {
		t.Errorf("the provider led back to %s", tab.Location())
	}
	tab.Lacks(p.Name)
	tab.Follow("Sign in")
	tab.Sees("Who are you?")
}

// A session goes on with a new token when its token is about to end, and nobody signs in
// again.
func TestServersProviderConsoleRenews(t *testing.T) { renews(t, start(t)) }

// As CIS2 asks for, the console proves itself by a key, when somebody signs in and when a token
// is renewed; by another's key nobody gets in.
func TestServersProviderConsoleProvesItselfByAKey(t *testing.T) {
	proof := func(key string) func(*settings) {
		return func(s *settings) {
			s.Console, s.Proof = "console-signing", "private_key {file."+s.Data+"/"+key+"}\n key_id console-1"
			s.Lines = []string{"clients console-signing", asks(s.Issuer)}
		}
	}
	w := start(t, proof("console.key"))
	renews(t, w)
	w.load(t, proof("client.key"))
	tab := w.tab(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Follow("Dr Amara Okafor")
	tab.Sees("could not be verified")
	tab.Lacks("You are signed in as")
}

func renews(t *testing.T, w *world) {
	t.Helper()
	must(t, w.Slow(59*time.Minute)) // so that an hour's token has a minute left
	tab := w.tab(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Follow("Dr Amara Okafor")
	tab.Sees("You are signed in as")
	must(t, w.Slow(0))
	before, err := w.Given()
	must(t, err)
	for range 2 {
		tab.Open("/")
		tab.Sees("You are signed in as", "Dr Amara Okafor")
	}
	after, err := w.Given()
	must(t, err)
	if after["refresh_token"] != before["refresh_token"]+1 || after["authorization_code"] != before["authorization_code"] {
		t.Errorf("tokens given before %v, after %v", before, after)
	}
}
