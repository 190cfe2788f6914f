package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// references finds references to data that is nowhere. To Rego a name that is not
// there is merely undefined: a rule that reads data.setings would never hold, and
// nobody would see why.
func (c *checker) references() {
	told := map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(c.compiler.Modules)) {
		ast.WalkRefs(c.compiler.Modules[file], func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.DefaultRootRef) && len(ref) > 1 {
				c.reference(file, ref, told)
			}
			return false
		})
	}
}

func (c *checker) reference(file string, ref ast.Ref, told map[string]bool) {
	say := func(do, what string, args ...any) {
		at := file + ":" + ref.String()
		if !told[at] && !c.told(file, ref[0].Location.Row) {
			told[at] = true
			c.sayAt(file, ref[0].Location, do, what, args...)
		}
	}
	firstName, ok := ref[1].Value.(ast.String)
	if !ok {
		say("name the list: data.NAME[...]", "data[...] reads everything that there is")
		return
	}
	if firstName == "mcr" {
		fixed := ref.GroundPrefix()
		if len(c.compiler.GetRules(fixed)) > 0 || len(c.compiler.GetRulesWithPrefix(fixed)) > 0 {
			return
		}
		known := c.partsOf(fixed)
		name := strings.Trim(fixed[len(fixed)-1].String(), `"`)
		say("there are "+fault.OneOf(known)+fault.Meant(name, known), "%s: there is no such rule, or part of one", writtenRef(fixed))
		return
	}
	var here any = c.data
	for i, t := range ref[1:] {
		m, ok := here.(map[string]any)
		if !ok {
			if name, is := t.Value.(ast.String); is {
				say("look at the list", "%s: there is nothing called %q below it", writtenRef(ref[:i+1]), string(name))
			}
			return
		}
		name, ok := t.Value.(ast.String)
		if !ok {
			return
		}
		if here, ok = m[string(name)]; !ok {
			known := slices.Sorted(maps.Keys(m))
			do := "there are " + fault.OneOf(known) + fault.Meant(string(name), known)
			if i == 0 {
				do = "the first name is the file, data/NAME.json; " + do
			}
			say(do, "%s: there is no %q in the lists", writtenRef(ref[:i+2]), string(name))
			return
		}
	}
}

// partsOf are the names that stand beside a part that is not there.
func (c *checker) partsOf(ref ast.Ref) []string {
	var out []string
	for n := len(ref) - 1; n > 1 && len(out) == 0; n-- {
		for _, r := range c.compiler.GetRulesWithPrefix(ref[:n]) {
			if full := r.Ref(); len(full) > n {
				out = append(out, strings.Trim(full[n].String(), `"`))
			}
		}
	}
	slices.Sort(out) // OPA gives them in another order each time
	return slices.Compact(out)
}
