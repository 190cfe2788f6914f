package check

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/folder"
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
		known := false
		for _, fault := range v.Faults {
			known = known || fault == line
		}
		if !known {
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
	faults, _ := check(ctx, fsys)
	v.say(faults...)
	f, err := folder.Read(fsys)
	if err != nil {
		v.say(errlist.Lines(err)...)
		return v
	}
	l, err := lists.Read(f.Data)
	if err != nil {
		v.say(errlist.Lines(err)...)
		return v
	}
	rev, err := decision.LoadFiles(ctx, f, opt)
	if err != nil {
		v.say(errlist.Lines(err)...)
		return v
	}
	v.Revision = rev
	results, err := runRegoTests(ctx, f, l, cover.New())
	v.say(errlist.Lines(err)...)
	v.Tests = len(results)
	for _, r := range results {
		if r.fault != "" {
			v.say(fmt.Sprintf("%s:%d: %s %s", r.file, r.line, r.name, r.fault))
		}
	}
	stored, err := cases.Read(ctx, rev)
	v.say(errlist.Lines(err)...)
	v.Cases = len(stored)
	for i := range stored {
		s := &stored[i]
		_, wrong := s.Run(ctx)
		if len(wrong) > 0 {
			_, wrong = s.Run(ctx) // a busy machine may have stopped the decision; a fault stays
		}
		if len(wrong) > 0 {
			v.say(fmt.Sprintf("%s:%d: %s: %s", s.File, s.Line, s.Name, strings.Join(wrong, "; ")))
		}
	}
	return v
}
