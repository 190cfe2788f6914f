package check

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// named finds names that hide something else.
func (c *checker) named(file string, m *ast.Module) {
	built := map[string]bool{}
	for name := range ast.BuiltinMap {
		built[strings.SplitN(name, ".", 2)[0]] = true
	}
	told := map[string]bool{}
	imported := map[string]bool{}
	for _, i := range m.Imports {
		imported[string(i.Name())] = true
	}
	for _, r := range m.Rules {
		name := nameOf(r)
		if told[name] {
			continue
		}
		if built[name] {
			told[name] = true
			c.sayAt(file, r.Location, "choose another name", "%s is the name of a function that rules have", name)
		}
		if imported[name] {
			told[name] = true
			c.sayAt(file, r.Location, "choose another name", "%s is also the name of what is imported above: of the two, only one is read", name)
		}
	}
	parts := map[string]bool{}
	for _, r := range m.Rules {
		parts[nameOf(r)] = true
	}
	for _, v := range declared(m) {
		name := string(v.name)
		switch {
		case told[name]:
		case built[name]:
			told[name] = true
			c.sayAt(file, v.at, "choose another name", "%s is the name of a function that rules have", name)
		case parts[name] || imported[name]:
			told[name] = true
			c.sayAt(file, v.at, "choose another name", "%s is already the name of a part of the rule, or of what it imports: here it stands for something else", name)
		}
	}
}

type declaration struct {
	name ast.Var
	at   *ast.Location
}

// declared are the names that a module gives to values of its own.
func declared(x any) (out []declaration) {
	add := func(t *ast.Term, at *ast.Location) {
		ast.WalkVars(t, func(v ast.Var) bool {
			if !v.IsWildcard() {
				out = append(out, declaration{v, at})
			}
			return false
		})
	}
	ast.WalkExprs(x, func(e *ast.Expr) bool {
		switch t := e.Terms.(type) {
		case *ast.SomeDecl:
			for _, s := range t.Symbols {
				if call, ok := s.Value.(ast.Call); ok {
					for _, a := range call[1 : len(call)-1] {
						add(a, e.Location)
					}
				} else {
					add(s, e.Location)
				}
			}
		case *ast.Every:
			if t.Key != nil {
				add(t.Key, e.Location)
			}
			add(t.Value, e.Location)
		case []*ast.Term:
			if e.IsAssignment() {
				if _, ok := e.Operand(0).Value.(ast.Var); ok {
					add(e.Operand(0), e.Location)
				}
			}
		}
		return false
	})
	return out
}

// onceUsed finds a name that is declared, stands in one place, and so chooses
// nothing: mostly a second place was meant.
func (c *checker) onceUsed(file string, r *ast.Rule) {
	times := map[ast.Var]int{}
	for one := r; one != nil; one = one.Else {
		ast.WalkVars(one.Body, func(v ast.Var) bool { times[v]++; return false })
		ast.WalkVars(one.Head, func(v ast.Var) bool { times[v]++; return false })
	}
	for one := r; one != nil; one = one.Else {
		ast.WalkExprs(one.Body, func(e *ast.Expr) bool {
			some, ok := e.Terms.(*ast.SomeDecl)
			if !ok {
				return false
			}
			for _, s := range some.Symbols {
				switch v := s.Value.(type) {
				case ast.Var:
					if times[v] == 2 { // here and in one place more
						c.sayAt(file, e.Location, "write: some x in ..., or use it in a second place", "%s is used once only, so that it chooses nothing", v)
					}
				case ast.Call:
					for _, a := range v[1 : len(v)-1] {
						if name, ok := a.Value.(ast.Var); ok && !name.IsWildcard() && times[name] == 1 {
							c.sayAt(file, e.Location, "use it, or write _ in its place", "%s is never used", name)
						}
					}
				}
			}
			return false
		})
	}
}
