package main_test

import (
	"strings"
	"testing"
)

// Caddy has a reload of its own, with words of its own: what is told of ours is what ours does,
// however somebody asks.
func TestTheHelpOfReloadSaysWhatOursDoes(t *testing.T) {
	s := &site{t: t, dir: t.TempDir()}
	for _, asked := range [][]string{{"reload", "--help"}, {"reload", "-h"}, {"help", "reload"}} {
		out, err := s.run(asked...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", asked, err, out)
		}
		for _, want := range []string{"The policies come into force when they pass", "what was in force\nstays", "mcr policy diff", "reload [--config <path>]", "--force"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", asked, want, out)
			}
		}
		for _, theirs := range []string{"Caddy instance", "/load"} {
			if strings.Contains(out, theirs) {
				t.Errorf("%v says what Caddy's reload does:\n%s", asked, out)
			}
		}
	}
	if out, err := s.run("help"); err != nil || !strings.Contains(out, "says what is in force then") || strings.Contains(out, "Changes the config of the running Caddy") {
		t.Errorf("the list of commands: %v\n%s", err, out)
	}
}
