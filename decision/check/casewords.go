package check

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
)

// caseWords looks at the words of a file of cases that the lists and the schema
// have: a case with a misspelt one proves nothing, or fails for a reason that its
// account does not tell.
func (c *checker) caseWords(file string) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(c.text[file]), &doc) != nil || len(doc.Content) == 0 {
		return // told
	}
	reasons := c.reasonCodes()
	if c.toldIn("data/reasons.json") {
		reasons = nil // that list has to be right first
	}
	known := map[string][]string{
		"then.because": reasons, "then.releases": c.categoryNames(), "then.hides": c.categoryNames(), "then.withholds": reasons, "then.by": c.ruleNames(),
		"when.does": c.inputWords("request", "action"), "when.purpose": nil,
		"relationships.kind": c.inputWords("facts", "relationships", "value", "*", "kind"),
		"test_orders.status": c.inputWords("facts", "test_orders", "value", "*", "status"),
		"restriction.code":   c.inputWords("facts", "restriction", "value", "code"), "places.kind": c.inputWords("source", "kind"),
		"people.organisation_kind": c.inputWords("subject", "organisation_kind"),
	}
	c.caseNode(file, doc.Content[0], "", known)
	c.casePeople(file, doc.Content[0])
}

// casePeople looks at whom an entry is for. A user id may stand there too, and nobody can
// tell a misspelt one; a word that is nearly one of people is one of them.
func (c *checker) casePeople(file string, doc *yaml.Node) {
	_, all := findKey(doc, "people")
	if all == nil || all.Kind != yaml.MappingNode {
		return
	}
	var people []string
	for i := 0; i < len(all.Content); i += 2 {
		people = append(people, all.Content[i].Value)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, below := range n.Content {
			walk(below)
			if n.Kind != yaml.MappingNode || i%2 == 0 || n.Content[i-1].Value != "for" || below.Kind != yaml.ScalarNode || slices.Contains(people, below.Value) || !strings.ContainsFunc(below.Value, unicode.IsLetter) {
				continue
			}
			if near := fault.Nearest(below.Value, people); near != "" {
				c.add(fault.Fault{File: file, Line: below.Line, Column: below.Column, What: fmt.Sprintf("for: %q is not one of people, and would be taken for a user id", below.Value),
					Do: fmt.Sprintf("write one of people, or the user id in digits; did you mean %q?", near)})
			}
		}
	}
	walk(doc)
}

// caseAsks: what the broker would not understand reaches no rule, so that a case that asks
// for it says nothing.
func (c *checker) caseAsks(file string, n *yaml.Node) {
	typ, query, _ := strings.Cut(n.Value, "?")
	typ, _, _ = strings.Cut(typ, "/")
	say := func(do, what string, args ...any) {
		c.add(fault.Fault{File: file, Line: n.Line, Column: n.Column, What: fmt.Sprintf(what, args...), Do: do})
	}
	// A type that FHIR has and the broker does not serve may be asked for, to show that it is refused.
	if known := c.placedTypes(); fhir.OfferedType(typ) == "other" && fault.Nearest(typ, known) != "" {
		say("write a type as FHIR does"+fault.Meant(typ, known), "asks: %q is no FHIR type that is ever served", typ)
		return
	}
	r, err := http.NewRequest(http.MethodGet, "/"+typ+"?"+query, nil)
	if err != nil || query == "" {
		return
	}
	if _, refusal := fhir.ParseRequest(r, "/"); refusal != nil && refusal.Code == fhir.ParameterNotOffered && strings.Contains(refusal.Parameter, " ") { // one that FHIR has is named
		say("look at its spelling: the broker refuses what FHIR does not have before any rule is asked", "asks: %q asks by what FHIR does not have for %s", n.Value, typ)
	}
}

func (c *checker) inputWords(path ...string) []string { return c.inputDomain(path).words }

func (c *checker) categoryNames() []string {
	return c.dataDomain([]string{"categories", "categories"}).names
}

// ruleNames are those of the folder, and those that ought to be there: that one is
// gone is told with it, not with each of its cases.
func (c *checker) ruleNames() []string {
	out := slices.Sorted(maps.Keys(requirements().Rules))
	for _, f := range slices.Sorted(maps.Keys(c.text)) {
		if dir, name := path.Base(path.Dir(f)), strings.TrimSuffix(path.Base(f), ".rego"); kindOf(f) == ruleFile && dir == name && !slices.Contains(out, name) {
			if c.own != "" {
				name = decision.OwnRule(c.own, name)
			}
			out = append(out, name)
		}
	}
	return out
}

// keyLine finds the line of a name of a YAML file: the last of path, below the others
// as far as they are there.
func keyLine(text string, names ...string) int {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
		return 0
	}
	here, line := doc.Content[0], 0
	for _, name := range names {
		key, value := findKey(here, name)
		if key == nil {
			return line
		}
		here, line = value, key.Line
	}
	return line
}

func findKey(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i], n.Content[i+1]
			}
		}
	}
	for _, below := range n.Content {
		if key, value = findKey(below, name); key != nil {
			return key, value
		}
	}
	return nil, nil
}

// caseNode walks a file; within is the name of the field that a node stands in.
func (c *checker) caseNode(file string, n *yaml.Node, within string, known map[string][]string) {
	if n.Kind != yaml.MappingNode {
		for _, below := range n.Content {
			c.caseNode(file, below, within, known)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if within == "when" && key == "asks" {
			c.caseAsks(file, value)
			continue
		}
		if words := known[within+"."+key]; words != nil {
			c.caseWord(file, key, value, words)
			continue
		}
		inner := key
		if within == "places" || within == "people" {
			inner = within // each has a name of its own
		}
		c.caseNode(file, value, inner, known)
	}
}

func (c *checker) caseWord(file, key string, value *yaml.Node, words []string) {
	all := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		all = value.Content
	}
	if value.Kind == yaml.MappingNode { // withholds: category and reason
		all = nil
		for i := 0; i+1 < len(value.Content); i += 2 {
			c.caseWord(file, key, value.Content[i], c.categoryNames())
			all = append(all, value.Content[i+1])
		}
	}
	for _, n := range all {
		if n.Kind != yaml.ScalarNode || slices.Contains(words, n.Value) || key == "releases" && strings.HasPrefix(n.Value, "everything") || n.Value == "" {
			continue
		}
		c.add(fault.Fault{File: file, Line: n.Line, Column: n.Column, What: fmt.Sprintf("%s: there is no %q", key, n.Value),
			Do: "write one of: " + fault.OneOf(words) + fault.Meant(n.Value, words)})
	}
}

// placedTypes are the FHIR types that data/categories.json names.
func (c *checker) placedTypes() []string {
	types := slices.Concat(c.dataDomain([]string{"categories", "rules", "*", "type"}).words, c.dataDomain([]string{"categories", "rules", "*", "type", "*"}).words)
	slices.Sort(types)
	return slices.Compact(types)
}
