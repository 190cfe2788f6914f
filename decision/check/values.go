package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// values looks at every comparison of the rules: a text that the other side can
// never be, a number with a text, seconds with milliseconds. To Rego such a
// condition merely does not hold, and a rule that denies by it never denies.
func (c *checker) values() {
	f := newFlow(c)
	for _, file := range slices.Sorted(maps.Keys(c.compiler.Modules)) {
		m := c.compiler.Modules[file]
		for _, r := range m.Rules {
			for ; r != nil; r = r.Else {
				ast.WalkExprs(r.Body, func(e *ast.Expr) bool {
					c.comparison(f, m, file, e)
					return false
				})
				ast.WalkRefs(r.Body, func(ref ast.Ref) bool {
					c.lookups(f, m, file, ref)
					c.inputPlaces(f, m, file, ref)
					return false
				})
			}
		}
	}
}

// sayAt tells a fault at a place of a rule, unless one is told of that line: a second
// mostly says the same again.
func (c *checker) sayAt(file string, at *ast.Location, do, what string, args ...any) {
	f := fault.Fault{File: file, What: fmt.Sprintf(what, args...), Do: do}
	if at != nil {
		f.Line = at.Row
	}
	if !c.told(file, f.Line) {
		c.add(f)
	}
}

func (c *checker) comparison(f *flow, m *ast.Module, file string, e *ast.Expr) {
	t, ok := e.Terms.([]*ast.Term)
	if !ok || len(t) < 3 {
		return
	}
	op := t[0].String()
	if strings.HasPrefix(op, "time.") {
		c.clock(f, m, file, e.Location, op, t[1])
		return
	}
	switch op {
	case "startswith", "endswith", "contains", "regex.match":
		c.textTest(f, m, file, e.Location, op, t[1:])
	case "object.get":
		c.got(f, m, file, e.Location, t[1], t[2])
	case "eq", "equal", "neq", "lt", "lte", "gt", "gte":
		if bound(t[1]) || bound(t[2]) {
			if op == "eq" && (c.derived(f, m, t[1]) || c.derived(f, m, t[2])) {
				return // it gives a variable its value
			}
		}
		a, b := c.domainOf(f, without(f.origins(m, t[1]), t[2])), c.domainOf(f, without(f.origins(m, t[2]), t[1]))
		c.compare(file, e.Location, op, a, b)
	case "internal.member_2":
		c.member(f, m, file, e.Location, t[1], t[2])
	case "minus", "plus", "mul":
		c.arithmetic(f, m, file, e.Location, op, t[1], t[2])
	case "div", "rem":
		a := c.domainOf(f, f.origins(m, t[1]))
		if a.known && instant(a.unit) {
			c.sayAt(file, e.Location, "compare times with times", "%s is a time on the clock, and is divided", named(a))
		}
	}
}

// without leaves out what a variable has from the very comparison that is looked at.
func without(of []origin, other *ast.Term) []origin {
	return slices.DeleteFunc(slices.Clone(of), func(o origin) bool { return o.from == written && o.term == other })
}

func bound(t *ast.Term) bool {
	_, ok := t.Value.(ast.Var)
	return ok
}

// derived says that a term is a variable with no value but from this equation.
func (c *checker) derived(f *flow, m *ast.Module, t *ast.Term) bool {
	v, ok := t.Value.(ast.Var)
	return ok && len(f.vars[variable{m, v}]) <= 1
}

func (c *checker) compare(file string, at *ast.Location, op string, a, b domain) {
	if !a.known || !b.known {
		return
	}
	if a.literal && !b.literal {
		a, b = b, a
	}
	if a.literal && b.literal {
		return
	}
	if disjointKinds(a, b) {
		c.sayAt(file, at, "compare a text with a text and a number with a number", "%s is %s, and is compared with %s, which is %s: that is never so",
			named(a), kindsOf(a), named(b), kindsOf(b))
		return
	}
	if what, do := compareUnits(a, b); what != "" {
		c.sayAt(file, at, do, "%s: they cannot be compared", what)
		return
	}
	if c.moment(file, at, a, b) {
		return
	}
	if a.identity != "" && b.identity != "" && a.identity != b.identity {
		c.sayAt(file, at, "compare the same kind of name", "%s is %s, and %s is %s: they are never the same", named(a), a.identity, named(b), b.identity)
		return
	}
	if op == "eq" || op == "equal" || op == "neq" {
		c.words(file, at, a, b)
		return
	}
	if b.literal && a.kinds["text"] {
		c.sayAt(file, at, "compare texts with == or in", "%s is a text, and \"smaller\" and \"greater\" of texts go by the alphabet", named(a))
	}
}

