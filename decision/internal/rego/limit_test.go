package rego_test

import (
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// With no time at all, whatever goes round many times is stopped.
func TestEveryLoopIsStoppedWhenTheTimeIsUp(t *testing.T) {
	for name, text := range map[string]string{
		"a scan":                 `outcome := [x | some x in input.many]`,
		"a scan in a scan":       `outcome := [1 | some x in input.few; some y in input.few; some z in input.few; x == 1]`,
		"every":                  `outcome := 1 if every x in input.many { x != "x" }`,
		"calls":                  "outcome := [f(x) | some x in input.many]\n\nf(x) := x",
		"walk":                   `outcome := [p | walk(input.many, [p, _])]`,
		"membership in a list":   `outcome := [x | some x in input.few; x in input.many]`,
		"a borrowed built-in":    `outcome := upper(input.word)`,
		"a with in a loop":       "outcome := [y | some x in input.many; y := r with input.n as x]\n\nr := input.n",
		"base and virtual merge": "outcome := count(data.big) > 1",
		"equal lists, again":     `outcome := [1 | some x in input.few; some y in input.few; input.many == input.copy]`,
	} {
		t.Run(name, func(t *testing.T) {
			texts := map[string]string{
				"decision.rego": "package mcr.decision\n\nimport rego.v2\n\n" + text + "\n",
				"big.rego":      "package big.more\n\nr := 1\n",
			}
			many, big := make([]any, 5000), map[string]any{}
			for i := range many {
				many[i] = i
				big[time.Duration(i).String()] = i
			}
			few := many[:20]
			p, err := prepare(t.Context(), texts, map[string]any{"big": big})
			if err != nil || p.planned == nil {
				t.Fatal(err, p.cause)
			}
			m := rego.Borrow()
			defer m.Free()
			in, err := m.FromAST(ast.MustInterfaceToValue(map[string]any{"many": many, "copy": many, "few": few, "word": "x", "n": 1}))
			if err != nil {
				t.Fatal(err)
			}
			if out, err := m.Run(t.Context(), p.planned, in, -time.Second); !rego.TooLong(err) {
				t.Errorf("it went on: %v %v", out, err)
			}
		})
	}
}
