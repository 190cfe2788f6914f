package check

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// got: object.get gives its last argument for what is not there, a misspelt field too.
func (c *checker) got(f *flow, m *ast.Module, file string, at *ast.Location, object, key *ast.Term) {
	var path []*ast.Term
	switch v := key.Value.(type) {
	case ast.String:
		path = []*ast.Term{key}
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { path = append(path, t) })
	}
	of := f.origins(m, object)
	if len(of) != 1 || of[0].from != fromInput {
		return
	}
	here := c.schema.at(names(of[0].path))
	for _, t := range path {
		name, ok := t.Value.(ast.String)
		if !ok || here == nil || here.Properties == nil {
			return
		}
		if here.Properties[string(name)] == nil {
			known := slices.Sorted(maps.Keys(here.Properties))
			c.sayAt(file, at, "there are "+fault.OneOf(known)+fault.Meant(string(name), known), "there is no %q in what object.get looks at: it always gives its last value", string(name))
			return
		}
		here = here.Properties[string(name)]
	}
}

// inputPlaces goes along a reference into the input. Of a list nobody can tell which stands first;
// and a name that is chosen from a list has to be a field.
func (c *checker) inputPlaces(f *flow, m *ast.Module, file string, ref ast.Ref) {
	var here []origin
	switch head := ref[0].Value.(type) {
	case ast.Var:
		if here = f.vars[variable{m, head}]; head.Equal(ast.InputRootDocument.Value) {
			here = []origin{{from: fromInput}}
		}
	}
	for _, t := range ref[1:] {
		if len(here) != 1 || here[0].from != fromInput {
			return
		}
		at := t.Location
		if at == nil || at.Row == 0 {
			at = ref[0].Location
		}
		s := c.schema.at(names(here[0].path))
		if s == nil {
			return
		}
		switch v := t.Value.(type) {
		case ast.Number:
			if s.Type == "array" {
				c.sayAt(file, at, "write: some x in "+dotted("input", names(here[0].path)), "of a list nobody can tell which entry stands in place %s: the others would not count", v)
			}
			here = f.step(here, "*")
		case ast.Var:
			k := c.domainOf(f, f.vars[variable{m, v}])
			for _, w := range k.words {
				if s.Properties != nil && s.Properties[w] == nil {
					known := slices.Sorted(maps.Keys(s.Properties))
					c.sayAt(file, at, "there are "+fault.OneOf(known)+fault.Meant(w, known), "there is no %q in %s", w, dotted("input", names(here[0].path)))
					break
				}
			}
			return
		case ast.String:
			here = f.step(here, string(v))
		default:
			return
		}
	}
}
