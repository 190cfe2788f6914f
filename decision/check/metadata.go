package check

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// metadata holds every rule against what the policy book is made from
// (docs/decisions/0002-rego-linting-without-regal.md): a title on every package and
// part; on packages also a description, the promise and the reasons.
func (c *checker) metadata() {
	for _, file := range c.rules() {
		m := c.modules[file]
		c.imports(file, m)
		c.packageName(file, m)
		if c.comments(file, m) {
			c.described(file, m)
			c.reasons(file, m)
		}
	}
}

// imports asks for the language version that has a safe "not".
func (c *checker) imports(file string, m *ast.Module) {
	if !slices.ContainsFunc(m.Imports, func(i *ast.Import) bool { return i.Path.String() == "rego.v2" }) {
		c.sayAt(file, m.Package.Location, `add "import rego.v2" after the package line`, "the rule does not say in which version of the language it is written")
	}
}

func (c *checker) packageName(file string, m *ast.Module) {
	want := "data.mcr.decision"
	if file != "decision.rego" {
		want = "data.mcr.rules." + ruleName(file)
	}
	if got := m.Package.Path.String(); got != want {
		c.sayAt(file, m.Package.Location, "write: package "+strings.TrimPrefix(want, "data."), "the package is called %s, so that the rule is not found where it is looked for", strings.TrimPrefix(got, "data."))
	}
}

// attributes are what a METADATA block may say.
var attributes = []string{"scope", "title", "description", "related_resources", "authors", "organizations", "schemas", "entrypoint", "compile", "custom"}

var customs = []string{"promise", "reasons"}

var attribute = regexp.MustCompile(`^#+\s*(title|description|custom|scope)\s*:`)

// comments finds METADATA that is none, and what stands in one and is not read.
// Without any such fault it is true: what is missing is then really missing.
func (c *checker) comments(file string, m *ast.Module) bool {
	before := len(c.faults)
	lines := strings.Split(c.text[file], "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "#") {
			continue
		}
		begin := i
		for i < len(lines) && strings.HasPrefix(lines[i], "#") {
			i++
		}
		c.block(file, lines[begin:i], begin+1)
	}
	return len(c.faults) == before
}

// block looks at comments that stand together.
func (c *checker) block(file string, lines []string, row int) {
	say := func(at int, do, what string, args ...any) {
		c.add(fault.Fault{File: file, Line: row + at, What: fmt.Sprintf(what, args...), Do: do})
	}
	for i, l := range lines {
		word := strings.TrimSpace(strings.TrimLeft(l, "#"))
		if !strings.EqualFold(strings.TrimRight(word, ": "), "metadata") {
			continue
		}
		switch {
		case l != "# METADATA":
			say(i, "write: # METADATA", "this line begins no METADATA block as it is written")
			return
		case i > 0:
			say(i, "put an empty line, or the code, between", "the comment above swallows the METADATA block")
			return
		}
		c.block2(file, lines[i+1:], row+i+1)
		return
	}
	for i, l := range lines {
		if attribute.MatchString(l) {
			say(i, "write # METADATA in the line above it", "this says what belongs into a METADATA block, and stands in none")
			return
		}
	}
}

// block2 looks at the YAML of a METADATA block.
func (c *checker) block2(file string, lines []string, row int) {
	text := ""
	for _, l := range lines {
		text += strings.TrimPrefix(strings.TrimPrefix(l, "#"), " ") + "\n"
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return // OPA has said so
	}
	c.keys(file, doc.Content[0], row, attributes, "")
}

func (c *checker) keys(file string, n *yaml.Node, row int, known []string, within string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !slices.Contains(known, key.Value) {
			do := "write one of: " + fault.OneOf(known) + fault.Meant(key.Value, known)
			if within == "" && slices.Contains(customs, key.Value) {
				do = "put it under custom:, two blanks further in"
			}
			c.add(fault.Fault{File: file, Line: row + key.Line - 1, What: fmt.Sprintf("METADATA says %q%s, which nobody reads", key.Value, within), Do: do})
		}
		if key.Value == "custom" && within == "" && value.Kind == yaml.MappingNode {
			c.keys(file, value, row, customs, " under custom")
		}
	}
}

func (c *checker) described(file string, m *ast.Module) {
	titled := map[string]bool{} // by name: "scope: document" or the first of its bodies
	for _, r := range m.Rules {
		for _, a := range r.Annotations {
			if a.Title != "" && a.Description != "" {
				titled[nameOf(r)] = true
			}
		}
	}
	told := map[string]bool{}
	for _, r := range m.Rules {
		if name := nameOf(r); !titled[name] && !r.Default && !told[name] {
			told[name] = true
			c.sayAt(file, r.Location, "put a # METADATA comment with title and description above it", "%s has no METADATA: the policy book would say nothing of it", name)
		}
	}
	pkg := packageAnnotations(m)
	if pkg == nil {
		c.sayAt(file, m.Package.Location, "put a # METADATA comment with title, description and custom.promise above the package line", "the rule has no METADATA of its own")
		return
	}
	promise, _ := pkg.Custom["promise"].(string)
	for _, one := range []struct{ name, value string }{{"title", pkg.Title}, {"description", pkg.Description}, {"custom.promise", promise}} {
		if one.value == "" {
			c.sayAt(file, pkg.Location, "add it: patients read it in the policy book", "the rule's METADATA has no %s", one.name)
		}
	}
	if _, ok := pkg.Custom["reasons"].([]any); !ok {
		c.sayAt(file, pkg.Location, "list the reason codes that the rule gives, or []", "the rule's METADATA has no custom.reasons")
	}
}

