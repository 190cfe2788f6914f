package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// parts are what can stand within a text of a form: at its beginning, at its end, anywhere.
var parts = map[string]*regexp.Regexp{
	"^[A-Z0-9]{3,10}$": regexp.MustCompile(`^[A-Z0-9]{0,10}$`),
	"^R[0-9]{4}$":      regexp.MustCompile(`^R?[0-9]{0,4}$`),
}

// textTest looks at startswith, endswith, contains and regex.match: a text that is written
// out, and that none of the texts that there are begins with, ends with, or holds.
func (c *checker) textTest(f *flow, m *ast.Module, file string, at *ast.Location, op string, t []*ast.Term) {
	field, what := t[0], t[1]
	if op == "regex.match" {
		field, what = t[1], t[0]
	}
	written, ok := what.Value.(ast.String)
	a := c.domainOf(f, f.origins(m, field))
	if !ok || !a.known || a.mixed || a.literal {
		return
	}
	holds := map[string]func(word, part string) bool{"startswith": strings.HasPrefix, "endswith": strings.HasSuffix, "contains": strings.Contains}[op]
	if op == "regex.match" {
		pattern, err := regexp.Compile(string(written))
		if err != nil {
			return // told
		}
		holds = func(word, _ string) bool { return pattern.MatchString(word) }
	}
	never := false
	switch {
	case a.words != nil:
		never = !slices.ContainsFunc(a.words, func(w string) bool { return holds(w, string(written)) })
	case a.pattern != nil && op != "regex.match":
		form := parts[a.pattern.String()]
		never = form != nil && (!form.MatchString(string(written)) || op == "startswith" && strings.HasPrefix(a.form, "a job role") && written != "" && written[0] != 'R')
	case a.told == "input.subject.role":
		never = true
		for n := 0; never && n < 10000; n++ {
			never = !holds(fmt.Sprintf("R%04d", n), "")
		}
	}
	if !never {
		return
	}
	form := a.form
	if a.words != nil {
		form = "one of " + fault.OneOf(a.words)
	}
	c.sayAt(file, at, "write it as it is written there", "%s is %s, and this is so of none of them: %q", named(a), form, string(written))
}

// shaped is the domain of lower(x), upper(x) and trim_space(x).
func (c *checker) shaped(o origin) domain {
	forms := map[string]struct{ pattern, form string }{
		"lower": {`^[^A-Z]*$`, "a text in small letters"}, "upper": {`^[^a-z]*$`, "a text in capital letters"},
		"trim_space": {`^(\S|\S(?s:.*)\S)?$`, "a text without blanks at its ends"},
	}
	is := forms[o.rule]
	return domain{known: true, kinds: map[string]bool{"text": true}, any: true, pattern: regexp.MustCompile(is.pattern), form: is.form, told: o.rule + "(...)"}
}

// moment: a number that is written out beside a time on the clock has to be one.
func (c *checker) moment(file string, at *ast.Location, a, b domain) bool {
	n, err := strconv.ParseFloat(b.number, 64)
	if !b.literal || err != nil || !instant(a.unit) {
		return false
	}
	if a.unit == millisSince {
		n /= 1000
	}
	const the1990s, theYear9999 = 631152000, 253402300799
	if n >= -1 && n <= 1 || n >= the1990s && n <= theYear9999 {
		return false
	}
	c.sayAt(file, at, "write the seconds since 1970, such as 1772445600 for 2 March 2026, or compare with input.time", "%s counts %s, and %s is no time of these years", named(a), a.unit, b.number)
	return true
}

// clock: OPA's functions of time count nanoseconds.
func (c *checker) clock(f *flow, m *ast.Module, file string, at *ast.Location, op string, t *ast.Term) {
	if a := c.domainOf(f, f.origins(m, t)); a.known && a.unit != "" {
		factor := "1000000000"
		if a.unit == millisSince || a.unit == milliseconds {
			factor = "1000000"
		}
		c.sayAt(file, at, "multiply by "+factor, "%s counts nanoseconds, and %s counts %s", op, named(a), a.unit)
	}
}

