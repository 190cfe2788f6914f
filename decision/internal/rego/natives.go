package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// natives are the built-ins that rules mostly use, on the machine's values. Each
// gives its result, or false when the operands are of a kind that OPA's own is
// to judge.
var natives = map[string]func(*Machine, []*Node) (*Node, bool){
	"equal": func(_ *Machine, a []*Node) (*Node, bool) { return Truth(equal(a[0], a[1])), true },
	"neq":   func(_ *Machine, a []*Node) (*Node, bool) { return Truth(!equal(a[0], a[1])), true },
	"lt":    func(_ *Machine, a []*Node) (*Node, bool) { return Truth(compare(a[0], a[1]) < 0), true },
	"lte":   func(_ *Machine, a []*Node) (*Node, bool) { return Truth(compare(a[0], a[1]) <= 0), true },
	"gt":    func(_ *Machine, a []*Node) (*Node, bool) { return Truth(compare(a[0], a[1]) > 0), true },
	"gte":   func(_ *Machine, a []*Node) (*Node, bool) { return Truth(compare(a[0], a[1]) >= 0), true },
	"minus": func(m *Machine, a []*Node) (*Node, bool) {
		n, ok := m.arithmetic(a, func(x, y int64) (int64, bool) { return x - y, (x-y < x) == (y > 0) })
		return n.moving(a, int64(a[0].by)-int64(a[1].by)), ok
	},
	"plus": func(m *Machine, a []*Node) (*Node, bool) {
		n, ok := m.arithmetic(a, func(x, y int64) (int64, bool) { return x + y, (x+y > x) == (y > 0) })
		return n.moving(a, int64(a[0].by)+int64(a[1].by)), ok
	},
	"mul": func(m *Machine, a []*Node) (*Node, bool) {
		const small = 1 << 31
		n, ok := m.arithmetic(a, func(x, y int64) (int64, bool) {
			return x * y, x > -small && x < small && y > -small && y < small
		})
		switch {
		case a[0].turn == nil:
			return n.moving(a, clampedProduct(a[1].by, a[0].Num)), ok
		case a[1].turn == nil:
			return n.moving(a, clampedProduct(a[0].by, a[1].Num)), ok
		}
		return n.moving(a, tooQuick), ok
	},
	"count": func(m *Machine, a []*Node) (*Node, bool) {
		if a[0].Kind < Array {
			return nil, false // texts are counted in characters: OPA knows how
		}
		return m.arena.integer(int64(len(a[0].Items))), true
	},
	"internal.member_2": func(m *Machine, a []*Node) (*Node, bool) {
		m.tick(1 + len(a[1].Items)/many)
		return Truth(a[1].has(a[0])), true
	},
	"walk": func(m *Machine, a []*Node) (*Node, bool) {
		out := m.arena.Node(Array)
		m.walk(out, nil, a[0])
		return out, true
	},
}

// walk appends [path, value] for a value and all that is in it, as OPA's walk does.
func (m *Machine) walk(out *Node, way []*Node, n *Node) {
	if !m.tick(1 + len(way)) {
		return
	}
	path, pair := m.arena.Node(Array), m.arena.Node(Array)
	path.Items = append(path.Items, way...)
	pair.Items = append(pair.Items, path, n)
	out.Items = append(out.Items, pair)
	switch n.Kind {
	case Set:
		SortSet(n)
	case Object:
		sortObject(n)
	}
	for i, item := range n.Items {
		key := item
		switch n.Kind {
		case Object:
			key = n.Keys[i]
		case Array:
			key = m.arena.integer(int64(i))
		}
		m.walk(out, append(way[:len(way):len(way)], key), item)
	}
}

// arithmetic works on whole numbers that do not overflow.
func (m *Machine) arithmetic(a []*Node, f func(x, y int64) (int64, bool)) (*Node, bool) {
	if a[0].Kind != Number || a[1].Kind != Number || a[0].Str != "" || a[1].Str != "" {
		return nil, false
	}
	n, ok := f(a[0].Num, a[1].Num)
	if !ok {
		return nil, false
	}
	return m.arena.integer(n), true
}

// borrowed evaluates a built-in by OPA. An error stops the evaluation: it must
// not make a rule that denies vanish.
func (m *Machine) borrowed(name string, f topdown.BuiltinFunc, args []*Node) (*Node, error) {
	if !m.inTime() {
		return nil, m.err
	}
	terms := make([]*ast.Term, len(args))
	for i, a := range args {
		terms[i] = ast.NewTerm(toAST(a))
	}
	var out *Node
	err := f(topdown.BuiltinContext{Context: m.ctx, Cancel: m}, terms, func(t *ast.Term) error {
		var err error
		out, err = FromAST(&m.arena, t.Value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("evaluating %s: %w", name, err)
	}
	return out, nil
}
