//go:build servers

package provider_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"testing"
)

// anew is a broker that has not asked for keys a moment ago: it does so at a bounded rate.
func anew(s *settings) { s.Anew = rand.Text() }

// Keys change under a running broker: those that are published are good, and no others.
func TestServersProviderRotatesItsKeys(t *testing.T) {
	w := start(t, anew)
	first := w.token(t, "application", "own-gp")
	w.released(t, "the first key", w.ask(t, first))

	must(t, w.Rotate(true))
	second := w.token(t, "application", "own-gp")
	w.released(t, "a new key", w.ask(t, second))
	w.released(t, "the first key, which is still published", w.ask(t, first))

	must(t, w.Rotate(false))
	w.released(t, "the newest key", w.ask(t, w.token(t, "application", "own-gp")))
	for what, token := range map[string]string{"first": first, "second": second} {
		w.refused(t, "the "+what+" key, which is no longer published", http.StatusUnauthorized, "key-not-known", func() answer { return w.ask(t, token) })
	}
}

// While the provider is away its last keys are good, until they are too old.
func TestServersProviderAway(t *testing.T) {
	w := start(t, anew)
	known := w.token(t, "application", "own-gp") // not shown to the broker yet
	must(t, w.Rotate(true))
	unknown := w.token(t, "application", "own-gp")
	must(t, w.Away(true))
	w.released(t, "a key that the broker has", w.ask(t, known))
	w.refused(t, "a key that it cannot fetch", http.StatusServiceUnavailable, "keys-unavailable", func() answer { return w.ask(t, unknown) })
	if a := w.do(t, http.DefaultClient, "http://"+w.address+"/console/sign-in", nil); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("signing in at the console is answered %d %v", a.status, a.header)
	}
	must(t, w.Away(false))

	w.load(t, func(s *settings) { s.Plain, s.Lines = true, []string{"refresh_every 1s", "max_age 1s"} })
	answered := func(status int) {
		t.Helper()
		until(t, func() error {
			if a := w.ask(t, unknown); a.status != status {
				return fmt.Errorf("got %d %s, want %d", a.status, a.body, status)
			}
			return nil
		})
	}
	answered(http.StatusOK)
	must(t, w.Away(true))
	answered(http.StatusServiceUnavailable)
	must(t, w.Away(false))
	answered(http.StatusOK)
}
