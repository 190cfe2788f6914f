package invariants

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Widening is one kind of change by which new rules let out more than old ones.
type Widening struct {
	// Name says the change; it is what an acceptance names.
	Name string
	// States is in how many states it is so.
	States *big.Int
	// Smallest is the smallest of them, as the new rules decide it; Old is what the old
	// ones decide.
	Smallest Case
	Old      access.Decision
	// Accepted is who accepts it, or nil.
	Accepted *Acceptance
}

// Widenings are all of them, between two folders of policies.
type Widenings struct {
	OldDigest, NewDigest string
	List                 []Widening // by name
	// Faults are what is wrong with accepted.yaml of the new folder; acceptances of this
	// change that name nothing that widens are among them.
	Faults Faults
	Bounds []string
	Took   time.Duration
}

// Open are the widenings that nobody accepts.
func (w *Widenings) Open() []Widening {
	return slices.DeleteFunc(slices.Clone(w.List), func(one Widening) bool { return one.Accepted != nil })
}

// ErrWidened says that new rules let out more than old ones, and nobody accepts it.
var ErrWidened = errors.New("the policies let out more, and nobody accepts it")

func widened(ctx context.Context, old, next fs.FS, pace Pace) (Widenings, error) {
	began := time.Now()
	was, err := decision.Load(ctx, old, patient)
	if err != nil {
		return Widenings{}, fmt.Errorf("comparing policies: the old ones: %w", err)
	}
	is, err := decision.Load(ctx, next, patient)
	if err != nil {
		return Widenings{}, fmt.Errorf("comparing policies: the new ones: %w", err)
	}
	w := Widenings{OldDigest: was.Digest(), NewDigest: is.Digest()}
	if w.OldDigest != w.NewDigest {
		pairs, err := settlements(ctx, was, is)
		if err != nil {
			return w, err
		}
		each(pace, pairs, func(p *pair) error { p.pace = pace; return p.compare(ctx) }, func(p *pair, err error) { p.err = err })
		for _, p := range pairs {
			if p.err != nil {
				return w, fmt.Errorf("comparing policies: %w", p.err)
			}
			for _, one := range p.list {
				if !slices.ContainsFunc(w.List, func(l Widening) bool { return l.Name == one.Name }) {
					w.List = append(w.List, one)
				}
			}
			w.Bounds = with(w.Bounds, p.bounds...)
		}
		slices.SortFunc(w.List, func(a, b Widening) int { return strings.Compare(a.Name, b.Name) })
	}
	w.accept(is.Files().Other[AcceptedFile])
	w.Took = time.Since(began)
	return w, nil
}

// pair are the two with one of the settings.
type pair struct {
	was, is  *decision.Revision
	settings map[string]any
	pace     Pace
	list     []Widening
	bounds   []string
	err      error
}

// settlements are both with their own settings, and with each that the invariants name.
func settlements(ctx context.Context, was, is *decision.Revision) ([]*pair, error) {
	out := []*pair{{was: was, is: is}}
	files, err := readFolder(is, newCompared())
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if len(f.settings) == 0 {
			continue
		}
		a, err := cases.WithSettings(ctx, was, f.settings)
		if err != nil {
			return nil, fmt.Errorf("%s: settings: the old policies do not have them: %w", f.name, err)
		}
		b, err := cases.WithSettings(ctx, is, f.settings)
		if err != nil {
			return nil, fmt.Errorf("%s: settings: %w", f.name, err)
		}
		if !slices.ContainsFunc(out, func(p *pair) bool {
			return reflect.DeepEqual(p.was.Settings(), a.Settings()) && reflect.DeepEqual(p.is.Settings(), b.Settings())
		}) {
			out = append(out, &pair{was: a, is: b, settings: f.settings})
		}
	}
	return out, nil
}

// extent are states in which a revision lets out the same.
type extent struct {
	states   set
	decision access.Decision
}

// extents put together the outcomes that let out the same by the same rules, or are
// refused for the same reason.
func (e *enumeration) extents(d *decided) []*extent {
	index := map[string]*extent{}
	var out []*extent
	for i := range d.outcomes {
		o := &d.outcomes[i]
		var key string
		if o.decision.Effect != access.Permit {
			key = string(o.decision.Effect) + " " + firstReason(&o.decision)
		} else {
			key = fmt.Sprint(o.decision.Rules, o.decision.Plan.Categories, o.decision.Plan.Labels, o.decision.Plan.Masks)
		}
		if index[key] == nil {
			index[key] = &extent{none, o.decision}
			out = append(out, index[key])
		}
		index[key].states = e.sets.or(index[key].states, o.states)
	}
	return out
}

func firstReason(d *access.Decision) string {
	if len(d.Reasons) == 0 {
		return "no reason"
	}
	return d.Reasons[0].Code
}

