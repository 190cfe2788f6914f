package rego

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Parse reads modules with their METADATA. All faults are given at once.
func Parse(texts map[string]string) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	var faults []error
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		m, err := ast.ParseModuleWithOpts(file, texts[file], ast.ParserOptions{
			ProcessAnnotation: true,
			Capabilities:      Capabilities(),
			RegoVersion:       ast.RegoV1,
		})
		if err != nil {
			faults = append(faults, fmt.Errorf("reading rule: %w", err))
			continue
		}
		if m == nil {
			faults = append(faults, fmt.Errorf("reading rule: %s: the file is empty", file))
			continue
		}
		modules[file] = m
	}
	return modules, errors.Join(faults...)
}

// Compile compiles modules strictly: unused and shadowing names are errors, only
// the capabilities are there, and every use of input is checked against the
// schema, so that input.pateint does not compile.
func Compile(modules map[string]*ast.Module, schema string) (*ast.Compiler, error) {
	var doc any
	if err := json.Unmarshal([]byte(schema), &doc); err != nil {
		return nil, fmt.Errorf("schema/input.json: %w", err)
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, doc)
	c := ast.NewCompiler().
		WithCapabilities(Capabilities()).
		WithStrict(true).
		WithSchemas(schemas).
		WithKeepModules(true)
	c.SetErrorLimit(0) // all of them
	if c.Compile(modules); c.Failed() {
		faults := make([]error, len(c.Errors))
		for i, e := range c.Errors {
			faults[i] = fmt.Errorf("compiling rule: %w", e)
		}
		return nil, errors.Join(faults...)
	}
	return c, nil
}

// Store holds the code lists as AST values, so that an evaluation reads them
// without converting or copying.
func Store(documents map[string]any) storage.Store {
	return inmem.NewFromObjectWithOpts(documents,
		inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))
}
