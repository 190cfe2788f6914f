package check

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// lint finds what compiles and is still not as the rules of the house have it
// (docs/decisions/0002-rego-linting-without-regal.md). Each fault says what to do.
type lint struct {
	files  folder.Files
	lists  lists.Lists
	faults []string
}

func (l *lint) say(file string, line int, format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf("%s:%d: "+format, append([]any{file, line}, args...)...))
}

func (l *lint) run(modules map[string]*ast.Module) []string {
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		m := modules[file]
		l.format(file, l.files.Rules[file])
		l.imports(file, m)
		l.place(file, m)
		l.metadata(file, m)
		l.reasons(file, m)
	}
	for _, file := range slices.Sorted(maps.Keys(l.files.Tests)) {
		l.format(file, l.files.Tests[file])
	}
	slices.Sort(l.faults)
	return slices.Compact(l.faults)
}

// format compares with opa fmt.
func (l *lint) format(file, text string) {
	out, err := format.SourceWithOpts(file, []byte(text), format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		l.say(file, 1, "cannot be formatted: %v", err)
		return
	}
	if !bytes.Equal(out, []byte(text)) {
		line := 1
		was, is := strings.Split(text, "\n"), strings.Split(string(out), "\n")
		for line <= min(len(was), len(is)) && was[line-1] == is[line-1] {
			line++
		}
		l.say(file, line, "is not formatted: run opa fmt --write %s", file)
	}
}

// imports asks for the language version that has a safe "not".
func (l *lint) imports(file string, m *ast.Module) {
	for _, i := range m.Imports {
		if i.Path.String() == "rego.v2" {
			return
		}
	}
	l.say(file, 1, `add "import rego.v2" after the package line`)
}

// place: decision.rego, or one rule a folder with its test beside it.
func (l *lint) place(file string, m *ast.Module) {
	if file == "decision.rego" {
		return
	}
	name := strings.TrimSuffix(path.Base(file), ".rego")
	if file != "rules/"+name+"/"+name+".rego" {
		l.say(file, 1, "a rule stands in rules/NAME/NAME.rego")
		return
	}
	if got := m.Package.Path.String(); got != "data.mcr.rules."+name {
		l.say(file, m.Package.Location.Row, "the package must be mcr.rules.%s", name)
	}
	if l.files.Tests["rules/"+name+"/"+name+"_test.rego"] == "" {
		l.say(file, 1, "add a test: rules/%s/%s_test.rego", name, name)
	}
}

// metadata: a title on every package and rule; on packages also a description,
// the promise and the reasons.
func (l *lint) metadata(file string, m *ast.Module) {
	titled := map[string]bool{} // by name: "scope: document" or the first of its bodies
	for _, r := range m.Rules {
		for _, a := range r.Annotations {
			if a.Title != "" && a.Description != "" {
				titled[r.Head.Ref().GroundPrefix().String()] = true
			}
		}
	}
	for _, r := range m.Rules {
		if name := r.Head.Ref().GroundPrefix().String(); !titled[name] && !r.Default {
			l.say(file, r.Location.Row, "rule %s has no METADATA: put a # METADATA comment with title and description above it", name)
		}
	}
	var pkg *ast.Annotations
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			pkg = a
		}
	}
	if pkg == nil {
		l.say(file, 1, "the package has no METADATA: put a # METADATA comment with title, description and custom.promise above the package line")
		return
	}
	if promise, _ := pkg.Custom["promise"].(string); pkg.Title == "" || pkg.Description == "" || promise == "" {
		l.say(file, pkg.Location.Row, "the package's METADATA needs title, description and custom.promise")
	}
	if _, ok := pkg.Custom["reasons"].([]any); !ok {
		l.say(file, pkg.Location.Row, "the package's METADATA needs custom.reasons: the reason codes that the rule gives, or []")
	}
}

// reasons: every code that a rule gives is in its METADATA and in reasons.json.
func (l *lint) reasons(file string, m *ast.Module) {
	declared := map[string]int{}
	for _, a := range m.Annotations {
		list, _ := a.Custom["reasons"].([]any)
		for _, code := range list {
			text, _ := code.(string)
			if l.lists.Reasons.Entries[text].Code == "" {
				l.say(file, a.Location.Row, "reason %q is not in data/reasons.json: add it with text, remedy and promise", text)
			}
			if a.Scope == "package" {
				declared[text] = a.Location.Row
			}
		}
	}
	for _, r := range m.Rules {
		code, ok := reasonOf(r)
		if !ok {
			continue
		}
		if _, there := declared[code]; !there {
			l.say(file, r.Location.Row, "reason %q is not in custom.reasons of the package's METADATA: add it there", code)
		}
	}
}

// reasonOf gives the reason code that a rule adds to one of the sets of the
// rules' contract, when it is written out.
func reasonOf(r *ast.Rule) (string, bool) {
	if r.Head.Key == nil || !slices.Contains([]string{"permit", "deny", "lacking", "unknown"}, r.Head.Ref()[0].Value.String()) {
		return "", false
	}
	switch v := r.Head.Key.Value.(type) {
	case ast.String:
		return string(v), true
	case ast.Object:
		if t := v.Get(ast.StringTerm("reason")); t != nil {
			code, ok := t.Value.(ast.String)
			return string(code), ok
		}
	}
	return "", false
}
