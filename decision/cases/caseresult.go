package cases

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Result is one decision case with what is decided now.
type Result struct {
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

// Run decides all cases of a revision's folder now, each as "mcr policy test" does:
// compared with what it expects, and again from its record by OPA's evaluator.
// They are given in the order of the files. A case that cannot be read makes an
// error; one that is decided otherwise is a result that has not passed.
func Run(ctx context.Context, rev *decision.Revision) ([]Result, error) {
	stored, err := Read(ctx, rev)
	if err != nil {
		return nil, fmt.Errorf("running cases: %w", err)
	}
	out := make([]Result, 0, len(stored))
	for i := range stored {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("running cases: %w", err)
		}
		s := &stored[i]
		d, wrong := s.Run(ctx)
		r := Result{
			File: s.ShortFile(), Name: s.Name, Title: s.Title, Promise: s.Promise,
			Passed: len(wrong) == 0, Problems: wrong, Decision: d,
			Given: s.Given(), When: s.When(), Then: s.Then(),
		}
		e, err := decision.Explain(ctx, s.Engine.Revision(), d.Input)
		if err != nil {
			return nil, fmt.Errorf("running cases: %s: %w", s.File, err)
		}
		r.Rules = withPart(e)
		out = append(out, r)
	}
	return out, nil
}

// ShortName is the name of a file of cases without folder and ending.
func ShortName(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// withPart are the rules that had a part in a decision.
func withPart(e decision.Explanation) []string {
	out := slices.Clone(e.Decision.Rules)
	for _, s := range e.Rules {
		if len(s.Denies)+len(s.Permits)+len(s.Unknown)+len(s.Masks)+len(s.Withholds) > 0 {
			out = append(out, s.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
