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
	// Revision is the folder compiled; nil when it does not load.
	Revision     *decision.Revision
	Tests, Cases int // how many Rego tests and decision cases there are
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
	faults, _, err := Faults(ctx, fsys)
	v.faults(faults, err)
	quiet := opt
	quiet.Log = nil // what cases show is told as a fault, and is no incident
	rev, err := decision.Load(ctx, fsys, quiet)
	if err != nil {
		if len(v.Faults) == 0 { // check says it better
			v.say(errlist.Lines(err)...)
		}
		return v
	}
	v.Revision = rev
	v.tests(ctx)
	v.cases(ctx)
	if v.Revision, err = rev.WithData(ctx, rev.Files().Data, opt); err != nil {
		v.say(errlist.Lines(err)...)
	}
	return v
}

func (v *Verdict) faults(faults []Fault, err error) {
	for _, f := range faults {
		v.say(f.Error())
	}
	v.say(errlist.Lines(err)...)
}

func (v *Verdict) tests(ctx context.Context) {
	files := v.Revision.Files()
	l, err := lists.Read(files.Data)
	if err != nil {
		v.say(errlist.Lines(err)...)
		return
	}
	results, err := runRegoTests(ctx, files, l, cover.New(), v.Revision.TracedLimit())
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

func (v *Verdict) cases(ctx context.Context) {
	stored, err := cases.Read(ctx, v.Revision)
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
