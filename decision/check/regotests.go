package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// regoResult is how one Rego test ended.
type regoResult struct {
	file, name string
	line       int
	fault      string // "" when it passed
	took       time.Duration
}

func (r regoResult) finding() Finding {
	f := Finding{Kind: OfTest, Name: r.name, File: r.file, Line: r.line, Text: "it holds", Took: r.took}
	if r.fault != "" {
		f.Wrong = []string{r.fault}
	}
	return f
}

// runRegoTests runs every test_ rule and gives the lines of the rules that
// neither the tests nor (in cov, if they were traced) the cases have reached. Without cov, which
// takes time, nothing is traced.
func runRegoTests(ctx context.Context, f folder.Files, l lists.Lists, cov *cover.Cover, limit time.Duration) ([]regoResult, error) {
	ctx, done := bounded(ctx, mostMemory)
	defer done()
	texts := maps.Clone(f.Rules)
	maps.Copy(texts, f.Tests)
	modules, err := rego.Parse(texts)
	if err != nil {
		return nil, err
	}
	compiler, err := rego.Compile(modules, f.Schema)
	if err != nil {
		return nil, err
	}
	return runCompiledTests(ctx, compiler, l.Documents, cov, limit)
}

// runCompiledTests runs the tests of what is compiled with its rules, within a bounded context.
func runCompiledTests(ctx context.Context, compiler *ast.Compiler, documents map[string]any, cov *cover.Cover, limit time.Duration) ([]regoResult, error) {
	s := rego.Store(documents)
	var out []regoResult
	stopped := false
	err := storage.Txn(ctx, s, storage.TransactionParams{}, func(txn storage.Transaction) error {
		runner := tester.NewRunner().SetCompiler(compiler).SetStore(s).RaiseBuiltinErrors(true).SetTimeout(limit)
		if cov != nil {
			runner.SetCoverageQueryTracer(cov)
		}
		results, err := runner.RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for r := range results {
			one := regoResult{name: r.Name, took: r.Duration}
			if r.Location != nil {
				one.file, one.line = r.Location.File, r.Location.Row
			}
			switch {
			case overLimit(ctx, r.Error, limit) != "":
				one.fault = overLimit(ctx, r.Error, limit)
				if context.Cause(ctx) != nil && stopped {
					continue // only the first is told: the others were not run
				}
				stopped = context.Cause(ctx) != nil
			case r.Error != nil:
				one.fault = r.Error.Error()
			case r.Skip:
				one.fault = "is skipped"
			case r.Fail:
				one.fault = "is not true"
				if r.FailedAt != nil {
					one.fault = fmt.Sprintf("fails at line %d: %s", r.FailedAt.Location.Row, r.FailedAt.Location.Text)
				}
			}
			out = append(out, one)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("running Rego tests: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("running Rego tests: there are none")
	}
	return out, nil
}

// notCovered gives "file:line" of the rules' lines that nothing has reached.
func notCovered(cov *cover.Cover, f folder.Files) ([]string, float64, error) {
	modules, err := rego.Parse(f.Rules)
	if err != nil {
		return nil, 0, err
	}
	report := cov.Report(modules)
	var out []string
	lines, covered := 0, 0
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		r, ok := report.Files[file]
		if !ok {
			continue
		}
		lines += r.CoveredLines + r.NotCoveredLines
		covered += r.CoveredLines
		for _, n := range r.NotCovered {
			for row := n.Start.Row; row <= n.End.Row; row++ {
				out = append(out, fmt.Sprintf("%s:%d: %s", file, row, strings.TrimSpace(lineOf(f.Rules[file], row))))
			}
		}
	}
	if lines == 0 {
		return out, 0, nil
	}
	return out, 100 * float64(covered) / float64(lines), nil
}

func lineOf(text string, row int) string {
	lines := strings.Split(text, "\n")
	if row < 1 || row > len(lines) {
		return ""
	}
	return lines[row-1]
}
