package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// plannable refuses what OPA's planner is known to plan otherwise than OPA's evaluator
// evaluates it. Each was found by the tests, and each has one (differences_test.go).
func plannable(modules map[string]*ast.Module) error {
	lengths := map[string]map[int]bool{} // of the references of rules, by their names
	var keyed []*ast.Rule
	for _, m := range modules {
		for _, rule := range m.Rules {
			name := nameOf(rule)
			if lengths[name] == nil {
				lengths[name] = map[int]bool{}
			}
			lengths[name][len(rule.Head.Ref())] = true
			if hasOddKey(rule.Head.Ref()) {
				keyed = append(keyed, rule)
			}
		}
		if err := statements(m); err != nil {
			return err
		}
	}
	for _, rule := range keyed {
		// r.a[0].b := 1 if false: OPA gives {"a": {0: {}}}, the plan {"a": {}}. With keys in
		// the last place alone, and in no rule of the name another length, they agree.
		ref := rule.Head.Ref()
		if rule.Head.RuleKind() == ast.MultiValue || hasOddKey(ref[:len(ref)-1]) || len(lengths[nameOf(rule)]) > 1 {
			return fmt.Errorf("%s, a rule under a key that is not a text: %w", ref, ErrNotPlanned)
		}
	}
	return nil
}

func nameOf(r *ast.Rule) string {
	return r.Module.Package.Path.String() + "." + r.Head.Ref()[0].String()
}

// hasOddKey says that a number, a truth or null is among the keys of a reference.
func hasOddKey(ref ast.Ref) bool {
	for _, t := range ref[1:] {
		if _, text := t.Value.(ast.String); ast.IsScalar(t.Value) && !text {
			return true
		}
	}
	return false
}

// statements refuses a comprehension that is a condition by itself: it always holds, and
// the plan leaves it out, with the error that it may end in.
func statements(m *ast.Module) (err error) {
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if t, ok := e.Terms.(*ast.Term); ok && ast.IsComprehension(t.Value) {
			err = fmt.Errorf("%s: a condition that is a comprehension and nothing else: %w", e.Loc(), ErrNotPlanned)
		}
		return err != nil
	})
	return err
}
