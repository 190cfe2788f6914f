package apart_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// A set is judged alike in this process and in one of its own, whatever is wrong with it.
func TestBothWaysGiveTheSameVerdict(t *testing.T) {
	alter := func(file, from, to string) func(*testing.T, fstest.MapFS) {
		return func(t *testing.T, fsys fstest.MapFS) {
			if fsys[file] == nil || !strings.Contains(string(fsys[file].Data), from) {
				t.Fatalf("there is no %q in %s", from, file)
			}
			fsys[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(fsys[file].Data), from, to, 1))}
		}
	}
	add := func(file, text string) func(*testing.T, fstest.MapFS) {
		return func(_ *testing.T, fsys fstest.MapFS) { fsys[file] = &fstest.MapFile{Data: []byte(text)} }
	}
	remove := func(file string) func(*testing.T, fstest.MapFS) {
		return func(_ *testing.T, fsys fstest.MapFS) { delete(fsys, file) }
	}
	for name, change := range map[string]func(*testing.T, fstest.MapFS){
		"":                          func(*testing.T, fstest.MapFS) {},
		"a rule cannot be read":     add("rules/opt_out/opt_out.rego", "package mcr.rules.opt_out\n\nimport rego.v2\n\ndeny contains {\n"),
		"a rule does not compile":   alter("rules/opt_out/opt_out.rego", "input.", "inputs."),
		"a rule permits strangers":  alter("decision.rego", "denials != {}", "denials == {}"),
		"a Rego test fails":         add("rules/opt_out/more_test.rego", "package mcr.rules.opt_out_more_test\n\nimport rego.v2\n\ntest_it if 1 == 2\n"),
		"a setting is no number":    alter("data/settings.json", `"enabled": false`, `"enabled": "yes"`),
		"a reason is misspelt":      alter("data/reasons.json", `"opted-out"`, `"opted-ouf"`),
		"a list is gone":            remove("data/labels.json"),
		"a list is no JSON":         add("data/labels.json", "{"),
		"a case expects otherwise":  alter("testdata/decisions/opt_out.yaml", "decision: refuse", "decision: permit"),
		"a case cannot be read":     add("testdata/decisions/opt_out.yaml", "title: [\n"),
		"a case's setting is wrong": alter("testdata/decisions/emergency_off.yaml", "settings: {emergency: {enabled: false}}", "settings: {emergency: {minutes: 0}}"),
		"the schema is gone":        remove("schema/input.json"),
		"a file has no place":       add("rules/opt_out/opt_out.regp", "package x\n"),
		"an invariant is misspelt":  add("invariants/more.yaml", "invariants: [{nothing: of this}]\n"),
		"all rules are gone": func(_ *testing.T, fsys fstest.MapFS) {
			for file := range fsys {
				if strings.HasSuffix(file, ".rego") {
					delete(fsys, file)
				}
			}
		},
		"bytes that are no text": add("data/settings.json", "\xff\xfe{"),
	} {
		t.Run(name, func(t *testing.T) {
			fsys := policytest.Copied(t)
			change(t, fsys)
			all, err := folder.Hold(fsys)
			if err != nil {
				t.Fatal(err)
			}
			got, err := apart.Judging()(t.Context(), all, decision.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := check.Judge(t.Context(), all, decision.Options{})
			if got.Revision != nil {
				t.Error("a revision cannot come from another process")
			}
			want.Revision = nil
			slices.Sort(want.Faults) // tests end in any order
			slices.Sort(got.Faults)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("in a process of its own (-), and in this one (+):\n%s", cmp.Diff(got, want))
			}
			if good := len(got.Faults) == 0; good != (name == "") {
				t.Errorf("faults: %q", got.Faults)
			}
		})
	}
}
