package mutants

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how mutants are tried. The zero Options try all of them.
type Options struct {
	// AtOnce is how many are tried at the same time. Zero: one a processor.
	AtOnce int
	// Only are the mutants of files whose path begins so, such as "rules/emergency/".
	// Empty: all.
	Only string
	// Shard and Of try every Of-th mutant, from Shard on, so that several processes
	// share the work. Explanations and the missing cases are then left out.
	Shard, Of int
	// Broken names an invariant that a folder breaks, "" when it breaks none. Nil:
	// invariants are not asked. Same proves that two folders decide alike whatever is
	// asked and known. Nil: nothing is proved, and only a person can explain a survivor.
	Broken func(ctx context.Context, mutant fs.FS) (string, error)
	Same   func(ctx context.Context, folder, mutant fs.FS) (bool, error)
	// Progress is told how many of how many have been tried.
	Progress func(tried, of int)
}

// How a mutant fared: what found it, or why it may survive.
const (
	ByCheck      = "check"
	ByTests      = "Rego tests"
	ByCases      = "cases"
	ByInvariants = "invariants"
	Equal        = "equal"     // proved to decide alike
	Explained    = "explained" // by a person
	Survives     = ""
)

// Result is one mutant with what found it.
type Result struct {
	Mutant
	By string
	// Who is the test, the case, the fault or the explanation.
	Who string
	// Missing is the case that would find it, as a file to copy from; nil for a mutant
	// that does not survive, or when no such case was found.
	Missing []byte
	// Beside is the file of cases in which a case like it stands.
	Beside string
}

// Report is how all mutants of a folder fared.
type Report struct {
	// Fingerprint is that of the folder: rules, data, tests and cases.
	Fingerprint string
	// Digest is that of the rules, data and schema alone.
	Digest  string
	Results []Result
	// Stale are explanations that are of no use any more.
	Stale []string
	Took  time.Duration
}

// Survivors are the mutants that nothing finds and nobody explains.
func (r Report) Survivors() []Result {
	var out []Result
	for _, one := range r.Results {
		if one.By == Survives {
			out = append(out, one)
		}
	}
	return out
}

// mostTold is for how many survivors the missing case is looked for, and told: when
// those are put right, the next are.
const mostTold = 40

// Run tries every mutant of a folder that is in order: its tests and cases pass. For
// each survivor it looks for the case that is missing.
func Run(ctx context.Context, fsys fs.FS, opt Options) (Report, error) {
	began := time.Now()
	said, err := readExplained(fsys)
	if err != nil {
		return Report{}, err
	}
	o, err := read(ctx, fsys)
	if err != nil {
		return Report{}, fmt.Errorf("making mutants: %w", err)
	}
	r := Report{Digest: o.rev.Digest(), Fingerprint: o.files.Fingerprint()}
	said = slices.DeleteFunc(said, func(e explanation) bool { return !strings.HasPrefix(e.File, opt.Only) })
	j := &judge{folder: fsys, original: o, options: opt, said: said, first: map[string][]int{}}
	if r.Results, err = j.all(ctx); err != nil {
		return Report{}, err
	}
	if opt.Of == 0 {
		r.Stale = explain(r.Results, said)
		l := &library{fsys: fsys, original: o}
		looked := 0
		for i := range r.Results {
			one := &r.Results[i]
			if one.By != Survives || looked == mostTold {
				continue
			}
			looked++
			if one.Missing, one.Beside, err = l.missing(ctx, one.Mutant); err != nil {
				return Report{}, err
			}
		}
	}
	r.Took = time.Since(began)
	return r, nil
}

// all tries the mutants, on several processors. OPA puts its trees in order when
// they are first read, so each goroutine makes its own.
func (j *judge) all(ctx context.Context) ([]Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	atOnce := j.options.AtOnce
	if atOnce <= 0 {
		atOnce = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int64
	var wg sync.WaitGroup
	found := make([]map[int]Result, atOnce)
	for n := range atOnce {
		found[n] = map[int]Result{}
		wg.Go(func() {
			mutants, err := all(j.original.files)
			b, fault := j.bench()
			for err == nil && fault == nil && ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= len(mutants) {
					return
				}
				if !strings.HasPrefix(mutants[i].File, j.options.Only) || j.options.Of > 0 && i%j.options.Of != j.options.Shard {
					continue
				}
				found[n][i], err = b.try(ctx, mutants[i])
				if j.options.Progress != nil {
					j.options.Progress(int(done.Add(1)), len(mutants))
				}
			}
			for _, fault := range []error{err, fault} {
				if fault != nil {
					stop(fault)
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("trying mutants: %w", err)
	}
	var out []Result
	for i := range int(next.Load()) {
		for n := range found {
			if r, ok := found[n][i]; ok {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// named says in words what found a mutant.
func named(file string, failed []string) string {
	return strings.TrimSpace(file + " " + strings.Join(failed, ", "))
}
