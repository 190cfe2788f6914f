package replay

import (
	"bytes"
	"context"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
)

// fate is what came of one document.
type fate int

const (
	compared   fate = iota
	passed          // not in the sample
	shownApart      // compared, but for what would be shown: the policies are not kept
	noDecision      // a look at the trail, or a request at which the policies were not asked
	unreadable      // not a record, or its input not one
	erased          // details were: who asked, or what was known, may be gone
	misfit          // the input was written for another schema
	unlike          // it comes out otherwise under the policies that decided
)

// judged is a document that was decided again.
type judged struct {
	fate   fate
	was    audit.Decided
	misfit string // where the input does not fit
	change Change
	other  bool // that it is one
}

// again decides one document again.
func (r *run) again(ctx context.Context, document []byte) judged {
	was, err := audit.ReadDecided(document)
	switch {
	case err != nil:
		return judged{fate: unreadable}
	case !r.takes(was.ID):
		return judged{fate: passed}
	case was.Effect == "":
		return judged{fate: noDecision}
	case was.Erased: // its input went with the details
		return judged{fate: erased, was: was}
	case len(was.Input) == 0:
		return judged{fate: noDecision}
	case bytes.HasPrefix(was.Input, []byte(`{"cut":`)): // it was too large to be recorded (audit.AppendJSON)
		return judged{fate: unreadable, was: was}
	}
	asked, err := decision.Ask(was.Input)
	if err != nil {
		return judged{fate: unreadable, was: was}
	}
	defer asked.Free()
	by := r.before(ctx, &was)
	draft := r.draft(ctx, &was, by)
	if draft == nil {
		return judged{fate: misfit, was: was, misfit: "own rules of " + was.SourceOrg + " restricted it that are not kept"}
	}
	if at := asked.Misfit(draft); at != "" {
		return judged{fate: misfit, was: was, misfit: at}
	}
	now := asked.Decide(ctx, draft)
	j := judged{was: was}
	var plan *fhir.Plan
	switch {
	case slices.Contains(was.Reasons, access.PolicyUnclear):
		// Nothing says that what was too slow or failed then does so again; and nothing was shown.
	case by == nil && was.Effect == string(access.Permit) && was.Action == string(access.View):
		j.fate = shownApart
	case by != nil:
		then := asked.Decide(ctx, by)
		o := outcomeOf(&then)
		if !o.recorded(&was) {
			return judged{fate: unlike, was: was}
		}
		was.Reasons, was.Alert, plan = o.Reasons, o.Alert, &then.Plan
	}
	j.change, j.other = compare(&was, plan, &now)
	return j
}
