package mutants

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
)

// question is a variation of a case, with what the rules decide.
type question struct {
	text   []byte
	file   string // of the case that is varied
	asked  cases.Asked
	answer string
}

// library are the variations of all cases of a folder: among them is looked for
// the case that is missing. It is made once, when the first mutant survives.
type library struct {
	fsys     fs.FS
	original *original
	all      []question
}

func (l *library) questions(ctx context.Context) ([]question, error) {
	var err error
	if l.all == nil {
		l.all, err = l.collect(ctx)
	}
	return l.all, err
}

func (l *library) collect(ctx context.Context) ([]question, error) {
	base := &engines{fsys: l.fsys}
	near := around(l.original.rev.Settings())
	seen := map[string]bool{}
	var out []question
	for _, c := range l.original.cases {
		text, err := cases.Text(l.fsys, c.ShortFile(), c.Name)
		if err != nil {
			return nil, err
		}
		s, err := told(text)
		if err != nil {
			return nil, err
		}
		for _, variation := range append([][]byte{s.text()}, s.variations(near)...) {
			asked, err := cases.ReadAsked(variation)
			if err != nil {
				continue // a variation that is no case
			}
			q := question{text: variation, file: c.File, asked: asked}
			if q.answer, err = answer(ctx, base, asked, seen); err != nil {
				return nil, err
			}
			if q.answer != "" {
				out = append(out, q)
			}
		}
	}
	return out, nil
}

// answer decides, and says the decision as far as a case can. What was asked
// before gives nothing.
func answer(ctx context.Context, by *engines, a cases.Asked, seen map[string]bool) (string, error) {
	e, err := by.of(ctx, a.Settings)
	if err != nil {
		return "", err
	}
	d := e.Decide(ctx, a.Question, a.Facts)
	key := fmt.Sprint(a.Settings) + string(d.Input)
	if seen != nil && seen[key] {
		return "", nil
	}
	if seen != nil {
		seen[key] = true
	}
	return sayable(d), nil
}

// sayable is what a case can expect of a decision.
func sayable(d access.Decision) string {
	text, _ := json.Marshal([]any{
		d.Effect, d.Reasons, d.Rules, d.Alert, d.Basis, d.Plan.Categories,
		len(d.Plan.Labels) > 0 && d.Plan.Labels[0] == "*", len(d.Plan.Masks) > 0, d.Plan.Withheld,
	})
	return string(text)
}

// missing finds a case for which the rules and a mutant decide differently, as a
// file to copy from, and beside which it belongs: nil when there is none among the variations.
func (l *library) missing(ctx context.Context, m Mutant) (file []byte, beside string, err error) {
	all, err := l.questions(ctx)
	if err != nil {
		return nil, "", err
	}
	mutant := &engines{fsys: l.fsys, mutant: &m}
	for _, q := range all {
		got, err := answer(ctx, mutant, q.asked, nil)
		if err != nil {
			return nil, "", err
		}
		if got == q.answer {
			continue
		}
		tried, err := cases.Try(ctx, l.original.rev, q.text)
		if err != nil {
			return nil, "", fmt.Errorf("writing the missing case: %w", err)
		}
		return tried.CaseFile(), q.file, nil
	}
	return nil, "", ctx.Err()
}

// near are values at and around the boundaries that the settings make.
type near struct {
	emergency, permission, closed []string // times
	reasons                       []string
}

func around(s decision.Settings) near {
	at := func(n, unit int) (out []string) {
		for _, seconds := range []int{n*unit - 1, n * unit, n*unit + 1, (n + 1) * unit, (n - 1) * unit, n * (unit + 1), n * (unit - 1)} {
			out = append(out, fmt.Sprintf("in %d seconds", seconds))
		}
		return out
	}
	n := near{emergency: at(s.Emergency.Minutes, 60), permission: at(s.Permission.LongestHours, 3600), reasons: slices.Sorted(maps.Keys(s.Emergency.Reasons))}
	for _, t := range at(s.TestOrder.GraceDays, 86400) {
		n.closed = append(n.closed, strings.TrimPrefix(t, "in ")+" ago")
	}
	return n
}
