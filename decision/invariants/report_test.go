package invariants_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// withInvariants are the real policies with one file of invariants.
func withInvariants(t *testing.T, text string) fstest.MapFS {
	t.Helper()
	f := only(policytest.Copied(t), "region")
	if text != "" {
		f["invariants/region.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}

func TestAnInvariantThatProvesNothingIsAFault(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{
			"no state in which it would have to hold", `
title: Our own
promise: What the region promised.
invariants:
  - name: whoever views says nothing of sensitive items
    whenever: {does: view, says: {sensitive: true}}
    then never: {decision: permit}
`, "WRONG invariants/region.yaml:5 whoever views says nothing of sensitive items\n          there is no state in which its whenever is met, so it proves nothing",
		},
		{
			"no rule by which it would be decided", `
title: Our own
promise: What the region promised.
invariants:
  - name: emergencies, where they are off, are marked
    whenever: {by: emergency}
    then: {alert: true}
`, "it proves nothing",
		},
		{"no invariants", "", "WRONG there are no invariants"},
		{
			"what cannot be read", "title: Our own\npromise: What the region promised.\ninvariants:\n  - {name: one thing, whenever: {at: home}, then: {decision: permit}}\n",
			"WRONG invariants/region.yaml:4: at: say own or elsewhere",
		},
		{
			"settings that the policies do not have", "title: Our own\npromise: What the region promised.\nsettings: {emergency: {minuts: 5}}\ninvariants:\n  - {name: one thing, then: {decision: permit}}\n",
			"WRONG invariants/region.yaml:3: settings: ",
		},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := invariants.Test(t.Context(), withInvariants(t, c.text), &out)
			if !errors.Is(err, invariants.ErrBroken) || !strings.Contains(out.String(), c.want) {
				t.Errorf("%v, and it is said:\n%s", err, out.String())
			}
		})
	}
}

func TestARegionsInvariantsAreProvedBesideTheShippedOnes(t *testing.T) {
	f := policytest.Copied(t)
	only(f, "own_record")
	f["invariants/region.yaml"] = &fstest.MapFile{Data: []byte(`
title: Our own
promise: What the region promised.
invariants:
  - name: council staff see what they hold
    whenever: {does: view, at: own, purpose: direct-care, role: R8014, restriction: [in force]}
    then: {decision: permit}
`)}
	var out bytes.Buffer
	if err := invariants.Test(t.Context(), f, &out); err == nil || !strings.Contains(out.String(), "region.yaml:6: restriction: say known") {
		t.Errorf("%v\n%s", err, out.String())
	}
	f["invariants/region.yaml"].Data = bytes.Replace(f["invariants/region.yaml"].Data, []byte("[in force]"), []byte("in force"), 1)
	out.Reset()
	if err := invariants.Test(t.Context(), f, &out); err != nil || !strings.Contains(out.String(), "ok    council staff see what they hold: in all ") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestInvariantsAreNotServed(t *testing.T) {
	with, without := policytest.Copied(t), only(policytest.Copied(t), "none")
	if a, b := policytest.Revision(t, with).Digest(), policytest.Revision(t, without).Digest(); a != b {
		t.Error("the digest of what is served depends on the invariants")
	}
	a, err1 := decision.Fingerprint(with)
	b, err2 := decision.Fingerprint(without)
	if err := errors.Join(err1, err2); err != nil || a == b {
		t.Errorf("the fingerprint of all there is does not depend on the invariants: %v", err)
	}
}

// With the list of roles that never view emptied, nobody is on it: what is promised of
// them proves nothing, and that is told.
func TestAnEmptiedListOfRolesIsTold(t *testing.T) {
	f := only(policytest.Changed(t, "data/roles.json", func(s string) string {
		from := strings.Index(s, `"never_elsewhere": {`) + len(`"never_elsewhere": {`)
		return s[:from] + s[from+strings.Index(s[from:], "}"):]
	}), "relationship")
	var out bytes.Buffer
	err := invariants.Test(t.Context(), f, &out)
	if err == nil || !strings.Contains(out.String(), "nothing is permitted elsewhere to a role of the list never_elsewhere\n          there is no state") && !strings.Contains(err.Error(), "never_elsewhere") {
		t.Errorf("%v\n%s", err, out.String())
	}
	t.Logf("%v\n%s", err, out.String())
}