func disjointKinds(a, b domain) bool {
	for k := range a.kinds {
		if b.kinds[k] {
			return false
		}
	}
	return len(a.kinds) > 0 && len(b.kinds) > 0
}

func kindsOf(d domain) string {
	say := map[string]string{
		"text": "a text", "number": "a number", "yes or no": "true or false", "list": "a list", "object": "an object", "nothing": "null",
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(d.kinds)) {
		out = append(out, say[k])
	}
	return strings.Join(out, " or ")
}

// words holds two sides against each other that have to be the same text. b is the
// one that is written out, if one is.
func (c *checker) words(file string, at *ast.Location, a, b domain) {
	if b.words == nil || len(b.kinds) != 1 || !b.kinds["text"] {
		return
	}
	if b.literal {
		for _, word := range b.words {
			c.word(file, at, a, word)
		}
		return
	}
	if a.words != nil && !slices.ContainsFunc(a.words, func(w string) bool { return slices.Contains(b.words, w) }) {
		c.sayAt(file, at, "look at both: they have no word in common", "%s (%s) is compared with %s (%s): that is never so",
			named(a), fault.OneOf(a.words), named(b), fault.OneOf(b.words))
	}
	if a.pattern != nil && !slices.ContainsFunc(b.words, a.pattern.MatchString) {
		c.sayAt(file, at, "look up the code, not its name: NAME[code]", "%s is %s, and %s holds none", named(a), a.form, named(b))
	}
}

// word: can a be this text?
func (c *checker) word(file string, at *ast.Location, a domain, word string) {
	if !a.kinds["text"] || a.mixed && a.any {
		return
	}
	if a.words != nil {
		if !slices.Contains(a.words, word) && (word != "" || slices.Contains(a.words, "")) {
			c.sayAt(file, at, "write one of: "+fault.OneOf(a.words)+fault.Meant(word, a.words), "%s is never %q", named(a), word)
		}
		return
	}
	if word == "" {
		return
	}
	if a.pattern != nil && !a.pattern.MatchString(word) {
		do := "write it as it is written there"
		if up := strings.ToUpper(strings.TrimSpace(word)); a.pattern.MatchString(up) {
			do = fmt.Sprintf("write %q", up)
		}
		c.sayAt(file, at, do, "%q is not %s, as %s is", word, a.form, named(a))
		return
	}
	switch a.told {
	case "input.subject.role":
		if role, err := nhs.ParseRoleCode(word); err != nil || role.Name() == "" && c.roleName(word) == "" {
			c.sayAt(file, at, "look the role up; one of your region's own must stand in names in data/roles.json", "%q is no job role of NHS England's list", word)
		}
	case "input.request.type":
		if fhir.OfferedType(word) == "other" {
			c.sayAt(file, at, "write a type as FHIR does, such as Observation", "%q is no FHIR type that is ever served", word)
		}
	}
}

func (c *checker) roleName(code string) string {
	doc, _ := c.data["roles"].(map[string]any)
	list, _ := doc["names"].(map[string]any)
	name, _ := list[code].(string)
	return name
}

// member: x in y.
func (c *checker) member(f *flow, m *ast.Module, file string, at *ast.Location, x, y *ast.Term) {
	of := f.origins(m, y)
	whole := c.domainOf(f, of)
	if whole.known && !whole.kinds["list"] {
		if whole.kinds["object"] && len(whole.kinds) == 1 {
			c.sayAt(file, at, fmt.Sprintf("to look a name up, write %s[...]", named(whole)),
				"\"in\" looks at what stands behind the names of an object, not at the names, and %s is an object", named(whole))
			return
		}
		c.sayAt(file, at, "write a list in brackets, or compare with ==", "%s is %s, and nothing can be in it", named(whole), kindsOf(whole))
		return
	}
	a := c.domainOf(f, f.origins(m, x))
	if !a.known {
		return
	}
	for _, element := range f.elements(m, y) {
		b := c.domainOf(f, element)
		if !b.known {
			continue
		}
		if a.literal {
			c.compare(file, at, "eq", b, a)
		} else {
			c.compare(file, at, "eq", a, b)
		}
	}
}