func (p *pair) compare(ctx context.Context) error {
	e, err := enumerate(ctx, []*decision.Revision{p.was, p.is}, newCompared(), mostEntries, p.pace)
	if err != nil {
		return err
	}
	e.tellApart(nil)
	p.bounds = e.bounds
	var found []*change
	is := e.extents(&e.revisions[1])
	for _, a := range e.extents(&e.revisions[0]) {
		for _, b := range is {
			ways := wider(&a.decision, &b.decision)
			if len(ways) == 0 {
				continue
			}
			states := e.sets.and(e.sets.and(a.states, b.states), e.possible)
			if states == none {
				continue
			}
			for _, c := range ways {
				c.states = states
				found = append(found, c)
			}
		}
	}
	for _, one := range e.kinds(found) {
		name := one.name()
		st := e.least(one.states)
		c := e.caseOf(ctx, p.is, st, caseHead{
			name: name, title: "What a change of the rules lets out",
			promise:  "Whatever a change of the rules lets out is known, and somebody answers for it.",
			settings: p.settings,
		})
		c.Decision = e.ask(ctx, e.revisions[1].engine, st)
		p.list = append(p.list, Widening{Name: name, States: e.count(one.states), Smallest: c, Old: e.ask(ctx, e.revisions[0].engine, st)})
	}
	return nil
}

// change is one way in which more is let out, and by which rules.
type change struct {
	how    string
	rules  []string
	states set
}

func (c *change) name() string { return c.how + " by " + strings.Join(c.rules, " and ") }

// kinds puts changes together that are the same but for further rules that permit as
// well: what changed are the fewer.
func (e *enumeration) kinds(found []*change) []*change {
	slices.SortStableFunc(found, func(a, b *change) int { return len(a.rules) - len(b.rules) })
	var out []*change
	for _, c := range found {
		at := slices.IndexFunc(out, func(o *change) bool { return o.how == c.how && len(beyond(o.rules, c.rules)) == 0 })
		if at < 0 {
			out = append(out, c)
			continue
		}
		out[at].states = e.sets.or(out[at].states, c.states)
	}
	return out
}

// wider says in which ways a decision lets out more than another.
func wider(was, is *access.Decision) []*change {
	if is.Effect != access.Permit {
		return nil
	}
	if was.Effect != access.Permit {
		word := map[access.Effect]string{access.Deny: "refused", access.Indeterminate: "not to be told"}[was.Effect]
		return []*change{{how: fmt.Sprintf("%s because %s, now permitted", word, firstReason(was)), rules: is.Rules}}
	}
	var out []*change
	say := func(format string, args ...any) {
		out = append(out, &change{how: fmt.Sprintf(format, args...), rules: is.Rules})
	}
	if more := beyond(is.Plan.Categories, was.Plan.Categories); len(more) > 0 {
		say("now with %s, permitted", strings.Join(more, ", "))
	}
	if more := beyond(is.Plan.Labels, was.Plan.Labels); len(more) > 0 && !everyLabel(was) {
		what := "items labelled " + shortened(more)
		if everyLabel(is) {
			what = "sensitive items"
		}
		say("now with %s, permitted", what)
	}
	if fewer := beyond(was.Plan.Masks, is.Plan.Masks); len(fewer) > 0 {
		say("no longer without %s, permitted", shortened(fewer))
	}
	if rules := beyond(is.Rules, was.Rules); len(out) > 0 && len(rules) > 0 {
		// What is more comes with the rules that now permit as well: how much it is
		// depends on what the others gave.
		return []*change{{how: "permitted for less, now permitted", rules: rules}}
	}
	return out
}

// beyond are those of a list that another does not have.
func beyond(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(v string) bool { return slices.Contains(other, v) })
}

func shortened(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

// Write writes an account of what a change lets out, and gives ErrWidened when
// nobody accepts some of it.
func (w *Widenings) Write(out io.Writer) error {
	for _, f := range w.Faults {
		fmt.Fprintf(out, "  WRONG %s\n", f)
	}
	for i := range w.List {
		one := &w.List[i]
		if a := one.Accepted; a != nil {
			fmt.Fprintf(out, "  ok    %s: in %s states; accepted by %s: %s\n", one.Name, Thousands(one.States), a.By, a.Why)
			continue
		}
		fmt.Fprintf(out, "  WIDER %s\n          in %s states. The smallest:\n", one.Name, Thousands(one.States))
		fmt.Fprintf(out, "          Was    %s\n", released(&one.Old))
		one.Smallest.Write(out, "          ")
	}
	for _, b := range w.Bounds {
		fmt.Fprintf(out, "Note: %s\n", b)
	}
	open := len(w.Open())
	switch {
	case open > 0:
		fmt.Fprintf(out, "\n%d ways in which more is let out are accepted by nobody. Whoever answers for them writes into %s, for each:\n", open, AcceptedFile)
		fmt.Fprintf(out, "  - {from: %q, to: %q, widening: %q, by: name and office, why: the reason}\n", w.OldDigest[:12], w.NewDigest[:12], w.Open()[0].Name)
	case len(w.Faults) > 0:
	case len(w.List) == 0:
		fmt.Fprintln(out, "Nothing more is let out, in no state.")
		return nil
	default:
		return nil
	}
	return fmt.Errorf("comparing policies: %w", ErrWidened)
}
