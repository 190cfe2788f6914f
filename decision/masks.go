package decision

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/fhir"
)

// The word by which plans, and the lists of data/, name what is taken out.
const masksWord = "masks"

// checkMasks makes sure that every mask that the policies write down can be read,
// wherever they do: in a list of data/ of whatever name, or in a rule. A mask that
// cannot be read would make every decision that gives it unclear.
func checkMasks(documents map[string]any, modules map[string]*ast.Module) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		checkMasksIn("data/"+name+".json", documents[name], &faults)
	}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		visit := ast.NewGenericVisitor(func(x any) bool {
			if o, ok := x.(ast.Object); ok {
				o.Foreach(func(key, value *ast.Term) {
					if key.Value.Compare(ast.String(masksWord)) == 0 {
						checkMaskTerm(file, value, &faults)
					}
				})
			}
			return false
		})
		visit.Walk(modules[file])
	}
	return errors.Join(faults...)
}

// checkMasksIn looks through one document for lists of masks.
func checkMasksIn(file string, v any, faults *[]error) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list, ok := v[key].([]any)
			if key != masksWord || !ok {
				checkMasksIn(file, v[key], faults)
				continue
			}
			for _, item := range list {
				text, _ := item.(string)
				if err := fhir.CheckMask(text); err != nil {
					*faults = append(*faults, errlist.Prefixed(file, err))
				}
			}
		}
	case []any:
		for _, item := range v {
			checkMasksIn(file, item, faults)
		}
	}
}

// checkMaskTerm checks the masks that a rule writes out.
func checkMaskTerm(file string, list *ast.Term, faults *[]error) {
	visit := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			return true // a name and no mask
		case ast.Call: // what adds lists up; others make texts, which are looked at when they are made
			if op := x[0].String(); op == "array.concat" || op == "union" || op == "or" {
				for _, operand := range x[1:] {
					checkMaskTerm(file, operand, faults)
				}
			}
			return true
		case *ast.Term:
			if s, ok := x.Value.(ast.String); ok {
				if err := fhir.CheckMask(string(s)); err != nil {
					*faults = append(*faults, fmt.Errorf("%s:%d: %w", file, x.Location.Row, err))
				}
			}
		}
		return false
	})
	visit.Walk(list)
}
