package decision_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// outcome loads policies whose decision is an expression.
func outcome(t *testing.T, expression string, opt decision.Options) *decision.Engine {
	t.Helper()
	fsys := policytest.Changed(t, "decision.rego", func(string) string {
		return "package mcr.decision\n\nimport rego.v2\n\n" + expression + "\n"
	})
	if !strings.Contains(expression, "data.mcr.rules") { // then they only take time
		for file := range fsys {
			if strings.HasPrefix(file, "rules/") {
				delete(fsys, file)
			}
		}
	}
	rev, err := decision.Load(t.Context(), fsys, opt)
	if err != nil {
		t.Fatal(err)
	}
	return decision.NewEngine(rev)
}

// unclear says that a decision, and the same made again, is Indeterminate
// because the policy was unclear, and releases nothing.
func unclear(t *testing.T, e *decision.Engine) {
	t.Helper()
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	again, err := e.Replay(t.Context(), d.Input)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []access.Decision{d, again} {
		if d.Effect != access.Indeterminate || len(d.Reasons) != 1 || d.Reasons[0].Code != "policy-unclear" || len(d.Plan.Categories) > 0 || !d.Alert {
			t.Errorf("got %s %v, plan %v", d.Effect, d.Reasons, d.Plan.Categories)
		}
	}
}

func TestOddAnswersAreIndeterminate(t *testing.T) {
	const plan = `"plans": {"a": {{"categories": ["laboratory"], "labels": ["x|y"]}}}`
	for name, expression := range map[string]string{
		"nothing":                             `outcome := {"effect": "permit"} if input.time == 1`,
		"a text":                              `outcome := "permit"`,
		"true":                                `outcome := true`,
		"no effect":                           `outcome := {"because": {"a": {"x"}}}`,
		"an effect nobody knows":              `outcome := {"effect": "allow", "because": {"a": {"x"}}}`,
		"no reason":                           `outcome := {"effect": "deny"}`,
		"an empty reason":                     `outcome := {"effect": "deny", "because": {}}`,
		"a rule without reasons":              `outcome := {"effect": "deny", "because": {"a": set()}}`,
		"reasons as a list":                   `outcome := {"effect": "deny", "because": {"a": ["x"]}}`,
		"a number for a reason":               `outcome := {"effect": "deny", "because": {"a": {7}}}`,
		"an empty code":                       `outcome := {"effect": "deny", "because": {"a": {""}}}`,
		"a field nobody knows":                `outcome := {"effect": "deny", "because": {"a": {"x"}}, "also": 1}`,
		"a reason's field nobody knows":       `outcome := {"effect": "deny", "because": {"a": {{"reason": "x", "also": 1}}}}`,
		"a reason without a code":             `outcome := {"effect": "deny", "because": {"a": {{"alert": true}}}}`,
		"an alert that is a text":             `outcome := {"effect": "deny", "because": {"a": {{"reason": "x", "alert": "yes"}}}}`,
		"a basis that is a list":              `outcome := {"effect": "deny", "because": {"a": {{"reason": "x", "basis": ["y"]}}}}`,
		"a basis of numbers":                  `outcome := {"effect": "deny", "because": {"a": {{"reason": "x", "basis": {"y": 1}}}}}`,
		"a refusal with a plan":               `outcome := {"effect": "deny", "because": {"a": {"x"}}, ` + plan + `}`,
		"a permit without a plan":             `outcome := {"effect": "permit", "because": {"a": {"x"}}}`,
		"a permit with an empty plan":         `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {}}`,
		"the plan of another rule":            `outcome := {"effect": "permit", "because": {"b": {"x"}}, ` + plan + `}`,
		"a plan without labels":               `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {{"categories": ["laboratory"]}}}}`,
		"a plan with a field too many":        `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {{"categories": ["laboratory"], "labels": ["x|y"], "all": true}}}}`,
		"a plan of numbers":                   `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {{"categories": [1], "labels": ["x|y"]}}}}`,
		"a plan that is a text":               `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {"all"}}}`,
		"masks that are a text":               `outcome := {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {{"categories": ["laboratory"], "labels": ["x|y"], "masks": concat("", ["a", "ll"])}}}}`,
		"a withholding that is a list":        `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": [1]}`,
		"a withholding of no set":             `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": ["laboratory"]}}`,
		"a withholding without reason":        `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {{"categories": ["documents"]}}}}`,
		"a withholding without a list":        `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {{"categories": "documents", "reason": "y"}}}}`,
		"a withholding of nothing known":      `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {{"categories": ["scans"], "reason": "y"}}}}`,
		"a withholding with an empty reason":  `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {{"categories": ["documents"], "reason": ""}}}}`,
		"a withholding with a field too many": `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {{"categories": ["documents"], "reason": "y", "labels": []}}}}`,
		"a withholding that is a text":        `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `, "withheld": {"a": {"documents"}}}`,
		"a refusal that withholds":            `outcome := {"effect": "deny", "because": {"a": {"x"}}, "withheld": {}}`,
		"two values at once":                  "outcome := {\"effect\": \"deny\", \"because\": {\"a\": {\"x\"}}} if input.time > 0\n\noutcome := {\"effect\": \"deny\", \"because\": {\"a\": {\"y\"}}} if input.time > 0",
		"an error of a built-in":              `outcome := {"effect": "deny", "because": {"a": {"x"}}} if to_number("abc") == 1`,
		"an error in a negation":              `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `} if not to_number("abc") == 1`,
		"a division by nothing":               `outcome := {"effect": "permit", "because": {"a": {"x"}}, ` + plan + `} if not input.time / (input.time - input.time) == 1`,
	} {
		t.Run(name, func(t *testing.T) { unclear(t, outcome(t, expression, decision.Options{})) })
	}
}

