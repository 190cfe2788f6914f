package check

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// Verdict is what stands between a folder of policies and being in force.
type Verdict struct {
	// Faults says what is wrong, each once: file, line, what, and what to do. None: the
	// folder may be put in force.
	Faults []string
	// Revision is the folder compiled; nil when it does not load, or was judged in another process.
	Revision     *decision.Revision
	Loads        bool // it can be decided by
	Tests, Cases int  // how many Rego tests and decision cases there are
}

// say adds lines that are not there yet.
func (v *Verdict) say(lines ...string) {
	for _, line := range lines {
		if !slices.Contains(v.Faults, line) {
			v.Faults = append(v.Faults, line)
		}
	}
}

// Judge says whether a folder of policies may be put in force: what Check finds, every Rego
// test, and every decision case, decided and compared. What Test does beyond that (each fact
// missing in turn, coverage) takes too long for a start. There is no other way into force
// than through it (package gate).
func Judge(ctx context.Context, fsys fs.FS, opt decision.Options) Verdict {
	var v Verdict
	made, rev, err := checked(ctx, fsys, "")
	v.faults(made.faults, err)
	quiet := opt
	quiet.Log = nil // what cases show is told as a fault, and is no incident
	if rev == nil {
		made = nil
		rev, err = decision.Load(ctx, fsys, quiet)
	} else {
		rev = rev.Under(quiet) // what was compiled serves again
	}
	if err != nil {
		if len(v.Faults) == 0 { // check says it better
			v.say(errlist.Lines(err)...)
		}
		return v
	}
	v.Revision, v.Loads = rev, true
	v.tests(ctx, made)
	v.cases(ctx, made)
	v.Revision = rev.Under(opt)
	return v
}

func (v *Verdict) faults(faults []Fault, err error) {
	for _, f := range faults {
		v.say(f.Error())
	}
	v.say(errlist.Lines(err)...)
}

// tests runs the Rego tests. made is what a check without faults compiled; nil: there were faults.
func (v *Verdict) tests(ctx context.Context, made *checker) {
	files, limit := v.Revision.Files(), v.Revision.TracedLimit()
	var results []regoResult
	var err error
	if made != nil && made.tested != nil {
		bound, done := bounded(ctx, mostMemory)
		defer done()
		results, err = runCompiledTests(bound, made.tested, v.Revision.Documents(), cover.New(), limit)
	} else {
		l, wrong := lists.Read(files.Data)
		if wrong != nil {
			v.say(errlist.Lines(wrong)...)
			return
		}
		results, err = runRegoTests(ctx, files, l, cover.New(), limit)
	}
	if err != nil && len(v.Faults) == 0 {
		v.say(errlist.Lines(err)...)
	}
	v.Tests = len(results)
	for _, r := range results {
		if r.fault != "" {
			v.say(fmt.Sprintf("%s:%d: %s: %s", r.file, r.line, r.name, r.fault))
		}
	}
}

// storedCases are the cases, each with an engine under the revision's options. The other options of
// the check's own decide nothing: its limit is the usual one.
func (v *Verdict) storedCases(ctx context.Context, made *checker) ([]cases.Case, error) {
	if made == nil || made.cases == nil {
		return cases.Read(ctx, v.Revision)
	}
	engines := map[*decision.Engine]*decision.Engine{} // the cases of one file share theirs
	for i := range made.cases {
		s := &made.cases[i]
		if engines[s.Engine] == nil {
			engines[s.Engine] = decision.NewEngine(s.Engine.Revision().Under(v.Revision.Options()))
		}
		s.Engine = engines[s.Engine]
	}
	return made.cases, nil
}

func (v *Verdict) cases(ctx context.Context, made *checker) {
	stored, err := v.storedCases(ctx, made)
	v.decided(ctx, stored, err)
}

// decided decides the cases, and compares.
func (v *Verdict) decided(ctx context.Context, stored []cases.Case, err error) {
	if err != nil && len(v.Faults) == 0 {
		v.say(errlist.Lines(err)...)
	}
	v.Cases = len(stored)
	slow := 0
	for i := range stored {
		s := &stored[i]
		_, wrong := s.Run(ctx)
		if len(wrong) == 0 {
			continue
		}
		before := s.Engine.Unclear()[decision.TooLong]
		_, wrong = s.Run(ctx) // a busy machine may have stopped the decision; a fault stays
		if len(wrong) > 0 {
			v.say(fmt.Sprintf("%s:%d: %s: %s", s.File, s.Line, s.Name, strings.Join(wrong, "; ")))
		}
		if s.Engine.Unclear()[decision.TooLong] > before {
			slow++
		}
		if slow == mostSlow {
			v.say(fmt.Sprintf("the other %d cases are not decided: mend what takes too long first", len(stored)-i-1))
			return
		}
	}
}
