package mutants

import (
	"cmp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// walker makes the changes of conditions and terms. It knows the lists of data/,
// to tell which of them could be taken for each other.
type walker struct{ docs map[string]any }

// body makes the changes of a list of conditions. Of a side of an "or" no single
// condition is dropped: that would drop the whole "or", which is dropped as such.
func (w walker) body(b ast.Body, drop bool) []change[ast.Body] {
	var out []change[ast.Body]
	for i, e := range b {
		was := textOf(e)
		put := func(op string, row int, is string, now ...*ast.Expr) {
			body := slices.Replace(slices.Clone(b), i, i+1, now...)
			if len(body) == 0 {
				body = ast.Body{at(ast.NewExpr(ast.BooleanTerm(true)), e)}
			}
			body = slices.Clone(body)
			for n := range body { // each condition holds its own place
				one := *body[n]
				one.Index = n
				body[n] = &one
			}
			out = append(out, change[ast.Body]{op, row, was, is, body})
		}
		if (drop || len(b) > 1) && !declares(e) {
			put(conditionDropped, e.Location.Row, "")
		}
		for _, c := range w.expr(e) {
			put(c.op, c.row, cmp.Or(c.is, textOf(c.now...)), c.now...)
		}
	}
	return out
}

// declares says that a condition is a bare "some x": without it x means the same.
func declares(e *ast.Expr) bool {
	t, ok := e.Terms.(*ast.SomeDecl)
	if !ok || len(t.Symbols) == 0 {
		return false
	}
	_, in := t.Symbols[0].Value.(ast.Call)
	return !in
}

// expr makes the changes of one condition; it can become several.
func (w walker) expr(e *ast.Expr) []change[[]*ast.Expr] {
	var out []change[[]*ast.Expr]
	row := e.Location.Row
	put := func(op string, row int, now ...*ast.Expr) {
		for _, n := range now {
			at(n, e)
		}
		out = append(out, change[[]*ast.Expr]{op: op, row: row, now: now})
	}
	with := func(terms any) *ast.Expr { n := *e; n.Terms = terms; return &n }
	if e.Negated {
		put(notDropped, row, e.Complement())
	}
	switch t := e.Terms.(type) {
	case *ast.Not:
		if !e.Negated {
			put(notDropped, row, t.Body...)
		}
		for _, c := range w.body(t.Body, len(t.Body) > 1) {
			if c.op == notAdded {
				continue // "not not" is no Rego; without the first is made above
			}
			put(c.op, c.row, with(&ast.Not{Body: c.now, ExplicitBody: t.ExplicitBody, Location: t.Location}))
		}
		return out
	case *ast.SomeDecl:
		for i, s := range t.Symbols {
			for _, c := range w.some(s) {
				symbols := slices.Clone(t.Symbols)
				symbols[i] = c.now
				put(c.op, row, with(&ast.SomeDecl{Symbols: symbols, Location: t.Location}))
			}
		}
		return out
	case *ast.Every:
		for _, c := range w.term(t.Domain) {
			n := *t
			n.Domain = c.now
			put(c.op, row, with(&n))
		}
		for _, c := range w.body(t.Body, true) {
			n := *t
			n.Body = c.now
			put(c.op, c.row, with(&n))
		}
		put(someForEvery, row, append([]*ast.Expr{with(someOf(t))}, t.Body...)...)
	case *ast.LogicalOr:
		put(alternativeDropped, row, t.Lhs...)
		put(alternativeDropped, row, t.Rhs...)
		put(orForAnd, row, with(&ast.LogicalAnd{Lhs: t.Lhs, Rhs: t.Rhs, ExplicitLhs: true, ExplicitRhs: true, Location: t.Location}))
		w.sides(t.Lhs, t.Rhs, func(op string, row int, lhs, rhs ast.Body) {
			put(op, row, with(&ast.LogicalOr{Lhs: lhs, Rhs: rhs, ExplicitLhs: t.ExplicitLhs, ExplicitRhs: t.ExplicitRhs, Location: t.Location}))
		})
	case *ast.LogicalAnd:
		put(conditionDropped, row, t.Lhs...)
		put(conditionDropped, row, t.Rhs...)
		put(orForAnd, row, with(&ast.LogicalOr{Lhs: t.Lhs, Rhs: t.Rhs, ExplicitLhs: true, ExplicitRhs: true, Location: t.Location}))
		w.sides(t.Lhs, t.Rhs, func(op string, row int, lhs, rhs ast.Body) {
			put(op, row, with(&ast.LogicalAnd{Lhs: lhs, Rhs: rhs, ExplicitLhs: t.ExplicitLhs, ExplicitRhs: t.ExplicitRhs, Location: t.Location}))
		})
	case *ast.Term:
		for _, c := range w.term(t) {
			put(c.op, row, with(c.now))
		}
	case []*ast.Term:
		if e.IsAssignment() || e.IsEquality() {
			for _, c := range w.term(t[2]) {
				put(c.op, row, with([]*ast.Term{t[0], t[1], c.now}))
			}
			return out
		}
		for _, c := range w.call(t) {
			put(c.op, row, with(c.now))
		}
	}
	if !e.Negated && !e.IsEvery() { // "not every" is no Rego
		put(notAdded, row, e.Complement())
	}
	return out
}

// sides makes the changes of both sides of an "or" or an "and". Of a or b or c, whose
// sides are "a or b" and c, each is turned round by itself, and the whole.
func (w walker) sides(lhs, rhs ast.Body, put func(op string, row int, lhs, rhs ast.Body)) {
	for _, c := range w.body(lhs, false) {
		if c.op != notAdded || !logical(lhs) {
			put(c.op, c.row, c.now, rhs)
		}
	}
	for _, c := range w.body(rhs, false) {
		if c.op != notAdded || !logical(rhs) {
			put(c.op, c.row, lhs, c.now)
		}
	}
}

func logical(b ast.Body) bool { return len(b) == 1 && (b[0].IsOr() || b[0].IsAnd()) }

// some makes the changes of "some x in list": only the list can change.
func (w walker) some(s *ast.Term) []change[*ast.Term] {
	call, ok := s.Value.(ast.Call)
	if !ok {
		return nil
	}
	var out []change[*ast.Term]
	last := len(call) - 1
	for _, c := range w.term(call[last]) {
		now := slices.Clone(call)
		now[last] = c.now
		out = append(out, change[*ast.Term]{op: c.op, now: same(s, now)})
	}
	return out
}

// someOf is "every x in list" as "some x in list".
func someOf(e *ast.Every) *ast.SomeDecl {
	call := ast.Call{ast.NewTerm(ast.Member.Ref()), e.Value, e.Domain}
	if e.Key != nil {
		call = ast.Call{ast.NewTerm(ast.MemberWithKey.Ref()), e.Key, e.Value, e.Domain}
	}
	for _, t := range call {
		if t.Location == nil {
			t.Location = e.Location
		}
	}
	return &ast.SomeDecl{Symbols: []*ast.Term{{Value: call, Location: e.Location}}, Location: e.Location}
}

// at gives a condition that was made a place in the file: the formatter asks.
func at(e, like *ast.Expr) *ast.Expr {
	if e.Location == nil {
		e.Location = like.Location
	}
	if t, ok := e.Terms.(*ast.Term); ok && t.Location == nil {
		t.Location = like.Location
	}
	return e
}

// textOf writes conditions on one line each.
func textOf(list ...*ast.Expr) string {
	out := make([]string, len(list))
	for i, e := range list {
		s, err := written(e)
		if err != nil {
			s = e.String()
		}
		out[i] = strings.TrimSpace(s)
	}
	return strings.Join(out, "\n")
}
