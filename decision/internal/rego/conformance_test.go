package rego_test

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// conformance is how the machine does in OPA's own suite, of the version in go.mod, case
// by case. A newer OPA changes the numbers: look at what is new, and at what is left to OPA.
var conformance = map[string]int{
	"same value":         2025,
	"both fail":          249,
	"refused at compile": 111, // mostly built-ins that no rule may use
	"falls back: a condition that is a comprehension and nothing else": 11,
	"falls back: not of what is found by a name, without rego.v2":      2,
	"left to OPA when it runs":                                         2, // data replaced by an object over another
}

func TestMachineConforms(t *testing.T) {
	counts := map[string]int{}
	for _, c := range suite(t) {
		for k, v := range c.Env {
			t.Setenv(k, v)
		}
		counts[conform(t, c)]++
	}
	if !maps.Equal(counts, conformance) {
		t.Errorf("the suite went otherwise than it did:\n%v\n%v", counts, conformance)
	}
}

func suite(t *testing.T) []cases.TestCase {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		t.Fatal(err)
	}
	set, err := cases.Load(filepath.Join(strings.TrimSpace(string(dir)), "v1/test/cases/testdata/v1"))
	if err != nil {
		t.Fatal(err)
	}
	return set.Sorted().Cases
}

func conform(t *testing.T, c cases.TestCase) string {
	t.Helper()
	input, err := inputOf(c)
	if err != nil {
		return "the input is no value"
	}
	texts := map[string]string{}
	for i, m := range c.Modules {
		texts[fmt.Sprintf("test-%d.rego", i)] = m
	}
	texts["zz.rego"], err = asRule(c.Query)
	if err != nil {
		return "refused at compile"
	}
	data := map[string]any{}
	if c.Data != nil {
		data = *c.Data
	}
	p, err := prepare(t.Context(), texts, data)
	switch {
	case errors.Is(err, errRefused):
		return "refused at compile"
	case err != nil:
		t.Errorf("%s: %v", c.Note, err)
		return "cannot be run"
	case p.planned == nil:
		return "falls back: " + whyNot.ReplaceAllString(p.cause.Error(), "$1")
	}
	return p.agree(t, c.Note, input)
}

var whyNot = regexp.MustCompile(`^planning policies: (?:\S+:\d+: )?(.*): the machine does not know this$`)

func inputOf(c cases.TestCase) (ast.Value, error) {
	switch {
	case c.InputTerm != nil:
		term, err := ast.ParseTerm(*c.InputTerm)
		if err != nil {
			return nil, err
		}
		m := rego.Borrow()
		defer m.Free()
		_, err = m.FromAST(term.Value)
		return term.Value, err
	case c.Input != nil:
		return ast.InterfaceToValue(*c.Input)
	}
	return ast.NewObject(), nil
}

// asRule makes a rule of a query: the set of what its variables can be.
func asRule(query string) (string, error) {
	body, err := ast.ParseBody(query)
	if err != nil {
		return "", err
	}
	find := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipClosures: true, SkipRefCallHead: true})
	find.WalkBody(body)
	var pairs []string
	for _, v := range slices.Sorted(maps.Keys(find.Vars())) {
		if !v.IsWildcard() && !v.IsGenerated() && !ast.RootDocumentNames.Contains(ast.VarTerm(string(v))) {
			pairs = append(pairs, fmt.Sprintf("%q: %s", v, v))
		}
	}
	return fmt.Sprintf("package mcr.decision\n\noutcome contains {%s} if {\n%s\n}\n", strings.Join(pairs, ", "), query), nil
}
