package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// habits finds what compiles and does not say what its writer meant. Most of it is
// what Regal's published list of bugs has (docs/policy-slips.md goes through it).
func (c *checker) habits() {
	for _, file := range c.rules() {
		m := c.modules[file]
		c.repeated(file, m)
		c.several(file, m)
		c.named(file, m)
		for _, r := range m.Rules {
			for one := r; one != nil; one = one.Else {
				if !generated(one) {
					c.conditions(file, m, one.Body)
					c.contradictions(file, one.Body)
				}
			}
			c.iterated(file, r)
			c.onceUsed(file, r)
		}
		c.calls(file, m)
	}
}

// generated says that a rule has no body of its own: x := 1.
func generated(r *ast.Rule) bool {
	return len(r.Body) == 1 && r.Body[0].String() == "true" && (r.Body[0].Location == nil || string(r.Body[0].Location.Text) != "true")
}

func (c *checker) conditions(file string, m *ast.Module, body ast.Body) {
	negated := map[*ast.Expr]bool{} // "not x" is a body of its own since rego.v2
	visit := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Not:
			if len(x.Body) == 1 {
				negated[x.Body[0]] = true
			}
		case *ast.Expr:
			c.condition(file, m, x, negated[x] || x.Negated)
		}
		return false
	})
	visit.Walk(body)
}

func (c *checker) condition(file string, m *ast.Module, e *ast.Expr, negated bool) {
	switch t := e.Terms.(type) {
	case *ast.Term:
		switch v := t.Value.(type) {
		case ast.Object:
			c.sayAt(file, e.Location, "write a condition: input.request.action == \"view\", say", "this is an object and no condition: it always holds")
		case ast.Boolean, ast.Number, ast.String, ast.Null, *ast.Array, ast.Set:
			c.sayAt(file, e.Location, "write a condition, or take the line out", "%s is no condition: it is always the same", t)
		case ast.Ref:
			c.setAsCondition(file, m, e, v, negated)
		case ast.Var:
			c.setAsCondition(file, m, e, ast.Ref{t}, negated)
		}
	case []*ast.Term:
		c.operation(file, e, t, negated)
	}
}

// setAsCondition: a set is there even when nothing is in it, so that neither it nor
// its "not" says anything.
func (c *checker) setAsCondition(file string, m *ast.Module, e *ast.Expr, ref ast.Ref, negated bool) {
	full := c.resolved(m, ref)
	rules := c.compilerRules(full)
	if len(rules) == 0 {
		return
	}
	several := rules[0].Head.RuleKind() == ast.MultiValue
	object := len(rules[0].Head.Ref()) > len(rules[0].Head.Ref().GroundPrefix())
	if !several && !object {
		return
	}
	empty := "set()"
	if object && !several {
		empty = "{}"
	}
	if negated {
		c.sayAt(file, e.Location, fmt.Sprintf("write: %s == %s", ref, empty), "\"not %s\" is never so: a set is there even when nothing is in it", ref)
		return
	}
	c.sayAt(file, e.Location, fmt.Sprintf("write: %s != %s", ref, empty), "%s always holds: a set is there even when nothing is in it", ref)
}

// resolved gives the whole path of what a module writes in short.
func (c *checker) resolved(m *ast.Module, ref ast.Ref) ast.Ref {
	head := strings.Trim(ref[0].String(), `"`)
	for _, i := range m.Imports {
		if string(i.Name()) == head {
			if p, ok := i.Path.Value.(ast.Ref); ok {
				return append(slices.Clone(p), ref[1:]...)
			}
		}
	}
	if ref[0].Value.Compare(ast.DefaultRootDocument.Value) == 0 || ref[0].Value.Compare(ast.InputRootDocument.Value) == 0 {
		return ref
	}
	full := append(slices.Clone(m.Package.Path), ast.StringTerm(head))
	return append(full, ref[1:]...)
}

func (c *checker) compilerRules(ref ast.Ref) []*ast.Rule {
	if c.compiler == nil || !ref.IsGround() {
		return nil
	}
	return c.compiler.GetRulesExact(ref)
}

