package trail

import (
	"context"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
)

// remade is a decision made again from what the record keeps of the question and
// the facts. The same policies give the same decision: one that comes out
// otherwise was altered, or was made by something else.
type remade struct {
	Tried bool // the policies that decided are those in force
	Same  bool
	Now   string // what it comes out as when it is not the same
	held  map[string][]rulingPart
}

// decideAgain makes a record's decision again, when it was made by the policies in
// force, and notes which of each rule's parts held.
func (t *Room) decideAgain(ctx context.Context, r *audit.Record) remade {
	if t.cfg.Revision == nil || !readInput(r.Input).here || r.Digest == "" || r.Digest != t.cfg.Revision.Digest() {
		return remade{}
	}
	by := t.cfg.Revision
	if r.Own != "" { // restricted by the organisation's own rules
		if t.cfg.DecidedBy == nil {
			return remade{}
		}
		if by = t.cfg.DecidedBy(ctx, decision.DecidedBy{Digest: r.Digest, Own: r.Own, Organisation: r.SourceOrg}); by == nil {
			return remade{}
		}
	}
	e, err := decision.Explain(ctx, by, r.Input)
	if err != nil {
		t.cfg.Log.Warn("a record's decision could not be made again", "record", r.ID, "error", err)
		return remade{}
	}
	again := remade{Tried: true, Now: string(e.Decision.Effect), held: map[string][]rulingPart{}}
	was, is := slices.Sorted(slices.Values(r.Rules)), slices.Sorted(slices.Values(e.Decision.Rules))
	again.Same = r.Effect == string(e.Decision.Effect) && slices.Equal(was, is)
	for _, reason := range e.Decision.Reasons {
		again.Same = again.Same && slices.Contains(r.Reasons, reason.Code)
		again.Now += ", " + reason.Code
	}
	for _, rule := range e.Rules {
		for _, part := range rule.Conditions {
			if part.Held && part.Title != "" {
				again.held[rule.Name] = append(again.held[rule.Name], rulingPart{sentence(part.Title), part.Description, part.Kind == decision.Condition})
			}
		}
	}
	return again
}
