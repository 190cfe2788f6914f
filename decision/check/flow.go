package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// flow finds where the values of the compiled rules come from: the input, a list
// of data/, a text that is written out, another part of a rule. OPA's type checker
// knows the kinds of the input's fields, and of nothing else; a comparison of
// anything with anything passes it.
//
// The compiled form is simple: every "some", ":=", "==" and nested call has become
// an equation or a call over variables that are one module's own.
type flow struct {
	c        *checker
	compiler *ast.Compiler
	vars     map[variable][]origin
	args     map[string][][]origin // of functions, by path: what they are called with
	changed  bool
}

type variable struct {
	module *ast.Module
	name   ast.Var
}

// origin is one place that a value can come from.
type origin struct {
	from   source
	path   string      // of input and data, its names joined by dots, "*" being any
	term   *ast.Term   // written: the value
	in     *ast.Module // written: the module whose variables it may hold
	unit   string      // counted: what arithmetic gave
	rule   string      // ruled: the path of a part of a rule
	below  string      // ruled: the path within its value
	number bool        // counted
}

type source int

const (
	fromInput source = iota
	fromData
	fromKeys  // the names of an object of data
	written   // in the rule itself
	ruled     // what a part of a rule gives
	ruledKeys // the names of an object that a part of a rule gives
	counted   // a number that arithmetic gave
	shaped    // a text in small letters, capitals or without blanks at its ends
)

func (o origin) same(p origin) bool {
	return o.from == p.from && o.path == p.path && o.term == p.term && o.unit == p.unit && o.rule == p.rule && o.below == p.below
}

// newFlow follows all values until nothing new is found.
func newFlow(of *checker) *flow {
	c := of.compiler
	f := &flow{c: of, compiler: c, vars: map[variable][]origin{}, args: map[string][][]origin{}}
	for range 12 {
		f.changed = false
		for _, file := range slices.Sorted(maps.Keys(c.Modules)) {
			m := c.Modules[file]
			for _, r := range m.Rules {
				for ; r != nil; r = r.Else {
					f.formal(m, r)
					f.body(m, r.Body)
				}
			}
		}
		if !f.changed {
			break
		}
	}
	return f
}

// formal binds a function's arguments to what it is called with.
func (f *flow) formal(m *ast.Module, r *ast.Rule) {
	for i, a := range r.Head.Args {
		if v, ok := a.Value.(ast.Var); ok && i < len(f.args[pathOf(r)]) {
			f.bind(m, v, f.args[pathOf(r)][i])
		}
	}
}

func pathOf(r *ast.Rule) string { return r.Ref().GroundPrefix().String() }

func (f *flow) body(m *ast.Module, body ast.Body) {
	ast.WalkExprs(body, func(e *ast.Expr) bool {
		f.expr(m, e)
		return false
	})
}

func (f *flow) expr(m *ast.Module, e *ast.Expr) {
	switch t := e.Terms.(type) {
	case *ast.Every:
		of := f.origins(m, t.Domain)
		if v, ok := t.Value.Value.(ast.Var); ok {
			f.bind(m, v, f.step(of, "*"))
		}
		if t.Key != nil {
			if v, ok := t.Key.Value.(ast.Var); ok {
				f.bind(m, v, f.keys(of))
			}
		}
	case *ast.Term:
		f.origins(m, t)
	case []*ast.Term:
		f.call(m, t)
	}
}

func (f *flow) call(m *ast.Module, t []*ast.Term) {
	name, args := t[0].String(), t[1:]
	if name == "eq" || name == "assign" || name == "=" {
		f.equate(m, args[0], args[1])
		return
	}
	var of [][]origin
	for _, a := range args {
		of = append(of, f.origins(m, a))
	}
	if b := f.builtin(name); b != nil {
		if n := b.Decl.Arity(); len(args) == n+1 {
			if v, ok := args[n].Value.(ast.Var); ok {
				f.bind(m, v, result(f, name, of))
			}
		}
		return
	}
	f.calls(name, of)
	rules := f.rulesAt(name)
	if len(rules) == 0 {
		return
	}
	if n := len(rules[0].Head.Args); len(args) == n+1 {
		if v, ok := args[n].Value.(ast.Var); ok {
			f.bind(m, v, []origin{{from: ruled, rule: name}})
		}
	}
}

func (f *flow) builtin(name string) *ast.Builtin { return ast.BuiltinMap[name] }

// calls notes what a function is called with.
func (f *flow) calls(name string, of [][]origin) {
	have := f.args[name]
	for len(have) < len(of) {
		have = append(have, nil)
	}
	for i := range of {
		for _, o := range of[i] {
			if !has(have[i], o) {
				have[i] = append(have[i], o)
				f.changed = true
			}
		}
	}
	f.args[name] = have
}

func (f *flow) equate(m *ast.Module, a, b *ast.Term) {
	left, right := f.origins(m, a), f.origins(m, b)
	if v, ok := a.Value.(ast.Var); ok {
		f.bind(m, v, right)
	}
	if v, ok := b.Value.(ast.Var); ok {
		f.bind(m, v, left)
	}
}

func (f *flow) bind(m *ast.Module, v ast.Var, of []origin) {
	at := variable{m, v}
	for _, o := range of {
		if len(f.vars[at]) < mostOrigins && !has(f.vars[at], o) {
			f.vars[at] = append(f.vars[at], o)
			f.changed = true
		}
	}
}

