package decision_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// The machine and OPA's own evaluator must decide alike whatever the input: here
// on the inputs of all cases with one thing missing, a part of them each time.
func TestMachineAgreesWithOPA(t *testing.T) {
	const part = 7
	n := 0
	for _, c := range policytest.Cases(t) {
		d, _ := c.Run(t.Context())
		inputs, err := cases.Drops(d.Input)
		if err != nil {
			t.Fatal(err)
		}
		for i, input := range inputs {
			if i%part != n%part {
				continue
			}
			fast, err := c.Engine.Revision().DecideInput(t.Context(), input.Input)
			if err != nil {
				t.Fatal(err)
			}
			slow, err := c.Engine.Replay(t.Context(), input.Input)
			if err != nil {
				t.Fatal(err)
			}
			fast.Input, slow.Input = nil, nil
			if !decision.Same(fast, slow) {
				t.Errorf("%s: the machine says %s %v, OPA says %s %v\n%s", c.Name, fast.Effect, fast.Reasons, slow.Effect, slow.Reasons, input.Input)
			}
		}
		n++
	}
}

// Rules may use more of the language than ours do. Each expression gives the
// reason code of a refusal; the machine and OPA must give the same.
func TestMachineKnowsTheLanguage(t *testing.T) {
	expressions := map[string]string{
		"arithmetic":           `sprintf("%v", [(input.time * 3 + 7 - 2) % 11])`,
		"division":             `sprintf("%v", [input.time / 7])`,
		"large numbers":        `sprintf("%v", [input.time * input.time * input.time])`,
		"decimals":             `sprintf("%v %v", [0.1 + 0.2, 1.50 == 1.5])`,
		"order of decimals":    `sprintf("%v %v", [1.5 < 2, 2 < 1.5])`,
		"order of kinds":       `sprintf("%v", [sort({"a", 1, null, true, [1], {"k": 1}, {2}})])`,
		"texts":                `concat("-", [upper("ab"), substring("hello", 1, 3), trim_space(" x ")])`,
		"starts and contains":  `sprintf("%v %v", [startswith(input.subject.organisation, "RX"), contains("abc", "d")])`,
		"regular expressions":  `sprintf("%v", [regex.match("^R[0-9]{4}$", input.subject.role)])`,
		"count":                `sprintf("%v %v %v %v", [count("héllo"), count([1, 2]), count({1, 2}), count({"a": 1})])`,
		"sum and max":          `sprintf("%v %v", [sum([1, 2, 3]), max({4, 9, 2})])`,
		"list comprehension":   `concat(",", [x.id | some x in input.facts.permissions.value])`,
		"order of a scan":      `concat(",", [x | some x in {"c", "a", "b"}])`,
		"order of keys":        `concat(",", [k | some k, _ in {"c": 1, "a": 2, "b": 3}])`,
		"set comprehension":    `sprintf("%v", [{x | some x in [3, 1, 3, 2]}])`,
		"object comprehension": `sprintf("%v", [{k: v | some k, v in ["a", "b"]}])`,
		"union":                `sprintf("%v", [{1, 2} | {2, 3}])`,
		"difference":           `sprintf("%v", [{1, 2} - {2, 3}])`,
		"object get":           `sprintf("%v", [object.get(input, ["subject", "nobody"], "none")])`,
		"index into a list":    `sprintf("%v", [[10, 20, 30][1]])`,
		"equality of objects":  `sprintf("%v", [{"a": 1, "b": 2} == {"b": 2, "a": 1}])`,
		"equality of sets":     `sprintf("%v", [{1, 2} == {2, 1}])`,
		"dates":                `sprintf("%v", [time.weekday(input.time * 1000000000)])`,
		"nested lists":         `sprintf("%v", [[[1, {2}], {"a": [3]}]])`,
		"template":             `$"{input.subject.role}!"`,
	}
	for name, expression := range expressions {
		t.Run(name, func(t *testing.T) {
			e := outcome(t, fmt.Sprintf("outcome := {\"effect\": \"deny\", \"because\": {\"a\": {reason}}}\n\nreason := %s", expression), decision.Options{})
			if !e.Revision().Planned() {
				t.Skip("the machine does not know this; OPA evaluates it")
			}
			agree(t, e)
		})
	}
}

