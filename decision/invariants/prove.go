package invariants

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
)

// Result is one invariant with what was found.
type Result struct {
	Name, Promise string
	File          string // invariants/opt_out.yaml
	Line          int
	// States is in how many states it had to hold. With none it proves nothing, and
	// does not hold.
	States *big.Int
	// Broken is in how many of them it does not hold, and Smallest the smallest.
	Broken   *big.Int
	Smallest *Case
	// Took is how long it took to judge it; that all states are told apart comes before, for
	// all invariants together.
	Took time.Duration
}

// Held says that the invariant holds in all its states, and that there are some.
func (r *Result) Held() bool { return r.States.Sign() > 0 && r.Broken.Sign() == 0 }

// Report is what was found of all invariants of a folder.
type Report struct {
	Results []Result
	// States are all states of question and facts that the rules, and the conditions,
	// can tell apart: once for each of the settings that the files name.
	States []*big.Int
	// Decisions were made to judge them; Replayed of these again by OPA's evaluator.
	Decisions, Replayed int
	Bounds              []string // what is not gone through, in words
	Took                time.Duration
}

// mostReplayed is how many decisions are made again by OPA's evaluator, spread over
// all outcomes; each that breaks an invariant is too.
const mostReplayed = 400

// patient lets a decision take its time: on a busy machine OPA's evaluator may be
// waited for, and what is proved does not depend on it.
var patient = decision.Options{Limit: time.Minute}

// ErrNone says that a folder has no invariants.
var ErrNone = errors.New("there are no invariants")