// mostOrigins bounds what is followed: a value of more places is of any kind.
const mostOrigins = 64

func has(list []origin, o origin) bool {
	for _, p := range list {
		if p.same(o) {
			return true
		}
	}
	return false
}

// origins tells where a term's value can come from; nothing: it is not known.
func (f *flow) origins(m *ast.Module, t *ast.Term) []origin {
	switch v := t.Value.(type) {
	case ast.Var:
		return f.vars[variable{m, v}]
	case ast.Ref:
		return f.ref(m, v)
	case ast.Call:
		return nil
	}
	return []origin{{from: written, term: t, in: m}}
}

// ref follows a reference; a variable that it goes through for the first time
// becomes a name of what it goes through.
func (f *flow) ref(m *ast.Module, r ast.Ref) []origin {
	var here []origin
	rest := r[1:]
	switch head := r[0].Value.(type) {
	case ast.Var:
		switch {
		case head.Equal(ast.InputRootDocument.Value):
			here = []origin{{from: fromInput}}
		case head.Equal(ast.DefaultRootDocument.Value):
			n := 0
			if n, here = f.ruleOf(r); n > 0 {
				rest = r[n:]
			} else {
				here = []origin{{from: fromData}}
			}
		default:
			here = f.vars[variable{m, head}]
		}
	default:
		here = f.origins(m, r[0])
	}
	for _, t := range rest {
		if v, ok := t.Value.(ast.Var); ok {
			if at := (variable{m, v}); len(f.vars[at]) == 0 {
				f.bind(m, v, f.keys(here))
			}
			here = f.step(here, "*")
			continue
		}
		name := "*"
		if s, ok := t.Value.(ast.String); ok {
			name = string(s)
		}
		here = f.step(here, name)
	}
	return here
}

// ruleOf finds the part of a rule that a reference begins with, and its length.
func (f *flow) ruleOf(r ast.Ref) (int, []origin) {
	for n := len(r.GroundPrefix()); n > 1; n-- {
		if len(f.compiler.GetRulesExact(r[:n])) > 0 {
			return n, []origin{{from: ruled, rule: r[:n].String()}}
		}
	}
	return 0, nil
}

func (f *flow) rulesAt(path string) []*ast.Rule {
	r, err := ast.ParseRef(path)
	if err != nil {
		return nil
	}
	return f.compiler.GetRulesExact(r)
}

// step goes down one name, "*" being any.
func (f *flow) step(of []origin, name string) []origin {
	var out []origin
	for _, o := range of {
		switch o.from {
		case fromInput, fromData:
			o.path = join(o.path, name)
			out = append(out, o)
		case written:
			out = append(out, f.within(o, name)...)
		case ruled:
			o.below = join(o.below, name)
			out = append(out, f.resolve(o, 0)...)
		}
	}
	return out
}

// unit is what an origin is counted in.
func (f *flow) unit(o origin) string { return f.c.domainAt(f, o, 0).unit }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "\x00" + name
}

func names(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "\x00")
}

// within goes down one name of a value that is written out.
func (f *flow) within(o origin, name string) (out []origin) {
	each := func(t *ast.Term) { out = append(out, f.origins(o.in, t)...) }
	switch v := o.term.Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Foreach(each)
	case ast.Object:
		v.Foreach(func(key, value *ast.Term) {
			if k, ok := key.Value.(ast.String); name == "*" || ok && string(k) == name {
				each(value)
			}
		})
	}
	return out
}

// keys are the names of what is gone through.
func (f *flow) keys(of []origin) []origin {
	var out []origin
	for _, o := range of {
		switch o.from {
		case fromData:
			out = append(out, origin{from: fromKeys, path: o.path})
		case ruled:
			if o.below != "" {
				continue
			}
			for _, r := range f.rulesAt(o.rule) {
				if r.Head.Key != nil {
					out = append(out, f.origins(r.Module, r.Head.Key)...)
				} else if ref := r.Head.Ref(); len(ref) > len(ref.GroundPrefix()) {
					out = append(out, f.origins(r.Module, ref[len(ref.GroundPrefix())])...)
				}
			}
		}
	}
	return out
}

// resolve gives what a part of a rule holds at a path within its value.
func (f *flow) resolve(o origin, depth int) []origin {
	if depth > 6 {
		return nil
	}
	var out []origin
	for _, first := range f.rulesAt(o.rule) {
		for r := first; r != nil; r = r.Else {
			steps := names(o.below)
			var here []origin
			switch {
			case r.Head.RuleKind() == ast.MultiValue:
				if len(steps) == 0 {
					continue
				}
				here, steps = f.origins(r.Module, r.Head.Key), steps[1:]
			case len(r.Head.Ref()) > len(r.Head.Ref().GroundPrefix()):
				if len(steps) == 0 || r.Head.Value == nil {
					continue
				}
				here, steps = f.origins(r.Module, r.Head.Value), steps[1:]
			case r.Head.Value != nil:
				here = f.origins(r.Module, r.Head.Value)
			}
			for _, name := range steps {
				here = f.step(here, name)
			}
			for _, one := range here {
				if one.from == ruled && one.below == "" && one.rule != o.rule {
					out = append(out, f.resolve(one, depth+1)...)
				} else {
					out = append(out, one)
				}
			}
		}
	}
	return out
}
