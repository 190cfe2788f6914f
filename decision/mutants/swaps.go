package mutants

import (
	"maps"
	"reflect"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// beside are the fields that are taken for each other by a slip: of the same
// kind, and one beside the other in the input.
var beside = map[string]string{
	"from": "until", "until": "from",
	"subject": "source", "source": "subject",
}

// swapped gives what stands beside the thing that a rule reads: the other list of
// the same file and kind, or the other field.
func (w walker) swapped(r ast.Ref) []change[ast.Ref] {
	var out []change[ast.Ref]
	put := func(op string, i int, name string) {
		now := slices.Clone(r)
		now[i] = same(r[i], ast.String(name))
		out = append(out, change[ast.Ref]{op: op, now: now})
	}
	root := r[0].Value.Compare(ast.DefaultRootDocument.Value) == 0
	if root && len(r) > 2 {
		doc, i := any(w.docs), 1
		for ; i < len(r); i++ {
			name, fixed := r[i].Value.(ast.String)
			inner, _ := doc.(map[string]any)
			if !fixed || inner == nil || inner[string(name)] == nil {
				break
			}
			if i > 1 {
				for _, other := range slices.Sorted(maps.Keys(inner)) {
					if other != string(name) && alike(inner[other], inner[string(name)]) && there(inner[other], r[i+1:]) {
						put(listSwapped, i, other)
					}
				}
			}
			doc = inner[string(name)]
		}
		return out
	}
	for i := 1; i < len(r) && !root; i++ {
		name, fixed := r[i].Value.(ast.String)
		if other := beside[string(name)]; fixed && other != "" && (other != "source" && other != "subject" || len(r) == 3) {
			if string(name) == "subject" && r[2].Value.Compare(ast.String("organisation")) != 0 {
				continue // a source has no user and no role
			}
			put(fieldSwapped, i, other)
		}
	}
	return out
}

// there says that a list has what is read of it by name.
func there(list any, rest ast.Ref) bool {
	for _, t := range rest {
		name, fixed := t.Value.(ast.String)
		if !fixed {
			break
		}
		m, _ := list.(map[string]any)
		if list = m[string(name)]; list == nil {
			return false
		}
	}
	return true
}

// alike says that one list could be read for the other: both are lists, both are
// tables, or both are one value of the same type.
func alike(a, b any) bool {
	if x, ok := a.([]any); ok && len(x) > 0 {
		y, ok := b.([]any)
		return ok && len(y) > 0 && reflect.TypeOf(x[0]) == reflect.TypeOf(y[0])
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Kind() != reflect.String
}
