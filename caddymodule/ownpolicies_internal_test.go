package caddymodule

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
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

// That own rules came, changed or went is said whatever becomes of the region's; a digest that is another
// by the region's lists alone is no change of theirs.
func TestWhichOwnRulesAreOthersIsSaid(t *testing.T) {
	one := policytest.Revision(t, policies.FS)
	two := policytest.Revision(t, policytest.Changed(t, "data/settings.json", policytest.Replace(`"default_hours": 24`, `"default_hours": 12`)))
	set := func(own map[string]*gate.Own) *gate.Set { return &gate.Set{Own: own} }
	was := set(map[string]*gate.Own{"RXA01": {Fingerprint: "a", Revision: one}, "RXA02": {Fingerprint: "b", Revision: one}, "RXA03": {Fingerprint: "c", Revision: one}})
	is := set(map[string]*gate.Own{"RXA02": {Fingerprint: "b", Revision: two}, "RXA03": {Fingerprint: "d", Revision: two}, "RXA04": {Fingerprint: "e", Revision: two}})
	want := []string{
		"the own rules of RXA01 are in force no more, which may let out more (digest " + one.Digest() + ")",
		"the own rules of RXA03 changed, which may let out more (digest " + two.Digest() + ", before " + one.Digest() + ")",
		"the own rules of RXA04 are new (digest " + two.Digest() + ")",
	}
	if got := ownChanges(was, is); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := ownChanges(set(nil), is); len(got) != 3 {
		t.Errorf("where there were none: %q", got)
	}
	for _, pair := range [][2]*gate.Set{{was, was}, {nil, is}, {was, nil}, {set(nil), set(nil)}} {
		if got := ownChanges(pair[0], pair[1]); got != nil {
			t.Errorf("%q", got)
		}
	}
}
