package check

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/policies"
)

//go:embed required.yaml
var requiredText []byte

// keeps is what a rule must go on doing.
type keeps struct {
	Promise string   `yaml:"promise"`
	Permit  []string `yaml:"permit"`
	Deny    []string `yaml:"deny"`
	Unknown []string `yaml:"unknown"`
	Masks   bool     `yaml:"masks"`
}

type required struct {
	Rules map[string]keeps    `yaml:"rules"`
	Lists map[string][]string `yaml:"lists"`
}

var requirements = sync.OnceValue(func() (r required) {
	if err := yaml.Unmarshal(requiredText, &r); err != nil {
		panic("check: required.yaml, which is built in, cannot be read: " + err.Error())
	}
	return r
})

// keptPromises finds promises that the folder no longer keeps, and lists that no
// longer protect. It tells what is gone; that the rest still does what it should,
// the cases and invariants tell.
func (c *checker) keptPromises() {
	for _, name := range slices.Sorted(maps.Keys(requirements().Rules)) {
		if !c.givenUp["rules/"+name] {
			c.kept(name, requirements().Rules[name])
		}
	}
	for _, document := range slices.Sorted(maps.Keys(requirements().Lists)) {
		for _, list := range requirements().Lists[document] {
			c.keptList("data/"+document+".json", list)
		}
	}
	for file := range c.builtIn() {
		if kindOf(file) == codeListFile && strings.HasPrefix(path.Base(file), "sensitive-") {
			c.keptList(file, "codes")
		}
	}
}

func (c *checker) kept(name string, k keeps) {
	file := "rules/" + name + "/" + name + ".rego"
	m := c.modules[file]
	if m == nil {
		if c.text[file] == "" && !c.meant[file] {
			c.add(fault.In(file, fmt.Sprintf("put the folder back with its test and its cases, or write into %s who gives the promise up, when and why", givenUpFile),
				"the rule is gone, and with it a promise to patients: %s", k.Promise))
		}
		return
	}
	gives := map[string][]string{}
	masks := false
	for _, r := range m.Rules {
		if code, _, ok := reasonOf(r); ok {
			gives[nameOf(r)] = append(gives[nameOf(r)], code)
		}
		if nameOf(r) == plans && r.Head.Key != nil {
			if o, ok := r.Head.Key.Value.(ast.Object); ok && o.Get(ast.StringTerm("masks")) != nil {
				masks = true
			}
		}
	}
	for _, one := range []struct {
		set  string
		want []string
	}{{permits, k.Permit}, {denies, k.Deny}, {unknown, k.Unknown}} {
		for _, code := range one.want {
			if slices.Contains(gives[one.set], code) {
				continue
			}
			f := fault.In(file, "write: "+strings.Replace(shapes[one.set], "...", code, 1), "the rule no longer gives %q by %s, as it must: %s", code, one.set, k.Promise)
			for _, r := range m.Rules {
				if got, at, ok := reasonOf(r); ok && got == code {
					f.Line = at.Row
				}
			}
			if c.told(file, f.Line) || f.Line == 0 && c.toldIn(file) {
				continue // a fault that explains it is told already
			}
			c.add(f)
		}
	}
	if k.Masks && !masks && !c.toldIn(file) {
		c.add(fault.In(file, `write: plan contains {"masks": ...} if { ... }`, "the rule no longer masks anything, as it must: %s", k.Promise))
	}
}

// told says that something is wrong there already.
func (c *checker) told(file string, line int) bool {
	return line > 0 && slices.ContainsFunc(c.faults, func(f fault.Fault) bool { return f.File == file && f.Line == line })
}

func (c *checker) toldIn(file string) bool {
	return slices.ContainsFunc(c.faults, func(f fault.Fault) bool { return f.File == file })
}

// builtIn are the files that came with this program.
func (c *checker) builtIn() map[string]string {
	return shipped()
}

var shipped = sync.OnceValue(func() map[string]string {
	c, err := newChecker(policies.FS)
	if err != nil {
		panic("check: the policies that are built in cannot be read: " + err.Error())
	}
	return c.text
})

// keptList: most of what protected is still there.
func (c *checker) keptList(file, list string) {
	if c.givenUp[file] || c.toldIn(file) {
		return
	}
	was := entries(shipped()[file], list)
	if len(was) == 0 {
		return
	}
	if c.text[file] == "" {
		c.add(fault.In(file, "put it back, or write into "+givenUpFile+" who gives it up, when and why", "the list is gone, and what it protected is no longer protected"))
		return
	}
	is := entries(c.text[file], list)
	there := 0
	for _, w := range was {
		if slices.Contains(is, w) {
			there++
		}
	}
	if there*2 < len(was) {
		f := c.at(file, list)
		f.What = fmt.Sprintf("%s has lost %d of the %d entries that came with this program: what they protected is no longer protected", list, len(was)-there, len(was))
		f.Do = "put them back, or write into " + givenUpFile + " who gives the list up, when and why"
		c.add(f)
	}
}

// entries are the texts of a list, or the names of an object.
func entries(text, list string) []string {
	var doc map[string]any
	if json.Unmarshal([]byte(text), &doc) != nil {
		return nil
	}
	switch v := doc[list].(type) {
	case map[string]any:
		return slices.Sorted(maps.Keys(v))
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, fmt.Sprint(e))
		}
		return out
	}
	return nil
}
