package rego

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What no rule offers costs nothing to ask for: a function that would gather it does no more
// than make the empty object. Where the data has something of that name it is asked for.
func TestWhatNoRuleOffersIsNotAskedFor(t *testing.T) {
	texts := map[string]string{
		"decision.rego": "package mcr.decision\n\nimport rego.v2\n\noutcome := [denials, kept]\n\ndenials[name] := found if {\n\tsome name\n\tfound := data.mcr.rules[name].deny\n\tfound != set()\n}\n\n" +
			"kept[name] := found if {\n\tsome name\n\tfound := data.mcr.rules[name].withhold\n\tfound != set()\n}\n",
		"a.rego": "package mcr.rules.a\n\nimport rego.v2\n\ndeny contains 1 if input.n\n",
		"b.rego": "package mcr.rules.b\n\nimport rego.v2\n\nplan contains 1 if input.n\n",
	}
	modules, err := Parse(texts)
	if err != nil {
		t.Fatal(err)
	}
	compiler := ast.NewCompiler().WithCapabilities(Capabilities())
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	plan, err := NewPlan(t.Context(), modules, compiler, "data.mcr.decision.outcome")
	if err != nil {
		t.Fatal(err)
	}
	steps := func(documents map[string]any) map[string]int {
		p, err := plan.Program(documents)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, fn := range p.funcs {
			for _, b := range fn.blocks {
				n[fn.name] += stepsOf(b)
			}
		}
		return n
	}
	plain := steps(map[string]any{"shop": map[string]any{}})
	if n := plain["g0.data.mcr.decision.kept"]; n > 4 {
		t.Errorf("what no rule offers takes %d steps", n)
	}
	there := steps(map[string]any{"mcr": map[string]any{"rules": map[string]any{"c": map[string]any{"withhold": "x"}}}})
	if n := there["g0.data.mcr.decision.kept"]; n <= plain["g0.data.mcr.decision.kept"]+10 {
		t.Errorf("where the data has it, it takes %d steps: it is not asked for", n)
	}
}

func stepsOf(b block) int {
	n := len(b)
	for i := range b {
		for _, below := range b[i].blocks {
			n += stepsOf(below)
		}
	}
	return n
}
