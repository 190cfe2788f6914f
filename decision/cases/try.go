package cases

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Tried is a case that was tried, with all that can be told of it.
type Tried struct {
	Name              string
	Given, When, Then []string // in sentences; Then is what the case expected, if it said
	Decision          access.Decision
	Explanation       decision.Explanation
	Outline           Outline
	// Expected says that the case said what it expects; Problems are what is
	// otherwise.
	Expected bool
	Problems []string
	// Missing is how often it was decided again with one thing missing; Wider is
	// what was then let out that was not before. Anything in it is a fault of the
	// rules.
	Missing int
	Wider   []string

	caseFile []byte
}

// Category is a record category with what it means. Why is the text of the reason for which
// rules withhold it, whichever rule releases it; "" where none does.
type Category struct{ Key, Text, Why string }

// Outline is a release plan as people read it.
type Outline struct {
	Released, Withheld []Category
	// Sensitive says that items with a sensitive label are released too.
	Sensitive bool
	Masks     []string // elements that are taken out
}

// CaseFile is the same case with what was decided as what is expected: a file for
// testdata/decisions, which "mcr policy test" takes.
func (t Tried) CaseFile() []byte { return t.caseFile }

// Try decides one case of a person's own by a revision. The case is
// written as those of testdata/decisions are (policies/README.md): one file with
// one case; it need not say what it expects.
//
// What is wrong with the case is Faults: all faults, each in words and with
// its line. What is read is bounded (MostCaseBytes and so on). Nothing is kept.
func Try(ctx context.Context, rev *decision.Revision, caseYAML []byte) (Tried, error) {
	one, err := readOneCase(caseYAML)
	if err != nil {
		return Tried{}, err
	}
	if len(one.file.Settings) > 0 {
		changed, err := WithSettings(ctx, rev, one.file.Settings)
		if err != nil {
			return Tried{}, settingFaults(one, err)
		}
		rev = changed
	}
	c := &one.file.Cases[0]
	s, err := newCase(&one.file, "", c, decision.NewEngine(rev))
	if err != nil {
		return Tried{}, Faults{{Line: one.line, Text: err.Error()}}
	}
	t := Tried{
		Name: c.Name, Expected: c.Then.Decision != "",
		Given: s.Given(), When: s.When(), Then: s.Then(),
	}
	d, wrong := s.Run(ctx)
	if t.Decision = d; t.Expected {
		t.Problems = wrong
	}
	t.Outline = OutlineOf(rev, d)
	if t.Explanation, err = decision.Explain(ctx, rev, d.Input); err != nil {
		return Tried{}, fmt.Errorf("trying case: %w", err)
	}
	if t.Missing, t.Wider, err = s.DropEach(ctx, d); err != nil {
		return Tried{}, fmt.Errorf("trying case: %w", err)
	}
	t.caseFile, err = one.expecting(answerOf(rev, d))
	return t, err
}

// OutlineOf says a release plan in categories, in the order of data/categories.json.
func OutlineOf(rev *decision.Revision, d access.Decision) Outline {
	var o Outline
	if d.Effect != access.Permit || len(d.Plan.Categories) == 0 {
		return o
	}
	names, withheld := rev.CategoryNames(), withheldOf(d.Plan)
	for _, c := range rev.Categories() {
		e := Category{Key: c, Text: names[c]}
		if slices.Contains(d.Plan.Categories, c) {
			o.Released = append(o.Released, e)
		} else {
			if code := withheld[c]; code != "" {
				e.Why = rev.Reason(code).Text
			}
			o.Withheld = append(o.Withheld, e)
		}
	}
	o.Sensitive, o.Masks = decision.EveryLabel(d.Plan.Labels), d.Plan.Masks
	return o
}
