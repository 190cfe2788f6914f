package tried

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/invariants"
)

// ofInvariant is the kind of what must hold in all states, beside those of package check.
const ofInvariant check.Kind = "invariant"

// Outcome is what came of it.
type Outcome struct {
	Findings []check.Finding
	// Stopped is why not all was tried; nil: all was.
	Stopped error
	Took    time.Duration
}

// Complete says that all was tried.
func (o Outcome) Complete() bool { return o.Stopped == nil }

// Passed says that all was tried and is as it should be.
func (o Outcome) Passed() bool { return o.Complete() && len(o.Findings) > 0 && o.Failed() == 0 }

// Failed is how many are not as they should be.
func (o Outcome) Failed() int {
	n := 0
	for _, f := range o.Findings {
		if !f.Passed() {
			n++
		}
	}
	return n
}

// Run runs the tests and cases, and proves the invariants, with an account to w. What does not
// compile has no states. The error is that of the command.
func Run(ctx context.Context, fsys fs.FS, w io.Writer) (Outcome, error) {
	began := time.Now()
	var o Outcome
	err := o.run(ctx, fsys, w)
	o.Took = time.Since(began)
	if err == nil && !o.Passed() { // what is told to machines is not better than what is told to people
		err = errors.New("testing policies: not all is as it should be")
	}
	return o, err
}

func (o *Outcome) run(ctx context.Context, fsys fs.FS, w io.Writer) error {
	tests := check.Try(ctx, fsys, w, func(f check.Finding) { o.Findings = append(o.Findings, f) })
	if tests != nil && !errors.Is(tests, check.ErrFaults) {
		o.Stopped = tests
	}
	if ctx.Err() != nil {
		return tests
	}
	if _, err := decision.Load(ctx, fsys, decision.Options{}); err != nil && tests != nil {
		if o.Stopped == nil {
			o.Stopped = fmt.Errorf("the tests cannot be run before the faults are put right")
		}
		return tests
	}
	fmt.Fprintln(w)
	report, err := invariants.Try(ctx, fsys, w)
	for i := range report.Results {
		o.Findings = append(o.Findings, ofResult(&report.Results[i]))
	}
	faults := invariants.Faults(nil)
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			o.Findings = append(o.Findings, check.Finding{Kind: ofInvariant, Name: f.Text, File: f.File, Line: f.Line, Wrong: []string{f.Error()}})
		}
	case err != nil && !errors.Is(err, invariants.ErrBroken):
		o.Stopped = errors.Join(o.Stopped, err)
	}
	return errors.Join(tests, err)
}

func ofResult(r *invariants.Result) check.Finding {
	f := check.Finding{Kind: ofInvariant, Name: r.Name, File: invariants.Folder + "/" + path.Base(r.File), Line: r.Line, Took: r.Took}
	switch {
	case r.Held():
		f.Text = "in all " + invariants.Thousands(r.States) + " states"
	case r.States.Sign() == 0:
		f.Wrong = []string{"there is no state in which its whenever is met, so it proves nothing"}
	default:
		f.Wrong = []string{fmt.Sprintf("not so in %s of %s states. The smallest:", invariants.Thousands(r.Broken), invariants.Thousands(r.States))}
		if c := r.Smallest; c != nil {
			for _, s := range c.Given {
				f.Wrong = append(f.Wrong, "Given  "+s)
			}
			for _, s := range c.When {
				f.Wrong = append(f.Wrong, "When   "+s)
			}
			f.Wrong = append(f.Wrong, "Then   "+c.Then())
		}
	}
	return f
}