// elements gives each element of a list by itself when it is written out, else all
// of them together.
func (f *flow) elements(m *ast.Module, y *ast.Term) [][]origin {
	var out [][]origin
	each := func(t *ast.Term) { out = append(out, f.origins(m, t)) }
	switch v := y.Value.(type) {
	case *ast.Array:
		v.Foreach(each)
		return out
	case ast.Set:
		v.Foreach(each)
		return out
	}
	return [][]origin{f.step(f.origins(m, y), "*")}
}

// arithmetic: hours times 60 are no seconds, and a time on the clock is not
// multiplied.
func (c *checker) arithmetic(f *flow, m *ast.Module, file string, at *ast.Location, op string, x, y *ast.Term) {
	a, b := c.domainOf(f, f.origins(m, x)), c.domainOf(f, f.origins(m, y))
	if !a.known || !b.known {
		return
	}
	if op == "minus" && a.kinds["list"] && b.kinds["list"] {
		return // one set without another
	}
	if !a.kinds["number"] || !b.kinds["number"] {
		c.sayAt(file, at, "count with numbers", "%s is %s and %s is %s: they cannot be counted with", named(a), kindsOf(a), named(b), kindsOf(b))
		return
	}
	if op == "mul" {
		if a.literal {
			a, b, y = b, a, x
		}
		factor := writtenNumber(f.origins(m, y))
		if want := inSeconds[a.unit]; want != "" && factor != "" && multiplied(a.unit, factor) == "" {
			c.sayAt(file, at, fmt.Sprintf("multiply by %s to get seconds", want), "%s counts %s, and is multiplied by %s", named(a), a.unit, factor)
		}
		return
	}
	if f.unitAfter(op, [][]origin{f.origins(m, x), f.origins(m, y)}) == "" && a.unit != "" && b.unit != "" {
		what, do := compareUnits(a, b)
		if what != "" {
			c.sayAt(file, at, do, "%s: they cannot be counted together", what)
		} else if instant(a.unit) && op == "plus" {
			c.sayAt(file, at, "add a length to a time, not a time to a time", "two times on the clock are added")
		}
	}
}

// lookups: data.x[key] with a key that no name of the list can be.
func (c *checker) lookups(f *flow, m *ast.Module, file string, ref ast.Ref) {
	if !ref.HasPrefix(ast.DefaultRootRef) {
		return
	}
	here := []origin{{from: fromData}}
	if n, _ := f.ruleOf(ref); n > 0 {
		return
	}
	for _, t := range ref[1:] {
		if v, ok := t.Value.(ast.Var); ok {
			c.lookup(f, file, ref, t.Location, here, f.vars[variable{m, v}])
			here = f.step(here, "*")
			continue
		}
		if s, ok := t.Value.(ast.String); ok {
			here = f.step(here, string(s))
			continue
		}
		here = f.step(here, "*")
	}
}

func (c *checker) lookup(f *flow, file string, ref ast.Ref, at *ast.Location, list, key []origin) {
	if slices.ContainsFunc(key, func(o origin) bool { return o.from == fromKeys }) {
		return
	}
	of, k := c.domainOf(f, list), c.domainOf(f, key)
	if !of.known || !k.known || len(of.kinds) != 1 {
		return
	}
	if at == nil || at.Row == 0 {
		at = ref[0].Location
	}
	switch {
	case of.kinds["object"] && k.identity != "" && k.identity != "a job role" && strings.HasPrefix(of.told, "data.roles."):
		c.sayAt(file, at, "look up input.subject.role", "the names of %s are job roles, and %s is %s", named(of), named(k), k.identity)
	case of.kinds["object"] && !k.kinds["text"]:
		c.sayAt(file, at, "turn the number into a text with format_int(x, 10)", "the names of %s are texts, and %s is %s: none is ever found", named(of), named(k), kindsOf(k))
	case of.kinds["list"] && !k.kinds["number"]:
		c.sayAt(file, at, "write: ... in "+named(of), "%s is a list, which has no names, and %s is looked up in it", named(of), named(k))
	case of.kinds["object"] && k.words != nil && !slices.ContainsFunc(k.words, func(w string) bool { return slices.Contains(of.names, w) }):
		c.sayAt(file, at, "look at both: they have no word in common", "%s (%s) is never a name of %s (%s)", named(k), fault.OneOf(k.words), named(of), fault.OneOf(of.names))
	case of.kinds["object"] && k.pattern != nil && len(of.names) > 0 && !slices.ContainsFunc(of.names, k.pattern.MatchString):
		c.sayAt(file, at, "look at both", "%s is %s, and no name of %s is", named(k), k.form, named(of))
	}
}
