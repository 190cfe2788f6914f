package invariants_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/policytest"
)

func TestRulesThatDecideTheSameAreSeenToDoSo(t *testing.T) {
	for _, c := range []struct {
		name, file string
		change     func(string) string
		same       bool
	}{
		{"a condition said twice", "rules/permission/permission.rego", policytest.Replace("\tp.given == true\n\tp.withdrawn == false\n\tp.from", "\tp.given == true\n\tp.given != false\n\tp.withdrawn == false\n\tp.from"), true},
		{"conditions in another order", "rules/permission/permission.rego", policytest.Replace("\tp.given == true\n\tp.withdrawn == false\n\tp.from", "\tp.withdrawn == false\n\tp.given == true\n\tp.from"), true},
		{"one second more", "rules/permission/permission.rego", policytest.Replace("input.time < p.until\n\tinput.time - p.from", "input.time <= p.until\n\tinput.time - p.from"), false},
		{"another basis", "rules/permission/permission.rego", policytest.Replace("\"basis\": {\"permission\": p, \"relationship\": r}", "\"basis\": {\"permission\": p}"), false},
		{"a setting", "data/settings.json", policytest.Replace(`"minutes": 60`, `"minutes": 59`), false},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			same, err := invariants.Same(t.Context(), own(policytest.Copied(t)), own(policytest.Changed(t, c.file, c.change)))
			if err != nil || same != c.same {
				t.Errorf("the same is %v, expected %v: %v", same, c.same, err)
			}
		})
	}
}

func TestBrokenNamesTheInvariant(t *testing.T) {
	if name, err := invariants.Broken(t.Context(), own(policytest.Copied(t))); err != nil || name != "" {
		t.Errorf("the shipped rules break %q: %v", name, err)
	}
	changed := own(policytest.Changed(t, "rules/permission/permission.rego", policytest.Replace("\tsensitive == true\n", "")))
	if name, err := invariants.Broken(t.Context(), changed); err != nil || name != "sensitive items go elsewhere only with a permission that includes them" {
		t.Errorf("broken is %q: %v", name, err)
	}
	var none fstest.MapFS
	if _, err := invariants.Broken(t.Context(), none); err == nil {
		t.Error("a folder that is empty breaks nothing")
	}
}
