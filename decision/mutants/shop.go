package mutants

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// original is the folder as it is, read once: what a mutant does not touch is not
// read again.
type original struct {
	files folder.Files
	rev   *decision.Revision
	lists lists.Lists
	cases []cases.Case
}

func read(ctx context.Context, fsys fs.FS) (*original, error) {
	f, err := folder.Read(fsys)
	if err != nil {
		return nil, err
	}
	o := &original{files: f}
	if o.rev, err = decision.LoadFiles(ctx, f, decision.Options{}); err != nil {
		return nil, err
	}
	if o.lists, err = lists.Read(f.Data); err != nil {
		return nil, err
	}
	o.cases, err = cases.Read(ctx, o.rev)
	return o, err
}

// variant is the folder with one fault in it, compiled.
type variant struct {
	of         *original
	compiler   *ast.Compiler
	served     map[string]*ast.Module
	lists      lists.Lists
	reclassify bool
	revs       map[string]*decision.Revision // by the settings of files of cases
	store      storage.Store
	txn        storage.Transaction
}

// variant makes one of compiled rules; file is that of data/ which is changed, or
// none. What a check would refuse is an error.
func (o *original) variant(ctx context.Context, c *ast.Compiler, served map[string]*ast.Module, file, text string) (*variant, error) {
	v := &variant{of: o, compiler: c, served: served, lists: o.lists, revs: map[string]*decision.Revision{}}
	var err error
	if file != "" {
		data := maps.Clone(o.files.Data)
		data[file] = text
		if v.lists, err = lists.Read(data); err != nil {
			return nil, err
		}
		v.reclassify = file == categoriesFile || file == sensitiveFile || strings.HasPrefix(file, codesFolder)
	}
	if _, err = v.revision(ctx, nil); err != nil {
		return nil, err
	}
	v.store = rego.Store(v.lists.Documents)
	v.txn, err = v.store.NewTransaction(ctx)
	return v, err
}

// revision is the variant with some settings over its own, as files of cases have them.
func (v *variant) revision(ctx context.Context, settings map[string]any) (*decision.Revision, error) {
	key, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	if r := v.revs[string(key)]; r != nil {
		return r, nil
	}
	l := v.lists
	if own, ok := l.Documents["settings"].(map[string]any); ok && len(settings) > 0 {
		l.Documents = with(l.Documents, "settings", merged(own, settings))
	}
	r, err := v.of.rev.Variant(ctx, v.compiler, v.served, l, v.reclassify)
	if err == nil {
		v.revs[string(key)] = r
	}
	return r, err
}

// wrong decides a case and says what is not as it expects.
func (v *variant) wrong(ctx context.Context, c *cases.Case) ([]string, error) {
	r, err := v.revision(ctx, c.Settings())
	if err != nil {
		return nil, err
	}
	return c.Against(ctx, r), nil
}

// failed runs all test_ rules of a file of tests, in one evaluation, and gives those
// that are not true. A built-in that fails fails them all, as it would in a test.
func (v *variant) failed(ctx context.Context, tests *ast.Module) ([]string, error) {
	rs, err := opa.New(
		opa.ParsedQuery(ast.NewBody(ast.NewExpr(ast.NewTerm(tests.Package.Path)))),
		opa.Compiler(v.compiler), opa.Store(v.store), opa.Transaction(v.txn), opa.StrictBuiltinErrors(true),
	).Eval(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("running Rego tests: %w", err)
		}
		return []string{err.Error()}, nil
	}
	var got map[string]any
	if len(rs) == 1 && len(rs[0].Expressions) == 1 {
		got, _ = rs[0].Expressions[0].Value.(map[string]any)
	}
	var out []string
	for _, r := range tests.Rules {
		name, _ := r.Head.Ref()[0].Value.(ast.Var)
		if strings.HasPrefix(string(name), "test_") && got[string(name)] != true {
			out = append(out, string(name))
		}
	}
	return out, nil
}
