package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// The sets that a rule may offer (policies/README.md). decision.rego asks for
// these names and for no others.
const (
	permits = "permit"
	denies  = "deny"
	plans   = "plan"
	holds   = "withhold"
	lacks   = "lacking"
	unknown = "unknown"
)

var offers = []string{permits, denies, plans, holds, lacks, unknown}

// shapes are how a body of each is begun.
var shapes = map[string]string{
	permits: `permit contains {"reason": "..."} if { ... }`,
	denies:  `deny contains {"reason": "..."} if { ... }`,
	plans:   `plan contains {"categories": ..., "labels": ...} if { ... }`,
	holds:   `withhold contains {"categories": ["..."], "reason": "..."} if { ... }`,
	lacks:   `lacking contains "..." if { ... }`,
	unknown: `unknown contains "facts-unavailable" if { ... }`,
}

// members are what an element of each may say.
var members = map[string][]string{
	permits: {"reason", "basis", "alert", "fill"},
	denies:  {"reason", "basis", "alert", "fill"},
	plans:   {"categories", "labels", "masks"},
	holds:   {"categories", "reason"},
}

// contract holds every rule against what decision.rego asks of it. A set of
// another name, or a value where a set belongs, is no error to Rego: the rule is
// merely never heard.
func (c *checker) contract() {
	for _, file := range c.rules() {
		if file == "decision.rego" {
			continue
		}
		m := c.modules[file]
		has := map[string]bool{}
		for _, r := range m.Rules {
			name := nameOf(r)
			has[name] = true
			if slices.Contains(offers, name) {
				c.offer(file, name, r)
			}
		}
		if c.own == "" {
			c.together(file, m, has)
		}
		if has[holds] {
			c.joined(file, m)
		}
	}
}

// joined: decision.rego asks for what rules withhold. One from before there was any does not,
// and what such a rule withholds would be shown.
func (c *checker) joined(file string, m *ast.Module) {
	decision := c.modules["decision.rego"]
	if decision == nil || c.toldIn("decision.rego") {
		return
	}
	asked := false
	ast.WalkRefs(decision, func(ref ast.Ref) bool {
		asked = asked || ref.HasPrefix(ast.MustParseRef("data.mcr.rules")) && ref[len(ref)-1].Value.Compare(ast.String(holds)) == 0
		return asked
	})
	if !asked {
		c.sayAt(file, firstOf(m, holds), "take decision.rego as it comes with this program, or add \"withheld\" to it as that one has it", "decision.rego does not ask what rules withhold: this would withhold nothing")
	}
}

// nameOf is the name of a part of a rule: "permit", "active".
func nameOf(r *ast.Rule) string {
	return strings.Trim(fmt.Sprint(r.Head.Ref()[0].Value), `"`)
}

func (c *checker) offer(file, name string, r *ast.Rule) {
	at := r.Location
	if r.Default || r.Head.RuleKind() != ast.MultiValue || len(r.Head.Ref()) > 1 || len(r.Head.Args) > 0 {
		c.sayAt(file, at, "write: "+shapes[name], "%s is a set, to which each body adds what it finds, and here it is given a value: no decision could be made", name)
		return
	}
	key := r.Head.Key
	switch v := key.Value.(type) {
	case ast.Object:
		if members[name] == nil {
			c.sayAt(file, at, "write: "+shapes[name], "%s holds reason codes, not objects", name)
			return
		}
		c.element(file, name, v, at)
	case ast.String:
		if members[name] != nil {
			c.sayAt(file, at, "write: "+shapes[name], "%s holds objects, and this is a text", name)
		}
	case ast.Var, ast.Ref, ast.Call: // told elsewhere
	default:
		c.sayAt(file, at, "write: "+shapes[name], "%s cannot hold %s", name, key)
	}
}

