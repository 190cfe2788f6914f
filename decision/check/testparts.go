package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// another says that a file has the package of another rule: it is a copy whose package line
// was not changed, and adds to that rule what nobody looks for there.
func (c *checker) another(file string, m *ast.Module) bool {
	dir := ruleName(file)
	want := "data.mcr.rules." + dir
	if kindOf(file) == testFile {
		want += "_test"
	}
	got := m.Package.Path.String()
	name, is := strings.CutPrefix(got, "data.mcr.rules.")
	theirs := fmt.Sprintf("rules/%[1]s/%[1]s.rego", strings.TrimSuffix(name, "_test"))
	if !is || got == want || c.text[theirs] == "" || file == "decision.rego" || file == "decision_test.rego" {
		return false
	}
	c.unread[fmt.Sprintf("rules/%[1]s/%[1]s_test.rego", dir)] = true // a copy too, mostly
	c.add(fault.Fault{File: file, Line: m.Package.Location.Row, What: fmt.Sprintf("the package is that of %s: this file would be a part of that rule, and not one of its own", theirs),
		Do: "write: package " + strings.TrimPrefix(want, "data.")})
	return true
}

// testParts: what is not called test_ is no test and is never run, and a test that asks no
// rule holds whatever the rules say.
func (c *checker) testParts(file string, m *ast.Module) {
	if c.decides(file, m) {
		return
	}
	asks := c.asking(m)
	read := map[string]bool{}
	for _, r := range m.Rules {
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			read[strings.Trim(ref[0].String(), `"`)] = true
			return false
		})
		ast.WalkVars(r.Body, func(v ast.Var) bool { read[string(v)] = true; return false })
		if r.Head.Value != nil {
			ast.WalkVars(r.Head.Value, func(v ast.Var) bool { read[string(v)] = true; return false })
		}
	}
	tests := 0
	for _, r := range m.Rules {
		name := nameOf(r)
		switch {
		case strings.HasPrefix(name, "todo_test_"):
			tests++ // told where tests are run
		case strings.HasPrefix(name, "test_"):
			tests++
			if !asks[name] {
				c.sayAt(file, r.Location, "ask a rule: NAME.permit == set() with input as ..., say", "%s asks no rule: it holds whatever the rules say", name)
			}
		case !read[name]:
			c.sayAt(file, r.Location, "begin its name with test_, or take it away", "%s is no test, and no test uses it", name)
			tests++
		}
	}
	if tests == 0 {
		c.add(fault.In(file, "write one: test_NAME if ...", "there is no test in this file"))
	}
}

// decides says that a file of tests would have a part in decisions. A broker serves no tests. OPA does not
// tell them from rules, and a release is a bundle for it: what two people approved would there be something else.
func (c *checker) decides(file string, m *ast.Module) (told bool) {
	if pkg := m.Package.Path.String(); !strings.HasSuffix(pkg, "_test") {
		c.add(fault.Fault{File: file, Line: m.Package.Location.Row, What: "the package of tests must end in _test: OPA would take this file for a rule",
			Do: "write: package mcr.rules.NAME_test, with the name of the rule"})
		told = true
	}
	for _, r := range m.Rules {
		if name := nameOf(r); slices.Contains(offers, name) {
			c.sayAt(file, r.Location, "give it another name", "a rule decides by its %s, and OPA would take this one for a rule's", name)
			told = true
		}
	}
	return told
}

// asking finds which parts of a file of tests ask a rule, by themselves or by what they use.
func (c *checker) asking(m *ast.Module) map[string]bool {
	imported := map[string]bool{"data": true}
	for _, i := range m.Imports {
		if strings.HasPrefix(i.Path.String(), "data.") {
			imported[string(i.Name())] = true
		}
	}
	asks := map[string]bool{}
	for range len(m.Rules) + 1 {
		before := len(asks)
		for _, r := range m.Rules {
			visit := func(v ast.Var) bool {
				if imported[string(v)] || asks[string(v)] {
					asks[nameOf(r)] = true
				}
				return false
			}
			for one := r; one != nil; one = one.Else {
				ast.WalkVars(one.Body, visit)
				if one.Head.Value != nil {
					ast.WalkVars(one.Head.Value, visit)
				}
			}
		}
		if len(asks) == before {
			break
		}
	}
	return asks
}
