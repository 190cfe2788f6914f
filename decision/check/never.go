package check

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

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