// got: object.get gives its last argument for what is not there, a misspelt field too.
func (c *checker) got(f *flow, m *ast.Module, file string, at *ast.Location, object, key *ast.Term) {
	var path []*ast.Term
	switch v := key.Value.(type) {
	case ast.String:
		path = []*ast.Term{key}
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { path = append(path, t) })
	}
	of := f.origins(m, object)
	if len(of) != 1 || of[0].from != fromInput {
		return
	}
	here := c.schema.at(names(of[0].path))
	for _, t := range path {
		name, ok := t.Value.(ast.String)
		if !ok || here == nil || here.Properties == nil {
			return
		}
		if here.Properties[string(name)] == nil {
			known := sorted(here.Properties)
			c.sayAt(file, at, "there are "+fault.OneOf(known)+fault.Meant(string(name), known), "there is no %q in what object.get looks at: it always gives its last value", string(name))
			return
		}
		here = here.Properties[string(name)]
	}
}

// places goes along a reference into the input. Of a list nobody can tell which stands first;
// and a name that is chosen from a list has to be a field.
func (c *checker) inputPlaces(f *flow, m *ast.Module, file string, ref ast.Ref) {
	var here []origin
	switch head := ref[0].Value.(type) {
	case ast.Var:
		if here = f.vars[variable{m, head}]; head.Equal(ast.InputRootDocument.Value) {
			here = []origin{{from: fromInput}}
		}
	}
	for _, t := range ref[1:] {
		if len(here) != 1 || here[0].from != fromInput {
			return
		}
		at := t.Location
		if at == nil || at.Row == 0 {
			at = ref[0].Location
		}
		s := c.schema.at(names(here[0].path))
		if s == nil {
			return
		}
		switch v := t.Value.(type) {
		case ast.Number:
			if s.Type == "array" {
				c.sayAt(file, at, "write: some x in "+dotted("input", names(here[0].path)), "of a list nobody can tell which entry stands in place %s: the others would not count", v)
			}
			here = f.step(here, "*")
		case ast.Var:
			k := c.domainOf(f, f.vars[variable{m, v}])
			for _, w := range k.words {
				if s.Properties != nil && s.Properties[w] == nil {
					known := sorted(s.Properties)
					c.sayAt(file, at, "there are "+fault.OneOf(known)+fault.Meant(w, known), "there is no %q in %s", w, dotted("input", names(here[0].path)))
					break
				}
			}
			return
		case ast.String:
			here = f.step(here, string(v))
		default:
			return
		}
	}
}

// identity says what kind of name a field of the input holds: an organisation's code is never
// a person's.
func identity(path []string) string {
	if len(path) < 2 {
		return ""
	}
	switch last := path[len(path)-1]; {
	case last == "user_id":
		return "a person's user id"
	case last == "organisation":
		return "an organisation's ODS code"
	case last == "role":
		return "a job role"
	case last == "id" && path[0] == "source", path[len(path)-2] == "sources":
		return "a source's id"
	}
	return ""
}

// opposites are conditions of the same two sides of which both never hold.
var opposites = map[string]string{"equal": "neq", "lt": "gt", "lte": "gt", "gte": "lt"}

// contradictions finds conditions of one body that never hold together: all lines of a body
// must hold, and "or" is a body of its own.
func (c *checker) contradictions(file string, body ast.Body) {
	equal := map[string]*ast.Term{}
	seen := map[string][]string{}
	turned := map[string]string{"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte", "equal": "equal", "neq": "neq"}
	say := func(at *ast.Location) {
		c.sayAt(file, at, "where either is enough, write a body for each, or: a or b", "this never holds together with a line above it: all lines of a body must hold")
	}
	for _, e := range body {
		t, ok := e.Terms.([]*ast.Term)
		if !ok || e.Negated || len(e.With) > 0 || len(t) != 3 || turned[t[0].String()] == "" || anyOf(t[1]) || anyOf(t[2]) {
			continue
		}
		op, a, b := t[0].String(), t[1], t[2]
		if constant(a) || !constant(b) && a.String() > b.String() {
			op, a, b = turned[op], b, a
		}
		if op == "equal" && constant(b) {
			if other := equal[a.String()]; other != nil && !other.Equal(b) {
				say(e.Location)
				return
			}
			equal[a.String()] = b
		}
		key := a.String() + " " + b.String()
		for _, other := range seen[key] {
			if opposites[op] == other || opposites[other] == op || op == "equal" && (other == "lt" || other == "gt") || other == "equal" && (op == "lt" || op == "gt") {
				say(e.Location)
				return
			}
		}
		seen[key] = append(seen[key], op)
	}
}

// anyOf says that a term goes through a list with _, which is another entry each time.
func anyOf(t *ast.Term) bool {
	found := false
	ast.WalkVars(t, func(v ast.Var) bool {
		found = found || v.IsWildcard()
		return found
	})
	return found
}
