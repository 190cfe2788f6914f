package decision

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkReferences finds references to data that is nowhere. To Rego a name that
// is not there is merely undefined: a rule that reads data.setings would never
// hold, and nobody would see why.
func checkReferences(c *ast.Compiler, documents map[string]any) error {
	var faults []error
	for _, file := range slices.Sorted(maps.Keys(c.Modules)) {
		ast.WalkRefs(c.Modules[file], func(ref ast.Ref) bool {
			if !ref.HasPrefix(ast.DefaultRootRef) || len(ref) < 2 {
				return false
			}
			if err := followed(c, documents, ref); err != nil {
				faults = append(faults, fmt.Errorf("%v: %s: %w", ref[0].Location, ref, err))
			}
			return false
		})
	}
	slices.SortFunc(faults, func(a, b error) int { return compareText(a.Error(), b.Error()) })
	return errors.Join(slices.CompactFunc(faults, func(a, b error) bool { return a.Error() == b.Error() })...)
}

// followed walks a reference through rules and data as far as it is fixed.
func followed(c *ast.Compiler, documents map[string]any, ref ast.Ref) error {
	if first, ok := ref[1].Value.(ast.String); !ok {
		return errors.New("name what is read: data[x] reads everything")
	} else if first == "mcr" {
		fixed := ref.GroundPrefix()
		if len(c.GetRules(fixed)) == 0 && len(c.GetRulesWithPrefix(fixed)) == 0 {
			return errors.New("there is no such rule")
		}
		return nil
	}
	var here any = documents
	for _, t := range ref[1:] {
		m, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		name, ok := t.Value.(ast.String)
		if !ok {
			return nil
		}
		if here, ok = m[string(name)]; !ok {
			return fmt.Errorf("there is no %q in the data; the first name is the file: data/NAME.json", string(name))
		}
	}
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
