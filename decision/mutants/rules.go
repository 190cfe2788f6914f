package mutants

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// change is one small fault in a part of a rule, as the part that it becomes.
type change[T any] struct {
	op      string
	row     int
	was, is string // "" where the part is not a condition: the caller says
	now     T
}

// ofModule makes every mutant of one file of rules. Nothing of m is changed; what
// is not mutated is shared with it.
func ofModule(file string, m *ast.Module, docs map[string]any) []Mutant {
	var out []Mutant
	put := func(r *ast.Rule, op string, row int, was, is string, rules []*ast.Rule) {
		mutated := *m
		mutated.Rules = rules
		out = append(out, Mutant{
			Operator: op, File: file, Line: row, Rule: headOf(r), Was: was, Is: is, module: &mutated,
		})
	}
	w := walker{docs: docs}
	for i, r := range m.Rules {
		put(r, ruleRemoved, r.Location.Row, headOf(r), "", slices.Delete(slices.Clone(m.Rules), i, i+1))
		if i+1 == len(m.Rules) || !m.Rules[i+1].Head.Ref().Equal(r.Head.Ref()) {
			gone := out[len(out)-1].module
			gone.Comments = slices.Clone(m.Comments)
			gone.Comments = slices.DeleteFunc(gone.Comments, above(m.Comments, r.Location.Row))
		}
		for _, c := range w.rule(r) {
			rules := slices.Clone(m.Rules)
			rules[i] = c.now
			put(r, c.op, c.row, c.was, c.is, rules)
		}
	}
	return out
}

// above finds the comments that stand right above a row: the METADATA of a rule goes
// with it.
func above(all []*ast.Comment, row int) func(*ast.Comment) bool {
	rows := map[int]bool{}
	for i := len(all) - 1; i >= 0; i-- {
		if r := all[i].Location.Row; r == row-1 || rows[r+1] {
			rows[r] = true
		}
	}
	return func(c *ast.Comment) bool { return rows[c.Location.Row] }
}

// rule makes the changes of one rule and of what follows by else.
func (w walker) rule(r *ast.Rule) []change[*ast.Rule] {
	var out []change[*ast.Rule]
	put := func(op string, row int, was, is string, edit func(*ast.Rule)) {
		now := *r
		head := *r.Head
		now.Head = &head
		edit(&now)
		out = append(out, change[*ast.Rule]{op, row, was, is, &now})
	}
	row := r.Head.Location.Row
	if other, ok := opposite[string(r.Head.Name)]; ok && r.Head.Key != nil {
		put(effectSwapped, row, headOf(r), "", func(n *ast.Rule) { rename(n.Head, other) })
		out[len(out)-1].is = headOf(out[len(out)-1].now)
	}
	for _, c := range w.term(r.Head.Key) {
		put(c.op, row, headOf(r), "", func(n *ast.Rule) { n.Head.Key = c.now })
		out[len(out)-1].is = headOf(out[len(out)-1].now)
	}
	if !impliedTrue(r) {
		for _, c := range w.term(r.Head.Value) {
			op := c.op
			if r.Default {
				op = defaultChanged
			}
			put(op, row, headOf(r), "", func(n *ast.Rule) { n.Head.Value = c.now })
			out[len(out)-1].is = headOf(out[len(out)-1].now)
		}
	}
	if !r.Default && !always(r.Body) {
		for _, c := range w.body(r.Body, true) {
			put(c.op, c.row, c.was, c.is, func(n *ast.Rule) { n.Body = c.now })
		}
	}
	if e := r.Else; e != nil {
		put(ruleRemoved, e.Head.Location.Row, elseOf(e), "", func(n *ast.Rule) { n.Else = e.Else })
		put(orderSwapped, e.Head.Location.Row, elseOf(e), headOf(r), func(n *ast.Rule) { swapElse(n) })
		for _, c := range w.rule(e) {
			put(c.op, c.row, c.was, c.is, func(n *ast.Rule) { n.Else = c.now })
		}
	}
	return out
}

// opposite are the sets of the rules' contract that can be taken for each other.
var opposite = map[string]string{"permit": "deny", "deny": "permit", "lacking": "unknown", "unknown": "lacking"}

func rename(h *ast.Head, name string) {
	h.Name = ast.Var(name)
	h.Reference = slices.Clone(h.Reference)
	first := *h.Reference[0]
	first.Value = ast.Var(name)
	h.Reference[0] = &first
}

// swapElse puts what stands after the first else before what it follows: the
// second answer is then looked at first.
func swapElse(r *ast.Rule) {
	e := *r.Else
	head := *e.Head
	head.Value, r.Head.Value = r.Head.Value, head.Value
	e.Head = &head
	e.Body, r.Body = r.Body, e.Body
	r.Else = &e
}

// impliedTrue: "x if ..." gives true without saying so.
func impliedTrue(r *ast.Rule) bool {
	return !r.Default && !r.Head.Assign && r.Head.Value != nil && r.Head.Value.Value.Compare(ast.Boolean(true)) == 0
}

// always says that a rule has no condition: the parser gives it the body "true".
func always(b ast.Body) bool {
	t, ok := b[0].Terms.(*ast.Term)
	return ok && len(b) == 1 && t.Value.Compare(ast.Boolean(true)) == 0
}

// headOf is the head of a rule as it is written.
func headOf(r *ast.Rule) string {
	s := r.Head.String()
	if impliedTrue(r) {
		s = r.Head.Ref().String()
		if len(r.Head.Args) > 0 {
			s += r.Head.Args.String()
		}
	}
	if r.Default {
		s = "default " + s
	}
	return s
}

func elseOf(r *ast.Rule) string { return fmt.Sprintf("else := %v", r.Head.Value) }

// written formats a module, or a part of one, as opa fmt does.
func written(x any) (string, error) {
	out, err := format.AstWithOpts(x, format.Opts{RegoVersion: ast.RegoV1})
	return string(out), err
}
