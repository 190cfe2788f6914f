package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// Test runs all tests of a folder of policies and writes an account of them to w
// that needs no programmer to read:
//
//   - the Rego tests beside the rules;
//   - the decision cases: each is decided, compared with what it expects, decided
//     again from its record by OPA's evaluator, and must come out the same;
//   - the cases again with each fact, and each field, missing in turn: nothing
//     that was refused may become a permit, and no permit may grow;
//   - coverage: every line of every rule must have been reached.
//
// It gives ErrFaults when anything is not as it should be.
func Test(ctx context.Context, fsys fs.FS, w io.Writer) error {
	return Try(ctx, fsys, w, func(Finding) {})
}

// Try is Test, and notes each thing that was tried. What ends it before all was tried is an
// error that is not ErrFaults.
func Try(ctx context.Context, fsys fs.FS, w io.Writer, note func(Finding)) error {
	t := &account{w: w, note: note}
	f, l, rev, why, err := readToTest(ctx, fsys)
	if err != nil {
		return cannotRun(ctx, fsys, w, err, note)
	}
	cov := cover.New()
	if err := t.rego(ctx, f, l, cov, rev.TracedLimit()); err != nil {
		return err
	}
	stored, err := cases.Read(ctx, rev)
	if err != nil {
		return cannotRun(ctx, fsys, w, err, note)
	}
	return t.rest(ctx, f, stored, cov, why)
}

// rest tries what comes after the Rego tests, and says how it ended.
func (t *account) rest(ctx context.Context, f folder.Files, stored []cases.Case, cov *cover.Cover, why *causes) error {
	if err := t.cases(ctx, stored, cov, why); err != nil {
		return err
	}
	if err := t.coverage(cov, f); err != nil {
		return err
	}
	if t.faults > 0 {
		fmt.Fprintf(t.w, "\n%s. Each is marked WRONG above.\n", fault.Count(t.faults))
		return fmt.Errorf("testing policies: %w", ErrFaults)
	}
	fmt.Fprintf(t.w, "\nAll is well.\n")
	return nil
}

func readToTest(ctx context.Context, fsys fs.FS) (f folder.Files, l lists.Lists, rev *decision.Revision, why *causes, err error) {
	if f, err = folder.Read(fsys); err != nil {
		return f, l, nil, nil, err
	}
	if l, err = lists.Read(f.Data); err != nil {
		return f, l, nil, nil, err
	}
	why = &causes{}
	rev, err = decision.LoadFiles(ctx, f, decision.Options{Log: slog.New(why)})
	return f, l, rev, why, err
}

// cannotRun says why the tests of a folder cannot be run, as Check says it.
func cannotRun(ctx context.Context, fsys fs.FS, w io.Writer, err error, note func(Finding)) error {
	faults, _, again := Faults(ctx, fsys)
	if again != nil || len(faults) == 0 {
		return err
	}
	return cannotRunFor(w, faults, note)
}

func cannotRunFor(w io.Writer, faults []Fault, note func(Finding)) error {
	for _, f := range faults {
		note(ofFault(f))
	}
	fmt.Fprintln(w, "The tests cannot be run before this is put right.")
	fmt.Fprintln(w)
	WriteFaults(w, faults)
	fmt.Fprintf(w, "\n%s.\n", fault.Count(len(faults)))
	return fmt.Errorf("testing policies: %w", ErrFaults)
}

// mostSlow is how many decisions may take too long before the others are left: each
// costs its limit, and each of its facts once more.
const mostSlow = 3

// account writes what was found.
type account struct {
	w      io.Writer
	faults int
	note   func(Finding)
}

func (t *account) ok(format string, args ...any) {
	fmt.Fprintf(t.w, "  ok    "+format+"\n", args...)
}

func (t *account) wrong(what string, why []string) {
	t.faults++
	fmt.Fprintf(t.w, "  WRONG %s\n", what)
	const most = 10
	for i, line := range why {
		if i == most {
			fmt.Fprintf(t.w, "          ... and %d more\n", len(why)-most)
			break
		}
		fmt.Fprintf(t.w, "          %s\n", line)
	}
}