// operation looks at a call that stands as a condition.
func (c *checker) operation(file string, e *ast.Expr, t []*ast.Term, negated bool) {
	op := t[0].String()
	b := ast.BuiltinMap[op]
	switch {
	case b == nil:
		return
	case op == "eq":
		c.sayAt(file, e.Location, "to compare, write ==", "one = gives a name its value, or compares: nobody can see which is meant")
	case slices.Contains([]string{"eq", "equal", "neq", "lt", "lte", "gt", "gte"}, op) && len(t) == 3:
		if constant(t[1]) && constant(t[2]) {
			c.sayAt(file, e.Location, "compare a field with a value", "both sides are written out: this is always the same")
		} else if t[1].Equal(t[2]) {
			c.sayAt(file, e.Location, "compare it with something else", "%s is compared with itself", t[1])
		}
		if op == "neq" && (iterates(t[1]) || iterates(t[2])) {
			c.sayAt(file, e.Location, "write: not x in ...", "\"!=\" here asks whether any element differs, which is nearly always so")
		}
	case op == "assign" || op == "internal.member_2" || op == "internal.member_3" || op == "walk":
	case len(t) == b.Decl.Arity()+1 && types.Compare(b.Decl.Result(), types.B) != 0 && op != "eq":
		if negated {
			c.sayAt(file, e.Location, "compare what it gives with something", "\"not %s(...)\" is never so", op)
			return
		}
		c.sayAt(file, e.Location, "compare what it gives with something", "%s(...) always holds: what it gives is not looked at", op)
	}
}

func constant(t *ast.Term) bool {
	switch t.Value.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null:
		return true
	}
	return false
}

func iterates(t *ast.Term) bool {
	r, ok := t.Value.(ast.Ref)
	return ok && slices.ContainsFunc(r, func(t *ast.Term) bool {
		v, is := t.Value.(ast.Var)
		return is && v.IsWildcard()
	})
}

// repeated finds a body that stands twice.
func (c *checker) repeated(file string, m *ast.Module) {
	seen := map[string]int{}
	for _, r := range m.Rules {
		if r.Default {
			continue
		}
		copied := *r
		copied.Annotations = nil
		text := copied.String()
		if row, twice := seen[text]; twice {
			c.sayAt(file, r.Location, "change one of the two, or take one out", "this is the same as what stands in line %d", row)
			continue
		}
		seen[text] = r.Location.Row
	}
}

// several finds values of which two can hold at once: then no decision is made at
// all, for anybody.
func (c *checker) several(file string, m *ast.Module) {
	values, defaults := map[string]*ast.Rule{}, map[string]*ast.Term{}
	for _, r := range m.Rules {
		if r.Default {
			defaults[nameOf(r)] = r.Head.Value
		}
	}
	for _, r := range m.Rules {
		name := nameOf(r)
		if r.Default || r.Head.RuleKind() == ast.MultiValue || len(r.Head.Ref()) > 1 || r.Head.Value == nil || slices.Contains(offers, name) {
			continue
		}
		if d := defaults[name]; d != nil && d.Equal(r.Head.Value) && constant(d) {
			c.sayAt(file, r.Location, "give it another value, or take it out", "%s is given the value that it has by default", name)
			continue
		}
		first := values[name]
		if first == nil {
			values[name] = r
			c.neverLookedAt(file, m, r)
			continue
		}
		if !first.Head.Value.Equal(r.Head.Value) {
			c.sayAt(file, r.Location, "write \"else := ...\" behind the first, so that only one counts",
				"%s is given one value in line %d and another here: where both hold, no decision is made at all", name, first.Location.Row)
		}
		if !slices.EqualFunc(first.Head.Args, r.Head.Args, func(a, b *ast.Term) bool { return a.Equal(b) || !sameArgument(a, b) }) {
			c.sayAt(file, r.Location, "name them as in line "+fmt.Sprint(first.Location.Row), "the arguments of %s have other names here", name)
		}
	}
}

// neverLookedAt finds an argument that no body of a function names.
func (c *checker) neverLookedAt(file string, m *ast.Module, first *ast.Rule) {
	for i := range first.Head.Args {
		wild := true
		for _, r := range m.Rules {
			if nameOf(r) == nameOf(first) && i < len(r.Head.Args) {
				v, ok := r.Head.Args[i].Value.(ast.Var)
				wild = wild && ok && v.IsWildcard()
			}
		}
		if wild {
			c.sayAt(file, first.Location, "use it, or leave it out", "%s never looks at what is given to it in place %d", nameOf(first), i+1)
			return
		}
	}
}

// sameArgument says that both are names, and different ones.
func sameArgument(a, b *ast.Term) bool {
	x, ok1 := a.Value.(ast.Var)
	y, ok2 := b.Value.(ast.Var)
	return ok1 && ok2 && !x.IsWildcard() && !y.IsWildcard()
}

// iterated finds a value that goes through a list with no body to choose one.
func (c *checker) iterated(file string, r *ast.Rule) {
	if r.Head.Value != nil && r.Head.RuleKind() == ast.SingleValue && len(r.Head.Ref()) == 1 && generated(r) && iterates(r.Head.Value) {
		c.sayAt(file, r.Location, "make it a set: NAME contains x if { some x in ... }", "%s would have as many values as the list: with more than one, no decision is made at all", nameOf(r))
	}
}