// prove is Prove with so many entries in a list.
func prove(ctx context.Context, fsys fs.FS, entries int, pace Pace) (Report, error) {
	began := time.Now()
	rev, err := decision.Load(ctx, fsys, patient)
	if err != nil {
		return Report{}, err
	}
	files, err := readFolder(rev, newCompared())
	if err != nil {
		return Report{}, err
	}
	if len(files) == 0 {
		return Report{}, fmt.Errorf("proving invariants: %w", ErrNone)
	}
	var groups []*settled
	for _, f := range files {
		changed := rev
		if len(f.settings) > 0 {
			if changed, err = cases.WithSettings(ctx, rev, f.settings); err != nil {
				return Report{}, Faults{{f.name, f.settingsLine, "settings: " + err.Error()}}
			}
		}
		at := slices.IndexFunc(groups, func(g *settled) bool { return reflect.DeepEqual(g.rev.Settings(), changed.Settings()) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &settled{settings: f.settings, rev: changed, entries: entries, pace: pace})
		}
		groups[at].files = append(groups[at].files, f)
	}
	each(pace, groups, func(g *settled) error { return g.prove(ctx) }, func(g *settled, err error) { g.err = err })
	var report Report
	var faults []error
	for _, g := range groups {
		if g.err != nil {
			faults = append(faults, g.err)
			continue
		}
		report.Results = append(report.Results, g.results...)
		report.States = append(report.States, g.states)
		report.Decisions += g.decisions
		report.Replayed += g.replayed
		report.Bounds = with(report.Bounds, g.bounds...)
	}
	slices.SortStableFunc(report.Results, func(a, b Result) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	report.Took = time.Since(began)
	return report, errors.Join(faults...)
}

// settled are the files with the same settings: they are proved together.
type settled struct {
	settings map[string]any
	rev      *decision.Revision
	files    []*file
	entries  int
	pace     Pace

	results             []Result
	states              *big.Int
	decisions, replayed int
	bounds              []string
	err                 error
}

func (g *settled) prove(ctx context.Context) error {
	c := newCompared()
	var files []*file
	for _, f := range g.files { // read again: what their conditions compare is theirs
		again, faults := readFile(f.name, f.text, vocabularyOf(g.rev), c)
		if len(faults) > 0 {
			return faults
		}
		files = append(files, again)
	}
	e, err := enumerate(ctx, []*decision.Revision{g.rev}, c, g.entries, g.pace)
	if err != nil {
		return fmt.Errorf("proving invariants: %w", err)
	}
	err = g.judge(ctx, e, files)
	g.decisions, g.replayed, g.bounds = e.decisions, e.replayed, e.bounds
	return err
}

func (g *settled) judge(ctx context.Context, e *enumeration, files []*file) error {
	d := &e.revisions[0]
	var conditions []set
	for _, f := range files {
		for _, i := range f.rules {
			conditions = append(conditions, i.whenever(e.builder))
		}
	}
	e.tellApart(conditions)
	g.states = e.count(all)
	every := max(1, len(d.outcomes)/mostReplayed)
	for i := 0; i < len(d.outcomes); i += every {
		if err := e.again(ctx, d, &d.outcomes[i]); err != nil {
			return err
		}
	}
	n := 0
	for _, f := range files {
		for _, i := range f.rules {
			began := time.Now()
			r, err := g.one(ctx, e, i, conditions[n])
			if err != nil {
				return err
			}
			r.Took = time.Since(began)
			g.results = append(g.results, r)
			n++
		}
	}
	return nil
}

// one judges one invariant.
func (g *settled) one(ctx context.Context, e *enumeration, i *invariant, whenever set) (Result, error) {
	d := &e.revisions[0]
	r := Result{Name: i.name, Promise: i.promise, File: i.file, Line: i.line, Broken: new(big.Int)}
	if i.unread != nil {
		return r, g.unread(ctx, e, i, whenever, &r)
	}
	concerned, broken := none, none
	for k := range d.outcomes {
		o := &d.outcomes[k]
		if i.outcome != nil && !i.outcome(&o.decision) {
			continue
		}
		concerned = e.sets.or(concerned, o.states)
		if i.then(&o.decision) == i.never {
			broken = e.sets.or(broken, o.states)
		}
	}
	concerned = e.sets.and(e.sets.and(concerned, whenever), e.possible)
	r.States = e.count(concerned)
	broken = e.sets.and(broken, concerned)
	if broken == none {
		return r, nil
	}
	r.Broken = e.count(broken)
	return r, g.show(ctx, e, i, e.least(broken), &r)
}

// unread judges that a fact changes nothing.
func (g *settled) unread(ctx context.Context, e *enumeration, i *invariant, whenever set, r *Result) error {
	concerned := e.sets.and(whenever, e.possible)
	r.States = e.count(concerned)
	broken, smallest := none, state(nil)
	for f := range e.fields {
		name, _, _ := strings.Cut(e.fields[f].name, ".")
		if !slices.ContainsFunc(i.unread, func(u string) bool { return nameOfFact(u) == name }) {
			continue
		}
		for _, o := range e.revisions[0].outcomes {
			plain := e.sets.given(o.states, f, 0)
			for v := 1; v < len(e.fields[f].values); v++ {
				changed := e.sets.with(e.sets.and(e.sets.minus(e.sets.given(o.states, f, v), plain), concerned), f, v)
				if changed != none {
					broken = e.sets.or(broken, changed)
				}
			}
		}
	}
	if broken == none {
		return nil
	}
	r.Broken, smallest = e.count(broken), e.least(broken)
	return g.show(ctx, e, i, smallest, r)
}

// show decides the smallest state of a broken invariant by OPA's evaluator too, and
// writes it as a case.
func (g *settled) show(ctx context.Context, e *enumeration, i *invariant, st state, r *Result) error {
	d := &e.revisions[0]
	o := outcome{smallest: st, decision: e.ask(ctx, d.engine, st)}
	if err := e.again(ctx, d, &o); err != nil {
		return err
	}
	c := e.caseOf(ctx, g.rev, st, caseHead{name: i.name, title: i.name, promise: i.promise, settings: g.settings})
	c.Decision = o.decision
	r.Smallest = &c
	return nil
}

// released says how far a decision goes, in a line.
func released(d *access.Decision) string {
	out := cases.Describe(*d)
	if len(d.Plan.Categories) > 0 {
		out += "; releases " + strings.Join(d.Plan.Categories, ", ")
		if everyLabel(d) {
			out += ", sensitive items too"
		}
	}
	for _, w := range d.Plan.Withheld {
		out += fmt.Sprintf("; withholds %s because %s", w.Category, w.Reason)
	}
	if len(d.Plan.Masks) > 0 {
		out += fmt.Sprintf("; takes out %d elements", len(d.Plan.Masks))
	}
	return out
}
