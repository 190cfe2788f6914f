package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// programReads are the lists that this program reads itself, for categories, texts
// and pages; rules need not.
var programReads = []string{
	"categories", "reasons", "sensitive_codes", "labels.meanings", "roles.names", "settings.permission.default_hours", "relationships",
}

// unreadParts finds parts of rules that nothing rests on: a condition that was
// written and is not asked protects nobody, and a set of a misspelt name is never
// heard.
func (c *checker) unreadParts() {
	read := map[string]bool{"data.mcr.decision.outcome": true}
	for _, file := range slices.Sorted(maps.Keys(c.compiler.Modules)) {
		for _, r := range c.compiler.Modules[file].Rules {
			own := pathOf(r)
			ast.WalkRefs(r, func(ref ast.Ref) bool {
				for n := len(ref.GroundPrefix()); n > 1; n-- {
					if path := ref[:n].String(); path != own && len(c.compiler.GetRulesExact(ref[:n])) > 0 {
						read[path] = true
						break
					}
				}
				return false
			})
		}
	}
	told, before := map[string]bool{}, map[string]bool{}
	for file := range c.compiler.Modules {
		before[file] = c.toldIn(file) // then what is not read follows from it
	}
	for _, file := range slices.Sorted(maps.Keys(c.compiler.Modules)) {
		m := c.compiler.Modules[file]
		for _, r := range m.Rules {
			path, name := pathOf(r), nameOf(r)
			if read[path] || told[path] || before[file] || file != "decision.rego" && slices.Contains(offers, name) {
				continue
			}
			told[path] = true
			do := "use it, or take it away"
			if file != "decision.rego" {
				if near := nearOffer(name); near != "" {
					do = "write: " + shapes[near]
				}
			}
			c.sayAt(file, r.Location, do, "nothing reads %s: it decides nothing", name)
		}
	}
}

// nearOffer gives the set that a name was probably meant to be.
func nearOffer(name string) string {
	also := map[string]string{
		"permits": permits, "denies": denies, "lacks": lacks, "unknowns": unknown,
		"allow": permits, "allowed": permits, "permitted": permits, "grant": permits, "denied": denies, "denial": denies,
		"refuse": denies, "refused": denies, "block": denies, "forbid": denies, "lack": lacks, "release": plans, "releases": plans, "mask": plans, "masks": plans,
		"withholds": holds, "withheld": holds, "hide": holds, "hides": holds, "keep_back": holds,
	}
	if o, ok := also[strings.ToLower(name)]; ok {
		return o
	}
	return fault.Nearest(name, offers)
}

// unreadData finds lists that nothing reads.
func (c *checker) unreadData() {
	var read []string
	for _, file := range slices.Sorted(maps.Keys(c.compiler.Modules)) {
		ast.WalkRefs(c.compiler.Modules[file], func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.DefaultRootRef) {
				var path []string
				for _, t := range ref.GroundPrefix()[1:] {
					if s, ok := t.Value.(ast.String); ok {
						path = append(path, string(s))
					}
				}
				read = append(read, strings.Join(path, "."))
			}
			return false
		})
	}
	read = append(read, programReads...)
	for _, document := range slices.Sorted(maps.Keys(c.data)) {
		doc, _ := c.data[document].(map[string]any)
		c.unreadBelow(document, doc, read)
	}
}

func (c *checker) unreadBelow(path string, v map[string]any, read []string) {
	within := func(p string) bool { // something of it is read
		return slices.ContainsFunc(read, func(r string) bool { return strings.HasPrefix(r, p+".") })
	}
	whole := func(p string) bool {
		return slices.ContainsFunc(read, func(r string) bool { return r == p || strings.HasPrefix(p, r+".") })
	}
	steps := strings.Split(path, ".")
	file := "data/" + steps[0] + ".json"
	if !whole(path) && !within(path) {
		f := c.at(file, steps[1:]...)
		f.What, f.Do = fmt.Sprintf("nothing reads data.%s", path), "use it in a rule, or take it away: whoever changes it believes that it counts"
		if len(steps) == 1 {
			f.Line, f.Column = 0, 0
		}
		c.add(f)
		return
	}
	if whole(path) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if name == "source" && len(steps) == 1 {
			continue
		}
		below, _ := v[name].(map[string]any)
		c.unreadBelow(path+"."+name, below, read)
	}
}
