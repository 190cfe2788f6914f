package decision_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/own"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// beside gives the region's rules with own ones of these organisations.
func beside(t testing.TB, folder fstest.MapFS, of ...string) (both, alone *decision.Revision) {
	t.Helper()
	composed, err := own.Compose(policies.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	alone = policytest.Revision(t, composed)
	opt := decision.Options{Own: map[string]*decision.Revision{}}
	for _, o := range of {
		opt.Own[o] = alone
	}
	both, err = decision.Load(t.Context(), policies.FS, opt)
	if err != nil {
		t.Fatal(err)
	}
	return both, alone
}

func ownRule(name, parts string) fstest.MapFS {
	return fstest.MapFS{"rules/" + name + "/" + name + ".rego": {Data: []byte("package mcr.rules." + name + "\n\nimport rego.v2\n\n" + parts)}}
}

// everyOwn are own rules of every kind, spiteful ones included: nobody checked them.
func everyOwn(t testing.TB) map[string]fstest.MapFS {
	return map[string]fstest.MapFS{
		"the hospital's":      policytest.CopiedFrom(t, os.DirFS("check/testdata/own")),
		"permit":              ownRule("wide", `permit contains {"reason": "own-record"} if true`),
		"release everything":  ownRule("wide", `plan contains {"categories": data.categories.every, "labels": ["*"]} if true`),
		"deny":                ownRule("shut", `deny contains {"reason": "opted-out"} if true`),
		"cannot tell":         ownRule("shut", `unknown contains "facts-unavailable" if true`),
		"withhold some":       ownRule("less", `withhold contains {"categories": ["laboratory"], "reason": "withheld-from-role"} if true`),
		"withhold all":        ownRule("less", `withhold contains {"categories": data.categories.every, "reason": "withheld-from-role"} if true`),
		"mask":                ownRule("less", `plan contains {"masks": ["Condition.note"]} if true`),
		"in the region's way": ownRule("basis", `permit contains {"reason": "emergency-access", "basis": {"emergency": "made-up"}} if true`),
		"fail":                ownRule("odd", "n := 1 if input.source.id != \"\"\n\nn := 2 if input.source.kind != \"\"\n\ndeny contains {\"reason\": \"opted-out\"} if n == 3"),
		"odd":                 ownRule("odd", `withhold := 7`),
		"no such category":    ownRule("odd", `withhold contains {"categories": ["labratory"], "reason": "withheld-from-role"} if true`),
	}
}

// Whatever own rules say, what is decided with them is never wider than what the region's rules decide,
// at no other organisation anything else, and by OPA's evaluator the same.
func TestOwnRulesOnlyRestrict(t *testing.T) {
	region := policytest.Revision(t, policies.FS)
	every := policytest.Cases(t)
	for name, folder := range everyOwn(t) {
		t.Run(name, func(t *testing.T) {
			both, alone := beside(t, folder, "RXA01")
			engine := decision.NewEngine(both)
			restricted, here := 0, 0
			for i := range every {
				c := &every[i]
				input := c.Engine.Decide(t.Context(), c.Question, c.Facts).Input
				was, err := region.DecideInput(t.Context(), input)
				if err != nil {
					t.Fatal(err)
				}
				is, err := both.DecideInput(t.Context(), input)
				if err != nil {
					t.Fatal(err)
				}
				if wider := cases.Wider(was, is); wider != "" {
					t.Fatalf("%s: %s", c.Name, wider)
				}
				again, err := engine.Replay(t.Context(), input)
				again.Input = nil
				if err != nil || !decision.Same(is, again) {
					t.Fatalf("%s: OPA's evaluator: %v\n%+v\n%+v", c.Name, err, is, again)
				}
				asked := was.Effect == access.Permit && c.Question.Action == access.View && c.Question.Source.Organisation.String() == "RXA01"
				if asked {
					here++
				} else if !decision.Same(was, is) {
					t.Fatalf("%s: the hospital's rules were not to be asked:\n%+v\n%+v", c.Name, was, is)
				}
				if asked && is.Effect != access.Indeterminate && is.Own != alone.Digest() {
					t.Fatalf("%s: which rules were asked is not said: %+v", c.Name, is)
				}
				is.Own = ""
				if !decision.Same(was, is) {
					restricted++
				}
				if is.Revision != was.Revision || is.Digest != was.Digest {
					t.Fatalf("%s: %s %s", c.Name, is.Revision, is.Digest)
				}
			}
			if here < 20 {
				t.Fatalf("only %d were asked", here)
			}
			nothing := slices.Contains([]string{"permit", "release everything", "in the region's way"}, name)
			if nothing != (restricted == 0) {
				t.Errorf("%d of %d restricted", restricted, here)
			}
		})
	}
}

// An input that does not say whose record it is cannot be decided where an organisation has own rules.
func TestWithoutAnOwnerOwnRulesAreNotPassedBy(t *testing.T) {
	both, _ := beside(t, everyOwn(t)["deny"], "RXA01")
	d := decision.NewEngine(both).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit {
		t.Fatalf("the example is no permit at another organisation: %+v", d)
	}
	for _, change := range []func(map[string]any){
		func(in map[string]any) { delete(in, "source") },
		func(in map[string]any) { delete(in["source"].(map[string]any), "organisation") },
		func(in map[string]any) { in["source"].(map[string]any)["organisation"] = "" },
		func(in map[string]any) { in["source"] = []any{} },
	} {
		var in map[string]any
		if err := json.Unmarshal(d.Input, &in); err != nil {
			t.Fatal(err)
		}
		change(in)
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := both.DecideInput(t.Context(), text); err != nil || d.Effect == access.Permit {
			t.Errorf("%v: %+v", err, d)
		}
	}
}

// What own rules give as reasons has their words; what another organisation calls so too, they must share.
func TestReasonsOfOwnRules(t *testing.T) {
	both, _ := beside(t, everyOwn(t)["the hospital's"], "RXA01")
	if r := both.Reason("agreement-ended"); !strings.Contains(r.Text, "hospital's agreement") {
		t.Errorf("%+v", r)
	}
	other := everyOwn(t)["the hospital's"]
	other["data/reasons.json"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(other["data/reasons.json"].Data), "The hospital's agreement", "The trust's agreement"))}
	composed, err := own.Compose(policies.FS, other)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*decision.Revision{"RXA01": both.Own()["RXA01"], "RXB01": policytest.Revision(t, composed)}
	_, err = decision.Load(t.Context(), policies.FS, decision.Options{Own: all})
	if err == nil || !strings.Contains(fmt.Sprint(err), `the reason "agreement-ended" of RXB01 is there already with other words`) {
		t.Error(err)
	}
}
