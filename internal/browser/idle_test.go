//go:build servers

package browser_test

import (
	"strings"
	"testing"
)

// idle sets how long a session lasts that nobody uses.
func idle(within string) func(string) string {
	return func(caddyfile string) string {
		return strings.Replace(caddyfile, "client_id mcr-console", "client_id mcr-console\n\t\t\tidle "+within, 1)
	}
}

func TestServersBrowserNobodyIsThere(t *testing.T) {
	w := inTheRegion(t)
	t.Cleanup(func() {
		if err := w.load(nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("a warning first, and staying", func(t *testing.T) {
		if err := w.load(idle("62s")); err != nil {
			t.Fatal(err)
		}
		tab := w.signIn(t, "consultant")
		tab.Sees("You will be signed out soon")
		tab.Axe()
		tab.Fits()
		if f := tab.Focus(); f.Name != "Stay signed in" {
			t.Errorf("the keyboard is at %+v", f)
		}
		tab.Key("\r")
		tab.Until("the warning gone", `!document.querySelector("dialog[open]")`)
	})
	for name, scripts := range map[string]bool{"signed out, and the screen emptied": true, "so without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			if err := w.load(idle("4s")); err != nil {
				t.Fatal(err)
			}
			tab := w.person(t)
			tab.Scripts(scripts)
			w.enter(t, tab, "consultant")
			tab.Sees("You are signed out", "Nobody used this page for a while")
			if scripts {
				tab.Axe() // which is a script
			}
			tab.Open("/patients")
			tab.Sees("Sign in to go on")
		})
	}
}
