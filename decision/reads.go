package decision

import "github.com/open-policy-agent/opa/v1/ast"

// reading is what rules can read of a part of the input: all of it, or what is named below it.
type reading struct {
	all   bool
	below map[string]*reading
}

// readsOf finds what the compiled rules can read of the input. Whoever reads a place reads all
// below it; so does a name that is not fixed, such as input.facts[x].
func readsOf(c *ast.Compiler) *reading {
	root := new(reading)
	for _, m := range c.Modules {
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.InputRootRef) {
				root.note(ref[1:])
			}
			return false
		})
	}
	return root
}

// note goes along a path as far as its names are fixed.
func (r *reading) note(path ast.Ref) {
	for _, t := range path {
		name, fixed := t.Value.(ast.String)
		if !fixed {
			break
		}
		below := r.below[string(name)]
		if below == nil {
			if r.below == nil {
				r.below = map[string]*reading{}
			}
			below = new(reading)
			r.below[string(name)] = below
		}
		r = below
	}
	r.all = true
}

// of is what is read of a field; nil is nothing.
func (r *reading) of(name string) *reading {
	if r == nil || r.all {
		return r
	}
	return r.below[name]
}
