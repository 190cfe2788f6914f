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
			rego.Query("data.mcr.decision.outcome.effect"), rego.StrictBuiltinErrors(true),
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
	effect, _ := out[0].Expressions[0].Value.(string)
	return effect
}
