package rego_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// shop is data with keys and kinds that a slip would confuse.
const shop = `{
	"shop": {
		"hours": {"open": {"8": true, "9": true, "10": true}, "closed": {"10": "no", "1": "one", "true": "yes", "a": 1, "null": 2, "1.0": "dec"}},
		"lists": {
			"few": ["a", "b", 1, 1.0, 10, "10", [1, 2], {"a": 1}, null, true],
			"many": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", 0, 1, 2.0, 3, 4, 10.0, [1, 2], {"a": 1}, {"a": 1.0}, "a", 2.5, -0, "x", "10"]
		},
		"pairs": [{"a": "x", "b": 1}, {"a": "y", "b": 2}, {"a": [1, 2], "b": {"a": 1}}],
		"limit": 10,
		"one": {"1": "by path"},
		"a": {"b": 1}
	},
	"mcr": {"made": {"based": {"a": 1, "b": {"a": 2}, "0": "zero"}, "list": [1, 2, 3]}}
}`

var inputs = []string{
	`{"n": 10, "nought": 0, "hour": 10, "word": "made", "name": "r0", "list": ["a", "b", 10, 1.0], "tree": {"a": {"b": 1}, "b": [1, 2], "10": "t"}, "sets": [["a"], ["a", "b"]]}`,
	`{"n": 1.0, "hour": "10", "word": "a", "name": "based", "list": [1, 1.0, "1", [1], [1.0], {"a": 1}, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "1"], "tree": {"a": "x", "b": {"a": {"b": null}}}, "sets": []}`,
	`{"n": 0, "hour": 1, "word": "x", "name": "r1", "list": [], "tree": {}, "a": true, "b": 2.5}`,
}

func value(t testing.TB, text string) any {
	t.Helper()
	var out any
	if err := util.NewJSONDecoder(strings.NewReader(text)).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Policies that were written by chance are evaluated alike by the machine and by OPA.
// MCR_PROGRAMS=400-5000 tries others than the usual ones.
func TestMachineAgreesOnPoliciesWrittenByChance(t *testing.T) {
	from, to := uint64(0), uint64(400)
	_, _ = fmt.Sscanf(os.Getenv("MCR_PROGRAMS"), "%d-%d", &from, &to)
	counts := map[string]int{}
	for seed := from; seed < to; seed++ {
		byChance(t, seed, counts)
	}
	t.Log(counts)
	if said := counts["same value"]; uint64(said) < (to-from)/3 {
		t.Errorf("only %d answers of %d policies say something", said, to-from)
	}
}

func byChance(t *testing.T, seed uint64, counts map[string]int) {
	t.Helper()
	texts := policy(seed)
	p, err := prepare(t.Context(), texts, value(t, shop).(map[string]any))
	switch {
	case errors.Is(err, errRefused):
		counts["refused"]++
		return
	case err != nil:
		t.Errorf("seed %d: %v", seed, err)
		return
	case p.planned == nil:
		counts["falls back"]++
		return
	}
	before := maps.Clone(counts)
	for _, text := range inputs {
		how := p.agree(t, "seed "+strconv.FormatUint(seed, 10), ast.MustInterfaceToValue(value(t, text)))
		counts[how]++
	}
	if counts["disagrees"] > before["disagrees"] || counts["disagrees with itself"] > before["disagrees with itself"] {
		t.Log(texts["made.rego"], texts["decision.rego"])
	}
}