func agree(t *testing.T, e *decision.Engine) {
	t.Helper()
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	again, err := e.Replay(t.Context(), d.Input)
	if err != nil {
		t.Fatal(err)
	}
	if d.Effect != access.Deny || !decision.Same(d, again) {
		t.Errorf("the machine says %s %v, OPA says %s %v", d.Effect, d.Reasons, again.Effect, again.Reasons)
	}
}

func TestMachineKnowsTheShapesOfRules(t *testing.T) {
	const end = "\n\noutcome := {\"effect\": \"deny\", \"because\": {\"a\": found}}"
	for name, rules := range map[string]string{
		"else":              "found := {\"one\"} if input.time < 5\n\nelse := {\"two\"} if input.time > 5\n\nelse := {\"three\"}",
		"default":           "default found := {\"none\"}\n\nfound := {\"some\"} if input.time < 5",
		"function":          "twice(x) := y if y := concat(\"\", [x, x])\n\nfound := {twice(\"ab\")}",
		"function by cases": "word(1) := \"one\"\n\nword(x) := \"many\" if x > 1\n\nfound := {word(count(input.facts.permissions.value)), word(2)}",
		"partial set":       "found contains x.id if some x in input.facts.permissions.value\n\nfound contains \"more\" if not input.statement",
		"partial object":    "by_id[x.id] := x.user_id if some x in input.facts.permissions.value\n\nfound contains k if some k, _ in by_id",
		"nested object":     "tree.a.b[x] := \"v\" if some x in [\"p\", \"q\"]\n\nfound contains k if some k, _ in tree.a.b",
		"and, or":           "found := {\"yes\"} if { input.time > 5 and input.time < 3 or input.subject.role == \"R8000\" }",
		"or of undefined":   "found := {\"yes\"} if { input.statement.user_id == \"x\" or input.time > 5 }",
		"every":             "found := {\"all\"} if every x in [1, 2, 3] { x < 4 }",
		"every that is not": "default found := {\"not all\"}\n\nfound := {\"all\"} if every x in [1, 2, 3] { x < 3 }",
		"every of none":     "found := {\"all\"} if every x in [] { x < 3 }",
		"not of a body":     "found := {\"not\"} if not { input.time > 5; input.time < 3 }",
		"not of undefined":  "found := {\"not\"} if not input.statement.user_id == \"x\"",
		"unpacking":         "found := {a, b} if [a, [b]] := [\"x\", [\"y\"]]",
		"some in two lists": "found := {concat(\"\", [a, b]) | some a in [\"x\", \"y\"]; some b in [\"1\", \"2\"]; a != \"y\"}",
		"a walk over rules": "found := {name | some name; _ = data.mcr.rules[name].permit}",
		"rules by name":     "found := {name | some name; data.mcr.rules[name].plan != set()}",
		"data by key":       "found := {k | some k, _ in data.settings.emergency.reasons}",
		"key of input":      "found := {k | some k; input.facts[k].state == \"known\"}",
	} {
		t.Run(name, func(t *testing.T) {
			e := outcome(t, rules+end, decision.Options{})
			if !e.Revision().Planned() {
				t.Error("the machine does not know this")
			}
			agree(t, e)
		})
	}
}

func TestDecisionsAreMadeAtOnceWhileRevisionsAreSwapped(t *testing.T) {
	e := policytest.Engine(t)
	first := e.Revision()
	second, err := decision.Load(t.Context(), policytest.Changed(t, "data/settings.json", func(s string) string {
		return strings.Replace(s, `"enabled": false`, `"enabled": true`, 1)
	}), decision.Options{Revision: "second"})
	if err != nil {
		t.Fatal(err)
	}
	all := policytest.Cases(t)
	want := make([]access.Decision, len(all))
	for i, c := range all {
		want[i] = c.Engine.Decide(t.Context(), c.Question, c.Facts)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range all {
				c := &all[(i*7+worker)%len(all)]
				got := e.Decide(t.Context(), c.Question, c.Facts)
				expected := want[(i*7+worker)%len(all)]
				if c.Engine.Revision().Name() != "test" || got.Revision != "test" {
					continue // a case with settings of its own, or the other revision
				}
				if !decision.Same(got, expected) {
					t.Errorf("%s: decided otherwise at the same time as others: %s %v", c.Name, got.Effect, got.Reasons)
				}
				if i%10 == worker {
					e.Swap([]*decision.Revision{first, second}[i%2])
				}
			}
		})
	}
	wg.Wait()
	e.Swap(nil)
	if e.Revision() == nil {
		t.Error("Swap(nil) took the policies away")
	}
}
