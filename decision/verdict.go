package decision

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"
)

// Verdict is what stands between a folder of policies and being in force.
type Verdict struct {
	// Faults says what is wrong, each once: file, line, what, and what to do. None: the
	// folder may be put in force.
	Faults []string
	// Revision is the folder compiled; nil when it does not load.
	Revision     *Revision
	Tests, Cases int // how many Rego tests and decision cases there are
}

// Judge says whether a folder of policies may be put in force: what Check finds, every Rego
// test, and every decision case, decided and compared. What Test does beyond that (each fact
// missing in turn, coverage) takes too long for a start.
func Judge(ctx context.Context, fsys fs.FS, opt Options) Verdict {
	var v Verdict
	seen := map[string]bool{}
	say := func(lines ...string) {
		for _, line := range lines {
			if !seen[line] {
				seen[line] = true
				v.Faults = append(v.Faults, line)
			}
		}
	}
	faults, _ := check(ctx, fsys)
	say(faults...)
	f, err := readFiles(fsys)
	if err != nil {
		say(lines(err)...)
		return v
	}
	if v.Revision, err = load(ctx, f, opt); err != nil {
		v.Revision = nil
		say(lines(err)...)
		return v
	}
	l, err := readLists(f.data)
	if err != nil {
		say(lines(err)...)
		return v
	}
	results, err := runRegoTests(ctx, f, l, cover.New())
	say(lines(err)...)
	v.Tests = len(results)
	for _, r := range results {
		if r.fault != "" {
			say(fmt.Sprintf("%s:%d: %s %s", r.file, r.line, r.name, r.fault))
		}
	}
	cases, err := casesOf(ctx, f, v.Revision)
	say(lines(err)...)
	v.Cases = len(cases)
	for i := range cases {
		s := &cases[i]
		_, wrong := s.run(ctx)
		if len(wrong) > 0 {
			_, wrong = s.run(ctx) // a busy machine may have stopped the decision; a fault stays
		}
		if len(wrong) > 0 {
			say(fmt.Sprintf("%s:%d: %s: %s", s.file, s.decided.line, s.decided.Name, strings.Join(wrong, "; ")))
		}
	}
	return v
}