func packageAnnotations(m *ast.Module) *ast.Annotations {
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

// reasons: every code that a rule gives is in its METADATA and in reasons.json.
func (c *checker) reasons(file string, m *ast.Module) {
	texts := c.reasonCodes()
	if c.toldIn("data/reasons.json") {
		return // the list has to be right first
	}
	declared, used := map[string]bool{}, map[string]bool{}
	told := map[string]bool{}
	for _, a := range m.Annotations {
		list, _ := a.Custom["reasons"].([]any)
		for _, code := range list {
			text, _ := code.(string)
			if a.Scope == "package" {
				declared[text] = true
			}
			if !slices.Contains(texts, text) && !told[text] {
				told[text] = true
				c.sayAt(file, lineWith(c.text[file], a.Location, text), "add it there with text, remedy and promise"+fault.Meant(text, texts), "reason %q is not in data/reasons.json", text)
			}
		}
	}
	for _, r := range m.Rules {
		code, at, ok := reasonOf(r)
		if !ok {
			continue
		}
		used[code] = true
		switch {
		case declared[code] || told[code]:
		case !slices.Contains(texts, code):
			told[code] = true
			c.sayAt(file, at, "look at its spelling, or add it there and in custom.reasons"+fault.Meant(code, texts), "reason %q is not in data/reasons.json", code)
		default:
			told[code] = true
			c.sayAt(file, at, "add it there"+fault.Meant(code, slices.Sorted(maps.Keys(declared))), "reason %q is not in custom.reasons of the rule's METADATA", code)
		}
	}
	if c.toldIn(file) || c.compiler == nil {
		return // then a reason that is not given follows from it
	}
	written := c.text[file]
	for _, code := range slices.Sorted(maps.Keys(declared)) {
		if !used[code] && !told[code] && slices.Contains(texts, code) && !strings.Contains(written, `"`+code+`"`) {
			c.sayAt(file, lineWith(written, packageAnnotations(m).Location, code), "take it out of custom.reasons, or give it", "reason %q stands in the rule's METADATA, and the rule never gives it", code)
		}
	}
}

// lineWith finds the line of a METADATA block that holds a word.
func lineWith(text string, at *ast.Location, word string) *ast.Location {
	lines := strings.Split(text, "\n")
	for row := at.Row; row <= len(lines); row++ {
		if strings.Contains(lines[row-1], word) {
			found := *at
			found.Row = row
			return &found
		}
	}
	return at
}

func (c *checker) reasonCodes() []string {
	var out []string
	doc, _ := c.data["reasons"].(map[string]any)
	list, _ := doc["reasons"].([]any)
	for _, e := range list {
		if entry, ok := e.(map[string]any); ok {
			code, _ := entry["code"].(string)
			out = append(out, code)
		}
	}
	return out
}

// reasonOf gives the reason code that a rule adds to one of the sets of the
// rules' contract, when it is written out.
func reasonOf(r *ast.Rule) (string, *ast.Location, bool) {
	if r.Head.Key == nil || nameOf(r) == plans || !slices.Contains(offers, nameOf(r)) {
		return "", nil, false
	}
	switch v := r.Head.Key.Value.(type) {
	case ast.String:
		return string(v), r.Head.Key.Location, true
	case ast.Object:
		if t := v.Get(ast.StringTerm("reason")); t != nil {
			code, ok := t.Value.(ast.String)
			return string(code), t.Location, ok
		}
	}
	return "", nil, false
}

// formatted compares with OPA's own formatter: layout that misleads is a fault too.
func (c *checker) formatted() {
	for _, file := range slices.Sorted(maps.Keys(c.modules)) {
		if c.toldIn(file) {
			continue // the formatter may make of it what nobody meant
		}
		out, err := Formatted(file, []byte(c.text[file]))
		if err != nil || bytes.Equal(out, []byte(c.text[file])) {
			continue
		}
		line := 1
		was, is := strings.Split(c.text[file], "\n"), strings.Split(string(out), "\n")
		for line < min(len(was), len(is)) && was[line-1] == is[line-1] {
			line++
		}
		c.add(fault.Fault{File: file, Line: line, What: "the file is not laid out as rules are", Do: "run mcr policy fmt"})
	}
}