func (c *checker) element(file, name string, o ast.Object, at *ast.Location) {
	have := map[string]*ast.Term{}
	o.Foreach(func(k, v *ast.Term) {
		word := strings.Trim(k.String(), `"`)
		have[word] = v
		if !slices.Contains(members[name], word) {
			c.sayAt(file, k.Location, "write one of: "+fault.OneOf(members[name])+fault.Meant(word, members[name]), "%s says %q, which nobody reads", name, word)
		}
	})
	switch {
	case name != plans && have["reason"] == nil:
		c.sayAt(file, at, `add "reason": "..."`, "%s gives no reason", name)
	case name == holds && have["categories"] == nil:
		c.sayAt(file, at, "write: "+shapes[holds], "withhold names no categories: no decision could be made")
	case name != plans:
	case have["masks"] == nil && (have["categories"] == nil) != (have["labels"] == nil):
		c.sayAt(file, at, "write: "+shapes[plans], "a plan that releases something names both categories and labels")
	case have["masks"] != nil && (have["categories"] != nil || have["labels"] != nil):
		c.sayAt(file, at, "make two plans of it: one with categories and labels, one with masks", "a plan either releases or masks: what it masks is masked whoever permits")
	}
	if name == plans || name == holds {
		c.listed(file, have["categories"], "categories", "every", "data/categories.json")
	}
	if name == plans {
		c.listed(file, have["labels"], "labels", "meanings", "data/labels.json")
	}
}

// listed looks at the words of a plan that are written out.
func (c *checker) listed(file string, list *ast.Term, document, field, where string) {
	if list == nil {
		return
	}
	doc, _ := c.data[document].(map[string]any)
	var known []string
	switch v := doc[field].(type) {
	case []any:
		for _, w := range v {
			known = append(known, fmt.Sprint(w))
		}
	case map[string]any:
		known = slices.Sorted(maps.Keys(v))
	}
	if len(known) == 0 {
		return
	}
	visit := func(t *ast.Term) {
		if s, ok := t.Value.(ast.String); ok && !slices.Contains(known, string(s)) {
			c.sayAt(file, t.Location, "write one that is in "+where+fault.Meant(string(s), known), "%q is none of the %s that there are", string(s), document)
		}
	}
	switch v := list.Value.(type) {
	case *ast.Array:
		v.Foreach(visit)
	case ast.Set:
		v.Foreach(visit)
	case ast.String:
		c.sayAt(file, list.Location, "write it in brackets: [\"...\"]", "%s is a list, and this is a text", document)
	}
}

// together looks at what a rule offers as a whole.
func (c *checker) together(file string, m *ast.Module, has map[string]bool) {
	at := m.Package.Location
	if has[lacks] && !has[permits] {
		c.sayAt(file, firstOf(m, lacks), "write deny where it refuses; lacking only explains why a rule did not permit", "the rule says what is lacking, but permits nothing that could lack it: it stops nobody")
	}
	if has[plans] && !has[permits] && !masksOnly(m) {
		c.sayAt(file, firstOf(m, plans), "add the permit, or put the plan into the rule that permits", "the rule plans a release and permits nothing: its plan never counts")
	}
	if !slices.ContainsFunc(offers, func(o string) bool { return has[o] }) && !c.readElsewhere(m) {
		c.sayAt(file, at, "a rule offers at least one of: "+strings.Join(offers, ", "), "the rule offers nothing: no decision ever asks it")
	}
}

func firstOf(m *ast.Module, name string) *ast.Location {
	for _, r := range m.Rules {
		if nameOf(r) == name {
			return r.Location
		}
	}
	return m.Package.Location
}

func masksOnly(m *ast.Module) bool {
	for _, r := range m.Rules {
		if nameOf(r) != plans || r.Head.Key == nil {
			continue
		}
		if o, ok := r.Head.Key.Value.(ast.Object); !ok || o.Get(ast.StringTerm("masks")) == nil {
			return false
		}
	}
	return true
}

// readElsewhere says that another rule uses a part of this one.
func (c *checker) readElsewhere(m *ast.Module) bool {
	for _, file := range c.rules() {
		for _, i := range c.modules[file].Imports {
			if c.modules[file] != m && strings.HasPrefix(i.Path.String(), m.Package.Path.String()) {
				return true
			}
		}
	}
	return false
}
