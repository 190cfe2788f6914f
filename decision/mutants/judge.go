package mutants

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// judge says whether anything finds a mutant. It may be used by many goroutines,
// each with a bench of its own.
type judge struct {
	folder   fs.FS
	original *original
	options  Options
	said     []explanation

	mu    sync.Mutex
	first map[string][]int // by file: cases that found its mutants, the last one first
}

// bench is what one goroutine works with: OPA's trees are not shared, since they
// are put in order when they are first read.
type bench struct {
	judge  *judge
	rules  map[string]*ast.Module
	tests  map[string]*ast.Module
	shared *ast.Compiler // of the rules as they are, for mutants of data
}

func (j *judge) bench() (*bench, error) {
	b := &bench{judge: j}
	var err error
	if b.rules, err = rego.Parse(j.original.files.Rules); err != nil {
		return nil, err
	}
	if b.tests, err = rego.Parse(j.original.files.Tests); err != nil {
		return nil, err
	}
	all := maps.Clone(b.rules)
	maps.Copy(all, b.tests)
	b.shared, err = rego.Compile(all, j.original.files.Schema)
	return b, err
}

// try looks for what finds a mutant, the quickest first, and stops at the first.
func (b *bench) try(ctx context.Context, m Mutant) (Result, error) {
	own, others := b.testsOf(m.File)
	v, err := b.variant(ctx, m, own)
	if err != nil {
		return Result{Mutant: m, By: ByCheck, Who: err.Error()}, nil
	}
	if who, err := b.fails(ctx, v, own); err != nil || who != "" {
		return Result{Mutant: m, By: ByTests, Who: who}, err
	}
	if who, err := b.cases(ctx, m.File, v); err != nil || who != "" {
		return Result{Mutant: m, By: ByCases, Who: who}, err
	}
	if len(others) > 0 { // not compiled before, since most mutants are found by then
		if v, err = b.variant(ctx, m, others); err != nil {
			return Result{Mutant: m, By: ByCheck, Who: err.Error()}, nil
		}
		if who, err := b.fails(ctx, v, others); err != nil || who != "" {
			return Result{Mutant: m, By: ByTests, Who: who}, err
		}
	}
	return b.whole(ctx, m)
}

// whole asks of the folder with the mutant in it what takes longest: the check of
// everything, the invariants, and whether it decides otherwise at all.
func (b *bench) whole(ctx context.Context, m Mutant) (Result, error) {
	r := Result{Mutant: m}
	if slices.ContainsFunc(b.judge.said, func(e explanation) bool { return e.group() && e.covers(m) }) {
		return r, nil // explained with all of its kind: Run says so
	}
	text, err := m.Text()
	if err != nil {
		return r, err
	}
	mutant := layered{b.judge.folder, map[string]string{m.File: text}}
	var said strings.Builder
	if err := check.Check(ctx, mutant, &said); err != nil {
		r.By, r.Who = ByCheck, oneLine(said.String())
		return r, nil
	}
	if broken := b.judge.options.Broken; broken != nil {
		if r.Who, err = broken(ctx, mutant); err != nil || r.Who != "" {
			r.By = ByInvariants
			return r, err
		}
	}
	if same := b.judge.options.Same; same != nil {
		equal, err := same(ctx, b.judge.folder, mutant)
		if err != nil {
			return r, err
		}
		if equal {
			r.By, r.Who = Equal, "it decides alike in all states"
		}
	}
	return r, ctx.Err()
}

// fails names the tests of some files that are not true of a variant.
func (b *bench) fails(ctx context.Context, v *variant, files []string) (string, error) {
	for _, file := range files {
		if failed, err := v.failed(ctx, b.tests[file]); err != nil || len(failed) > 0 {
			return named(file, failed), err
		}
	}
	return "", nil
}

// variant compiles a mutant with some tests, or reads its data. An error is a fault
// that a check finds.
func (b *bench) variant(ctx context.Context, m Mutant, tests []string) (*variant, error) {
	if m.module == nil {
		return b.judge.original.variant(ctx, b.shared, b.rules, m.File, m.text)
	}
	served := maps.Clone(b.rules)
	served[m.File] = m.module
	all := maps.Clone(served)
	for _, file := range tests {
		all[file] = b.tests[file]
	}
	compiler, err := rego.Compile(all, b.judge.original.files.Schema)
	if err != nil {
		return nil, err
	}
	return b.judge.original.variant(ctx, compiler, served, "", "")
}

// testsOf gives the tests beside a rule, and the others. What is in data/ is
// beside all of them.
func (b *bench) testsOf(file string) (own, others []string) {
	beside := strings.TrimSuffix(file, ".rego") + "_test.rego"
	for _, name := range slices.Sorted(maps.Keys(b.tests)) {
		if name == beside || strings.HasPrefix(file, "data/") {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	return own, others
}

// cases decides the cases, those first that found mutants of the same file, and
// names the first that is decided otherwise.
func (b *bench) cases(ctx context.Context, file string, v *variant) (string, error) {
	j := b.judge
	j.mu.Lock()
	order := slices.Clone(j.first[file])
	j.mu.Unlock()
	seen := make([]bool, len(j.original.cases))
	for _, i := range order {
		seen[i] = true
	}
	for i := range seen {
		if !seen[i] {
			order = append(order, i)
		}
	}
	for _, i := range order {
		c := &j.original.cases[i]
		wrong, err := v.wrong(ctx, c)
		if err != nil {
			return "", err
		}
		if len(wrong) > 0 {
			j.mu.Lock()
			j.first[file] = slices.Insert(slices.DeleteFunc(slices.Clone(j.first[file]), func(n int) bool { return n == i }), 0, i)
			j.mu.Unlock()
			return fmt.Sprintf("%s:%d %s", c.File, c.Line, c.Name), nil
		}
	}
	return "", nil
}