func TestAWellFormedAnswerIsNotOdd(t *testing.T) {
	e := outcome(t, `outcome := {"effect": "permit", "because": {"a": {"own-record"}}, "plans": {"a": {{"categories": ["laboratory"], "labels": ["x|y"]}}}}`, decision.Options{})
	if d := e.Decide(t.Context(), policytest.Consultant(), policytest.Nothing()); d.Effect != access.Permit {
		t.Error(d.Effect)
	}
}

func TestARuleThatTakesTooLongIsIndeterminate(t *testing.T) {
	e := outcome(t, `outcome := {"effect": "deny", "because": {"a": {"x"}}} if {
	every a in numbers.range(1, 3000) {
		every b in numbers.range(1, 3000) { a + b > 0 }
	}
}`, decision.Options{Limit: 20 * time.Millisecond})
	began := time.Now()
	unclear(t, e)
	if spent := time.Since(began); spent > 20*time.Second {
		t.Errorf("it took %v", spent)
	}
}

func TestMasksOfARuleThatDoesNotPermitCountAndItsCategoriesDoNot(t *testing.T) {
	e := outcome(t, `outcome := {"effect": "permit", "because": {"a": {"own-record"}}, "plans": {
	"a": {{"categories": ["laboratory"], "labels": ["x|y"]}},
	"b": {{"categories": ["documents"], "labels": ["x|y"]}, {"masks": ["*.address"]}},
}}`, decision.Options{})
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Nothing())
	if strings.Join(d.Plan.Categories, " ") != "laboratory" || strings.Join(d.Plan.Masks, " ") != "*.address" {
		t.Errorf("%+v", d.Plan)
	}
}

func TestPoliciesThatTheMachineDoesNotKnowAreEvaluatedByOPA(t *testing.T) {
	fsys := policytest.Changed(t, "decision.rego", func(s string) string {
		return strings.Replace(s, "denials != {}\n", "denials != {}\n\t{x | some x in [1]}\n", 1)
	})
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rev.Planned() {
		t.Fatal("the machine claims to know a comprehension as a condition")
	}
	if d := decision.NewEngine(rev).Decide(t.Context(), policytest.Consultant(), policytest.Permitted()); d.Effect != access.Permit {
		t.Error(d.Effect, d.Reasons)
	}
	var out bytes.Buffer
	_ = check.Check(t.Context(), fsys, &out)
	if !strings.Contains(out.String(), "decisions take longer") {
		t.Errorf("the check does not say so: %s", &out)
	}
}

func TestWhatTheMachineFailsAtIsDecidedByOPA(t *testing.T) {
	e := outcome(t, `outcome := {"effect": "deny", "because": {"a": {"own-record"}}}

outcome := {"effect": "deny", "because": {"a": {"own-record"}}} if to_number(input.subject.role) == 1`, decision.Options{})
	if !e.Revision().Planned() {
		t.Fatal("the machine does not know this")
	}
	agree(t, e) // OPA ends with the first; the machine goes on to the second, and fails
}

func TestWhatTheMachineLeavesToOPAIsDecidedByIt(t *testing.T) {
	e := outcome(t, `outcome := {"effect": "deny", "because": {"a": found}} if {
	found := codes with data.settings as {"emergency": {"x": 1}}
}

codes := {k | some k, _ in data.settings.emergency}`, decision.Options{})
	if !e.Revision().Planned() {
		t.Fatal("the machine does not know with")
	}
	agree(t, e)
}

// At ten o'clock: the list says "10", and the hour is a number.
func TestDataIsReadByANumberAsOPAReadsIt(t *testing.T) {
	fsys := policytest.Changed(t, "decision.rego", func(string) string {
		return `package mcr.decision

import rego.v2

outcome := {"effect": "deny", "because": {"a": {"own-record"}}} if data.hours.closed[hour]

hour := time.clock(input.time * 1000000000)[0]
`
	})
	fsys["data/hours.json"] = &fstest.MapFile{Data: []byte(`{"source": "the practice, by its own list", "closed": {"10": true}}`)}
	e := decision.NewEngine(policytest.Revision(t, fsys))
	if !e.Revision().Planned() {
		t.Fatal("the machine does not know this")
	}
	agree(t, e)
}