func (t *account) rego(ctx context.Context, f folder.Files, l lists.Lists, cov *cover.Cover, limit time.Duration) error {
	fmt.Fprintln(t.w, "Tests of single rules")
	results, err := runRegoTests(ctx, f, l, cov, limit)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	passed := map[string]int{}
	for _, r := range results {
		t.note(r.finding())
		if r.fault != "" {
			t.wrong(fmt.Sprintf("%s, line %d: %s", r.file, r.line, r.name), []string{r.fault})
			continue
		}
		passed[r.file]++
	}
	for _, file := range slices.Sorted(maps.Keys(passed)) {
		t.ok("%s: %d tests", file, passed[file])
	}
	return nil
}

func (t *account) cases(ctx context.Context, all []cases.Case, cov *cover.Cover, why *causes) error {
	decisions, slow, file := 0, 0, ""
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err // somebody ended it: what would be found now is of no use
		}
		s := &all[i]
		if s.File != file {
			file = s.File
			fmt.Fprintf(t.w, "\n%s: %s\n", s.Title, s.Promise)
		}
		name := s.Name
		for _, a := range s.Attacks {
			name += fmt.Sprintf(" [attack %d]", a)
		}
		place := fmt.Sprintf("%s, line %d: %s", s.File, s.Line, name)
		began := time.Now()
		d, wrong := s.Run(ctx)
		found := Finding{Kind: OfCase, Name: s.Name, File: s.File, Line: s.Line, Wrong: wrong, Text: cases.Describe(d), Took: time.Since(began)}
		if cause := why.take(); cause != "" {
			limit := s.Engine.Revision().Limit()
			if over := overLimit(ctx, errors.New(cause), limit); over != "" {
				cause = "the decision " + over
				slow++
			} else {
				cause = "no decision could be made: " + strings.TrimPrefix(cause, "evaluating policies: ")
			}
			found.Wrong = append([]string{cause}, wrong...)
			t.note(found)
			t.wrong(place, found.Wrong)
			if slow == mostSlow {
				rest := fmt.Sprintf("the other %d cases are not decided", len(all)-i-1)
				t.wrong(rest, []string{"mend what takes too long first"})
				t.note(Finding{Kind: OfCase, Name: rest, Wrong: []string{"mend what takes too long first"}})
				break
			}
			continue
		}
		t.note(found)
		if err := s.Engine.Revision().Trace(ctx, d.Input, cov); err != nil {
			over := overLimit(ctx, err, s.Engine.Revision().TracedLimit())
			if over == "" {
				return err
			}
			over = "the decision, looked at step by step, " + over
			t.note(Finding{Kind: OfDrops, Name: s.Name, File: s.File, Line: s.Line, Wrong: []string{over}})
			t.wrong(place, []string{over})
			continue
		}
		began = time.Now()
		n, wider, err := s.DropEach(ctx, d)
		if err != nil {
			return err
		}
		decisions += n
		t.note(Finding{
			Kind: OfDrops, Name: s.Name, File: s.File, Line: s.Line, Took: time.Since(began), Wrong: wider,
			Text: fmt.Sprintf("decided %d times with something missing, and nothing more was let out", n),
		})
		for _, w := range wider {
			wrong = append(wrong, "with something missing, more was let out: "+w)
		}
		if len(wrong) > 0 {
			t.wrong(place, wrong)
			continue
		}
		t.ok("%s: %s", name, cases.Describe(d))
	}
	fmt.Fprintf(t.w, "\n%d cases, decided %d times more with something missing each time.\n", len(all), decisions)
	return nil
}

func (t *account) coverage(cov *cover.Cover, f folder.Files) error {
	missed, percent, err := notCovered(cov, f)
	if err != nil {
		return err
	}
	reached := fmt.Sprintf("Tests and cases reach %.4g %% of the rules.", percent)
	t.note(Finding{Kind: OfCoverage, Name: "every line of every rule is reached by a test or a case", Wrong: missed, Text: reached})
	fmt.Fprintf(t.w, "\n%s\n", reached)
	if len(missed) > 0 {
		t.wrong("no test or case reaches these lines; write one that does:", missed)
	}
	return nil
}
