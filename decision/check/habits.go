package check

import (
	"fmt"
	"regexp"
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

// iterated finds a value that goes through a list with no body to choose one.
func (c *checker) iterated(file string, r *ast.Rule) {
	if r.Head.Value != nil && r.Head.RuleKind() == ast.SingleValue && len(r.Head.Ref()) == 1 && generated(r) && iterates(r.Head.Value) {
		c.sayAt(file, r.Location, "make it a set: NAME contains x if { some x in ... }", "%s would have as many values as the list: with more than one, no decision is made at all", nameOf(r))
	}
}

// failing are functions that stop the whole decision when they are given what they
// do not understand.
var failing = []string{
	"to_number", "json.unmarshal", "yaml.unmarshal", "base64.decode", "base64url.decode", "hex.decode", "time.parse_ns", "time.parse_rfc3339_ns",
	"time.parse_duration_ns", "units.parse", "units.parse_bytes", "semver.compare", "net.cidr_contains", "net.cidr_expand", "net.cidr_intersects", "urlquery.decode",
	"urlquery.decode_object", "json.patch", "io.jwt.decode", "crypto.x509.parse_certificates",
}

// calls looks at functions wherever they are used.
func (c *checker) calls(file string, m *ast.Module) {
	visit := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if t, ok := x.Terms.([]*ast.Term); ok {
				c.oneCall(file, x.Location, t)
			}
		case *ast.Term:
			if t, ok := x.Value.(ast.Call); ok {
				c.oneCall(file, x.Location, t)
			}
		}
		return false
	})
	visit.Walk(m)
}

func (c *checker) oneCall(file string, at *ast.Location, t []*ast.Term) {
	op := t[0].String()
	switch {
	case slices.Contains(failing, op) && len(t) > 1 && !constant(t[1]):
		c.sayAt(file, at, "compare texts as texts", "%s stops the whole decision when it is given what it cannot read", op)
	case op == "div" || op == "rem":
		if len(t) > 2 {
			if n, ok := t[2].Value.(ast.Number); !ok || n == "0" {
				c.sayAt(file, at, "multiply the other side instead", "dividing by what may be 0 stops the whole decision")
			}
		}
	case op == "sprintf" && len(t) > 2:
		c.sprintf(file, at, t[1], t[2])
	case strings.HasPrefix(op, "regex.") && len(t) > 1:
		if s, ok := t[1].Value.(ast.String); ok && op != "regex.replace" {
			if _, err := regexp.Compile(string(s)); err != nil {
				c.sayAt(file, at, "close its brackets, or compare with ==", "the pattern cannot be read, and stops the whole decision")
			}
		}
	case op == "numbers.range" || op == "bits.lsh":
		c.sayAt(file, at, "name the values, or compare with < and >", "%s can take all the time and memory that there is", op)
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[a-zA-Z%]`)

func (c *checker) sprintf(file string, at *ast.Location, form, list *ast.Term) {
	s, ok1 := form.Value.(ast.String)
	a, ok2 := list.Value.(*ast.Array)
	if !ok1 || !ok2 {
		return
	}
	n := 0
	for _, v := range verb.FindAllString(string(s), -1) {
		if v != "%%" {
			n++
		}
	}
	if n != a.Len() {
		c.sayAt(file, at, "give one value for each", "the text has %d places to fill and is given %s", n, values(a.Len()))
	}
}

func values(n int) string {
	if n == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}
