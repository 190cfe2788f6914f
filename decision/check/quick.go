package check

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/cases"
)

// Quick tries what takes a second or less: the Rego tests, and each case, decided and compared.
// What Try does besides (coverage, each fact missing in turn) is not done, so that all has
// passed is not said of it. What could not be tried at all is an error; ErrFaults, once its
// faults are noted.
func Quick(ctx context.Context, fsys fs.FS, note func(Finding)) error {
	f, l, rev, why, err := readToTest(ctx, fsys)
	if err != nil {
		return cannotRun(ctx, fsys, io.Discard, err, note)
	}
	results, err := runRegoTests(ctx, f, l, nil, rev.Limit())
	if err != nil {
		return err
	}
	for _, r := range results {
		note(r.finding())
	}
	stored, err := cases.Read(ctx, rev)
	if err != nil {
		return cannotRun(ctx, fsys, io.Discard, err, note)
	}
	slow := 0
	for i := range stored {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := &stored[i]
		began := time.Now()
		d, wrong := s.Run(ctx)
		if cause := why.take(); cause != "" {
			wrong = append([]string{"no decision could be made: " + strings.TrimPrefix(cause, "evaluating policies: ")}, wrong...)
			if overLimit(ctx, errors.New(cause), s.Engine.Revision().Limit()) != "" {
				slow++
			}
		}
		note(Finding{Kind: OfCase, Name: s.Name, File: s.File, Line: s.Line, Wrong: wrong, Text: cases.Describe(d), Took: time.Since(began)})
		if slow == mostSlow {
			return errors.New("decisions take too long, so the other cases are not decided: mend that first")
		}
	}
	return nil
}
