package decision

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// natives are the built-ins that rules mostly use, on the machine's values. Each
// gives its result, or false when the operands are of a kind that OPA's own is
// to judge.
var natives = map[string]func(*machine, []*node) (*node, bool){
	"equal": func(_ *machine, a []*node) (*node, bool) { return truth(equal(a[0], a[1])), true },
	"neq":   func(_ *machine, a []*node) (*node, bool) { return truth(!equal(a[0], a[1])), true },
	"lt":    func(_ *machine, a []*node) (*node, bool) { return truth(compare(a[0], a[1]) < 0), true },
	"lte":   func(_ *machine, a []*node) (*node, bool) { return truth(compare(a[0], a[1]) <= 0), true },
	"gt":    func(_ *machine, a []*node) (*node, bool) { return truth(compare(a[0], a[1]) > 0), true },
	"gte":   func(_ *machine, a []*node) (*node, bool) { return truth(compare(a[0], a[1]) >= 0), true },
	"minus": func(m *machine, a []*node) (*node, bool) {
		return m.arithmetic(a, func(x, y int64) (int64, bool) { return x - y, (x-y < x) == (y > 0) })
	},
	"plus": func(m *machine, a []*node) (*node, bool) {
		return m.arithmetic(a, func(x, y int64) (int64, bool) { return x + y, (x+y > x) == (y > 0) })
	},
	"mul": func(m *machine, a []*node) (*node, bool) {
		const small = 1 << 31
		return m.arithmetic(a, func(x, y int64) (int64, bool) {
			return x * y, x > -small && x < small && y > -small && y < small
		})
	},
	"count": func(m *machine, a []*node) (*node, bool) {
		if a[0].kind < array {
			return nil, false // texts are counted in characters: OPA knows how
		}
		return m.arena.integer(int64(len(a[0].items))), true
	},
	"internal.member_2": func(_ *machine, a []*node) (*node, bool) { return truth(a[1].has(a[0])), true },
}

// arithmetic works on whole numbers that do not overflow.
func (m *machine) arithmetic(a []*node, f func(x, y int64) (int64, bool)) (*node, bool) {
	if a[0].kind != number || a[1].kind != number || a[0].str != "" || a[1].str != "" {
		return nil, false
	}
	n, ok := f(a[0].num, a[1].num)
	if !ok {
		return nil, false
	}
	return m.arena.integer(n), true
}

// borrowed evaluates a built-in by OPA. An error stops the evaluation: it must
// not make a rule that denies vanish.
func (m *machine) borrowed(name string, f topdown.BuiltinFunc, args []*node) (*node, error) {
	terms := make([]*ast.Term, len(args))
	for i, a := range args {
		terms[i] = ast.NewTerm(toAST(a))
	}
	var out *node
	err := f(topdown.BuiltinContext{Context: m.ctx, Cancel: m}, terms, func(t *ast.Term) error {
		var err error
		out, err = fromAST(&m.arena, t.Value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("evaluating %s: %w", name, err)
	}
	return out, nil
}
