package mutants

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// all makes every mutant of a folder, in an order that is the same every time.
func all(f folder.Files) ([]Mutant, error) {
	modules, err := rego.Parse(f.Rules)
	if err != nil {
		return nil, fmt.Errorf("making mutants: %w", err)
	}
	docs := map[string]any{}
	for _, file := range slices.Sorted(maps.Keys(f.Data)) {
		if path.Dir(file) != "data" {
			continue
		}
		doc, err := decoded(f.Data[file])
		if err != nil {
			return nil, fmt.Errorf("making mutants: %s: %w", file, err)
		}
		docs[nameOf(file)] = doc
	}
	var out []Mutant
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		out = append(out, ofModule(file, modules[file], docs)...)
	}
	out = append(out, dataOf(f.Data, docs, modules)...)
	return append(out, listsOf(f.Data, docs)...), nil
}
