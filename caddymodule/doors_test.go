package caddymodule_test

import (
	"os"
	"strings"
	"testing"
)

// Half of the connections would go to each; Caddy sees only addresses of one network.
func TestAServerWithoutTheGuardAtTheAddressOfAnotherIsRefused(t *testing.T) {
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MCR_DATA", t.TempDir())
	t.Setenv("MCR_METRICS_PORT", "9181")
	config, err := adapt(t, "../Caddyfile", text)
	if err != nil {
		t.Fatal(err)
	}
	with := func(listen string) []byte {
		return []byte(strings.Replace(string(config), `"servers":{`, `"servers":{"aside":{"listen":["`+listen+`"],"routes":[]},`, 1))
	}
	t.Setenv("ASIDE", "127.0.0.1:9181")
	for _, listen := range []string{"127.0.0.1:9181", "tcp/127.0.0.1:9180-9182", "{env.ASIDE}"} {
		if err := validate(t, with(listen)); err == nil || !strings.Contains(err.Error(), "listens at 127.0.0.1:9181, as server") {
			t.Errorf("%s: %v", listen, err)
		}
	}
	if err := validate(t, with("127.0.0.1:9182")); err != nil {
		t.Errorf("an address of its own: %v", err)
	}
}
