package decision

import (
	"context"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// decided is a case with the decision of one folder.
type decided struct {
	story    *storedCase
	decision access.Decision
}

// decideAll decides the cases of some files by the policies of one folder.
func (s *side) decideAll(ctx context.Context, cases map[string]string) ([]decided, error) {
	f := s.files
	f.cases = cases
	stored, err := casesOf(ctx, f, s.rev)
	if err != nil {
		return nil, err
	}
	out := make([]decided, len(stored))
	for i := range stored {
		out[i] = decided{&stored[i], stored[i].engine.Decide(ctx, stored[i].question, stored[i].facts)}
	}
	return out, nil
}

// compared says how a case is decided otherwise. The words of reasons do not
// count here: they are among the reasons that changed.
func compared(was, is *decided) (CaseChange, bool) {
	a, b := was.decision, is.decision
	old, new := inOneLine(a), inOneLine(b)
	if old == new && slices.Equal(a.Plan.Masks, b.Plan.Masks) && slices.Equal(a.Plan.Labels, b.Plan.Labels) {
		return CaseChange{}, false
	}
	tell := teller{file: is.story.of, rev: is.story.engine.Revision()}
	return CaseChange{
		File: caseName(is.story.file), Name: is.story.decided.Name,
		Given: tell.given(&is.story.decided.Given), When: tell.when(&is.story.decided.When),
		Old: a, New: b, Wider: wider(a, b) != "",
	}, true
}

// inOneLine says a decision, how far it goes included.
func inOneLine(d access.Decision) string {
	out := describe(d)
	if len(d.Plan.Categories) > 0 {
		out += "; releases " + strings.Join(d.Plan.Categories, ", ")
		if everyLabel(d.Plan.Labels) {
			out += ", sensitive items too"
		}
	}
	if len(d.Plan.Masks) > 0 {
		out += "; takes out what tells of whereabouts"
	}
	if d.Alert {
		out += "; marks it for the privacy officer"
	}
	return out
}
