package decision

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// CaseResult is one decision case with what is decided now.
type CaseResult struct {
	File    string // "opt_out": the file's name without folder and ending
	Name    string
	Title   string // of the file
	Promise string // of the file
	// Rules are those that had a part: the decision rests on them, or they denied,
	// permitted, could not tell or took something out.
	Rules             []string
	Passed            bool
	Problems          []string // what is not as the case expects, in words
	Given, When, Then []string // in sentences; Then is what the case expects
	Decision          access.Decision
}

// RunCases decides all cases of a folder now, each as "mcr policy test" does:
// compared with what it expects, and again from its record by OPA's evaluator.
// They are given in the order of the files. A case that cannot be read makes an
// error; one that is decided otherwise is a result that has not passed.
func RunCases(ctx context.Context, fsys fs.FS) ([]CaseResult, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	rev, err := load(ctx, f, Options{})
	if err != nil {
		return nil, err
	}
	return runCases(ctx, f, rev)
}

func runCases(ctx context.Context, f files, rev *Revision) ([]CaseResult, error) {
	stored, err := casesOf(ctx, f, rev)
	if err != nil {
		return nil, fmt.Errorf("running cases: %w", err)
	}
	out := make([]CaseResult, 0, len(stored))
	for i := range stored {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("running cases: %w", err)
		}
		s := &stored[i]
		d, wrong := s.run(ctx)
		tell := teller{file: s.of, rev: s.engine.Revision()}
		r := CaseResult{
			File: caseName(s.file), Name: s.decided.Name, Title: s.of.Title, Promise: s.of.Promise,
			Passed: len(wrong) == 0, Problems: wrong, Decision: d,
			Given: tell.given(&s.decided.Given), When: tell.when(&s.decided.When), Then: tell.then(&s.decided.Then),
		}
		e, err := Explain(ctx, s.engine.Revision(), d.Input)
		if err != nil {
			return nil, fmt.Errorf("running cases: %s: %w", s.file, err)
		}
		r.Rules = withPart(e)
		out = append(out, r)
	}
	return out, nil
}

func caseName(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// withPart are the rules that had a part in a decision.
func withPart(e Explanation) []string {
	out := slices.Clone(e.Decision.Rules)
	for _, s := range e.Rules {
		if len(s.Denies)+len(s.Permits)+len(s.Unknown)+len(s.Masks) > 0 {
			out = append(out, s.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
