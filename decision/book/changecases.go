package book

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/fhir"
)

// decided is a case with the decision of one folder.
type decided struct {
	story    *cases.Case
	decision access.Decision
}

// decideAll decides the cases of some files by the policies of one folder.
func (s *side) decideAll(ctx context.Context, texts map[string]string) ([]decided, error) {
	stored, err := cases.ReadTexts(ctx, s.rev, texts)
	if err != nil {
		return nil, err
	}
	out := make([]decided, len(stored))
	for i := range stored {
		out[i] = decided{&stored[i], stored[i].Engine.Decide(ctx, stored[i].Question, stored[i].Facts)}
	}
	return out, nil
}

// compared says how a case is decided otherwise. The words of reasons do not
// count here: they are among the reasons that changed.
func compared(was, is *decided) (CaseChange, bool) {
	a, b := was.decision, is.decision
	old, next := InOneLine(a), InOneLine(b)
	if old == next && slices.Equal(a.Plan.Masks, b.Plan.Masks) && slices.Equal(a.Plan.Labels, b.Plan.Labels) {
		return CaseChange{}, false
	}
	return CaseChange{
		File: is.story.ShortFile(), Name: is.story.Name, Given: is.story.Given(), When: is.story.When(),
		Old: a, New: b, Wider: cases.Wider(a, b) != "",
	}, true
}

// Otherwise says which labels and elements of an answer are shown otherwise, for what a
// decision in one line does not tell.
func (c CaseChange) Otherwise() []string { return shownOtherwise(c.Old.Plan, c.New.Plan) }

// Otherwise says which labels and elements of an answer are shown otherwise.
func (s StateChange) Otherwise() []string { return shownOtherwise(s.Old.Plan, s.New.Plan) }

func shownOtherwise(old, next fhir.Plan) []string {
	if len(old.Categories) == 0 || len(next.Categories) == 0 {
		return nil // nothing was shown, or nothing is
	}
	var out []string
	note := func(format string, list, others []string) {
		only := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(others, s) })
		if len(only) > 0 {
			out = append(out, fmt.Sprintf(format, strings.Join(only, ", ")))
		}
	}
	note("Entries with these labels are shown too: %s.", next.Labels, old.Labels)
	note("Entries with these labels are no longer shown: %s.", old.Labels, next.Labels)
	note("This is no longer taken out: %s.", old.Masks, next.Masks)
	note("This is taken out too: %s.", next.Masks, old.Masks)
	return out
}

// InOneLine says a decision, how far it goes included.
func InOneLine(d access.Decision) string {
	out := cases.Describe(d)
	if len(d.Plan.Categories) > 0 {
		out += "; releases " + strings.Join(d.Plan.Categories, ", ")
		if decision.EveryLabel(d.Plan.Labels) {
			out += ", sensitive items too"
		}
	}
	for _, w := range d.Plan.Withheld {
		out += "; withholds " + w.Category + " because " + w.Reason
	}
	if len(d.Plan.Masks) > 0 {
		out += "; takes out what tells of whereabouts"
	}
	if d.Alert {
		out += "; marks it for the privacy officer"
	}
	return out
}
