package caddymodule

import (
	"encoding/json"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// Own rules may be those of whoever has a source in the sources folder, or one that a site declares itself.
func TestWhoseOwnRulesThereMayBe(t *testing.T) {
	folder, err := nhs.ParseODSCode("RXA01")
	if err != nil {
		t.Fatal(err)
	}
	whole := loading{&caddy.Config{AppsRaw: caddy.ModuleMap{"http": json.RawMessage(`{"servers": {"srv0": {"routes": [{"handle": [{"handler": "subroute", "routes": [{"handle": [
		{"handler": "broker", "source": "tried", "alone": {"name": "A source to try", "ods": "Z91099", "kind": "gp"}}]}]}]}]}}}`)}}}
	for of, right := range map[string]bool{"RXA01": true, "Z91099": true, "RXB02": false, "no code": false} {
		a := &App{sources: map[string]upstreams.Source{"acute": {ID: "acute", ODS: folder}}, OwnPolicies: map[string]string{of: "/etc/mcr/own"}}
		if faults := a.checkOwnPolicies(&whole); (len(faults) == 0) != right {
			t.Errorf("%s: %v", of, faults)
		}
	}
}
