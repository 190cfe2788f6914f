package otherwise_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/mycarerecord/mcr/decision"
)

// judges are OPA's own package rego over the texts of each revision's folder: none of our code
// compiles the rules, runs them or reads what comes of them.
type judges map[*decision.Revision]rego.PreparedEvalQuery

// effect is what OPA decides.
func (j judges) effect(t *testing.T, rev *decision.Revision, input []byte) string {
	t.Helper()
	q, ok := j[rev]
	if !ok {
		options := []func(*rego.Rego){
			rego.Query("data.mcr.decision.outcome"), rego.StrictBuiltinErrors(true),
			rego.Store(inmem.NewFromObject(rev.Documents())),
		}
		for file, text := range rev.Files().Rules {
			options = append(options, rego.Module(file, text))
		}
		var err error
		if q, err = rego.New(options...).PrepareForEval(t.Context()); err != nil {
			t.Fatal(err)
		}
		j[rev] = q
	}
	var doc any
	if err := util.NewJSONDecoder(bytes.NewReader(input)).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	out, err := q.Eval(t.Context(), rego.EvalInput(doc))
	if err != nil || len(out) != 1 || len(out[0].Expressions) != 1 {
		text, _ := json.Marshal(out)
		t.Fatalf("%v: %s", err, text)
	}
	outcome, _ := out[0].Expressions[0].Value.(map[string]any)
	effect, _ := outcome["effect"].(string)
	if effect == "permit" && nothingLeft(outcome) {
		return "deny" // docs/decisions/0051-what-is-withheld-whichever-rule-releases-it.md
	}
	return effect
}

// nothingLeft says that rules withhold all that those which permit would release.
func nothingLeft(outcome map[string]any) bool {
	categories := func(of, by string) map[string]bool {
		out := map[string]bool{}
		sets, _ := outcome[of].(map[string]any)
		permits, _ := outcome["because"].(map[string]any)
		for rule, set := range sets {
			for _, one := range set.([]any) {
				list, _ := one.(map[string]any)["categories"].([]any)
				for _, c := range list {
					out[c.(string)] = out[c.(string)] || by == "" || permits[rule] != nil
				}
			}
		}
		return out
	}
	withheld := categories("withheld", "")
	if len(withheld) == 0 {
		return false
	}
	for c, counts := range categories("plans", "permits") {
		if counts && !withheld[c] {
			return false
		}
	}
	return true
}
