package invariants_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// own leaves of the invariants those that are proved with the region's own settings.
func own(f fstest.MapFS) fstest.MapFS { return only(f, "permission") }

func TestWhatAChangeLetsOutIsListedWithItsSmallestCase(t *testing.T) {
	if policytest.Race {
		t.Skip("every change is made, without the race detector")
	}
	for _, c := range []struct {
		name, file string
		change     func(string) string
		want       []string // names, in order
		shows      []string // parts of the smallest case of the first
	}{
		{
			"a permission counts at its last second", "rules/permission/permission.rego", policytest.Replace("input.time < p.until", "input.time <= p.until"),
			[]string{"refused because permission-expired, now permitted by permission"},
			[]string{"until: now", "decision: permit"},
		},
		{
			"routine access with medications", "data/categories.json", policytest.Replace(`"routine_gp": ["administrative", "appointments", "demographics", "laboratory"]`, `"routine_gp": ["administrative", "appointments", "demographics", "laboratory", "medications"]`),
			[]string{"now with medications, permitted by routine_gp", "refused because permission-needed, now permitted by routine_gp"},
			[]string{"registration: {id: reg-1"},
		},
		{
			"contacts of protected patients stay", "data/labels.json", policytest.Replace("    \"*.contact\",\n", ""),
			[]string{"no longer without *.contact, permitted by permission", "no longer without *.contact, permitted by routine_gp", "no longer without *.contact, permitted by specialist"},
			[]string{"restriction: {id: res-1", "masks: true"},
		},
		{
			"sensitive items with routine access", "rules/routine_gp/routine_gp.rego", policytest.Replace("\"labels\": data.labels.normal", "\"labels\": data.labels.every"),
			[]string{"now with sensitive items, permitted by routine_gp"}, []string{"labels: every"},
		},
		{
			"an opt-out no longer counts", "rules/opt_out/opt_out.rego", policytest.Replace("\tconcerned\n\tnot over", "\tfalse\n\tconcerned\n\tnot over"),
			[]string{"refused because opted-out, now permitted by permission", "refused because opted-out, now permitted by routine_gp", "refused because opted-out, now permitted by specialist"},
			[]string{"opt_out: {id: oo-1"},
		},
		{
			"emergencies are turned on", "data/settings.json", policytest.Replace(`"enabled": false`, `"enabled": true`),
			[]string{"now permitted by emergency"}, []string{"decision: permit"},
		},
		{
			"whoever asks more than forty times is not asked what for", "rules/relationship/relationship.rego",
			policytest.Replace(`"alert": true} if not input.request.purpose == "direct-care"`, "\"alert\": true} if {\n\tnot input.request.purpose == \"direct-care\"\n\tinput.subject.asked_last_hour <= 40\n}"),
			[]string{"refused because purpose-not-direct-care, now permitted by permission"}, []string{"asked_last_hour: 41"},
		},
		{
			"nor is an ambulance service", "rules/relationship/relationship.rego",
			policytest.Replace(`"alert": true} if not input.request.purpose == "direct-care"`, "\"alert\": true} if {\n\tnot input.request.purpose == \"direct-care\"\n\tinput.subject.organisation_kind != \"ambulance\"\n}"),
			[]string{"refused because purpose-not-direct-care, now permitted by permission"}, []string{"organisation_kind: ambulance"},
		},
		{
			"a refusal more", "rules/relationship/relationship.rego", policytest.With("\n# METADATA\n# title: Nobody unsure\n# description: A sign-in of the lowest level is refused.\ndeny contains {\"reason\": \"role-not-entitled\"} if input.subject.assurance == \"AAL1\"\n"),
			nil, nil,
		},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w, err := invariants.Widened(t.Context(), own(policytest.Copied(t)), own(policytest.Changed(t, c.file, c.change)))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = w.Write(&out)
			t.Log("\n" + out.String())
			if (len(w.List) > 0) != errors.Is(err, invariants.ErrWidened) {
				t.Errorf("%d widenings and %v", len(w.List), err)
			}
			var names []string
			for _, one := range w.List {
				names = append(names, one.Name)
			}
			if len(c.want) == 0 && len(names) > 0 {
				t.Errorf("nothing is wider, and yet: %q", names)
			}
			for _, want := range c.want {
				if !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, want) }) {
					t.Errorf("listed is %q, not %q", names, want)
				}
			}
			for _, want := range c.shows {
				if !strings.Contains(string(w.List[0].Smallest.YAML), want) {
					t.Errorf("the smallest case does not show %q:\n%s", want, w.List[0].Smallest.YAML)
				}
			}
			for _, one := range w.List {
				if one.States.Sign() <= 0 || one.Smallest.Beyond != "" || one.Smallest.Decision.Effect != access.Permit || len(one.Smallest.YAML) == 0 {
					t.Errorf("%s: %v states, %s", one.Name, one.States, one.Smallest.Beyond)
				}
			}
		})
	}
}

func TestAChangeThatLetsOutMoreMustBeAcceptedByName(t *testing.T) {
	old := own(policytest.Copied(t))
	changed := own(policytest.Changed(t, "data/labels.json", policytest.Replace("    \"*.contact\",\n", "")))
	found, err := invariants.Widened(t.Context(), old, changed)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.List) == 0 || len(found.Open()) != len(found.List) {
		t.Fatalf("%d widenings, %d accepted by nobody", len(found.List), len(found.Open()))
	}
	to := found.NewDigest
	accept := func(from string, names ...string) error {
		text := "accepted:\n"
		for _, n := range names {
			text += fmt.Sprintf("  - {from: %q, to: %q, widening: %q, by: \"A. Guardian, Caldicott Guardian\", why: a test of acceptance}\n", from, to, n)
		}
		changed[invariants.AcceptedFile] = &fstest.MapFile{Data: []byte(text)}
		var out bytes.Buffer
		return found.AcceptedBy(text).Write(&out)
	}
	var names []string
	for _, one := range found.List {
		names = append(names, one.Name)
	}
	if err := accept(found.OldDigest, names...); err != nil {
		t.Errorf("all are accepted, and yet: %v", err)
	}
	accepted, err := invariants.Widened(t.Context(), old, changed)
	if err != nil {
		t.Fatal(err)
	}
	if err := accepted.Write(io.Discard); err != nil {
		t.Errorf("all are accepted in the folder, and yet: %v", err)
	}
	to = found.OldDigest
	again := accept(found.OldDigest, names...)
	to = found.NewDigest
	for name, err := range map[string]error{
		"the new ones changed again":  again,
		"one is not accepted":         accept(found.OldDigest[:12], names[1:]...),
		"of another change":           accept(found.NewDigest[:12], names...),
		"one that is not there":       accept(found.OldDigest[:12], append(slices.Clone(names), "permitted by nobody, now with everything")...),
		"one is accepted twice":       accept(found.OldDigest[:12], append(slices.Clone(names), names[0])...),
		"the file is not understood":  accept("not a digest", names...),
		"the name is cut a bit short": accept(found.OldDigest[:12], strings.TrimSuffix(names[0], "t")),
	} {
		if !errors.Is(err, invariants.ErrWidened) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSameRulesLetOutNothingMore(t *testing.T) {
	w, err := invariants.Widened(t.Context(), policies.FS, policies.FS)
	if err != nil || len(w.List) > 0 || w.OldDigest != w.NewDigest {
		t.Errorf("%v %v", w.List, err)
	}
}
