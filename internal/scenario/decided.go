package scenario

import (
	"context"
	"slices"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
)

// noting is the real decision engine, and remembers what it decided: the
// record does not hold the release plan, which must come out the same too.
type noting struct {
	*decision.Engine
	mu      sync.Mutex
	decided []access.Decision
}

// Decide decides, and remembers.
func (n *noting) Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision {
	d := n.Engine.Decide(ctx, q, f)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.decided = append(n.decided, d)
	return d
}

// taken gives each decision once, in the order in which they were made.
func (n *noting) taken() *access.Decision {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.decided) == 0 {
		return nil
	}
	d := n.decided[0]
	n.decided = n.decided[1:]
	return &d
}

// outcome is all of a decision that is to come out the same.
type outcome struct {
	Effect                    string
	Reasons, Rules            []string
	Categories, Labels, Masks []string
	Withheld                  []fhir.Withheld
	Basis                     map[string]string
	Alert                     bool
	Revision, Digest          string
}

func outcomeOf(d access.Decision) outcome {
	out := outcome{
		Effect: string(d.Effect), Rules: d.Rules, Basis: d.Basis, Alert: d.Alert, Revision: d.Revision, Digest: d.Digest,
		Categories: slices.Sorted(slices.Values(d.Plan.Categories)), Labels: slices.Sorted(slices.Values(d.Plan.Labels)),
		Masks: slices.Sorted(slices.Values(d.Plan.Masks)), Withheld: d.Plan.Withheld,
	}
	for _, reason := range d.Reasons {
		out.Reasons = append(out.Reasons, reason.Code)
	}
	return out
}

// decidedAgain makes the decision again from its record. The record must tell the
// decision as it was: reasons that a failure after it added stand behind its own.
func (r *run) decidedAgain(where string, kept kept) {
	r.t.Helper()
	if len(kept.Input) == 0 && kept.Effect == "" {
		return
	}
	decided := r.whole.engine.taken()
	if len(kept.Input) == 0 || decided == nil {
		r.t.Errorf("%s: effect %q; a decision was made: %v; its input is recorded: %v", where, kept.Effect, decided != nil, len(kept.Input) > 0)
		return
	}
	want := outcomeOf(*decided)
	again, err := r.whole.engine.Replay(context.Background(), kept.Input)
	if err != nil {
		r.t.Fatalf("%s: the decision cannot be made again: %v", where, err)
	}
	if diff := cmp.Diff(want, outcomeOf(again), equateEmpty); diff != "" {
		r.t.Errorf("%s: the decision made again is another one (-at the time +again):\n%s", where, diff)
	}
	if kept.Effect != want.Effect || !slices.Equal(kept.Rules, want.Rules) || kept.Digest != want.Digest ||
		len(kept.Reasons) < len(want.Reasons) || !slices.Equal(kept.Reasons[len(kept.Reasons)-len(want.Reasons):], want.Reasons) {
		r.t.Errorf("%s: the record tells another decision than the one that was made:\n%s", where,
			cmp.Diff(want, outcome{Effect: kept.Effect, Reasons: kept.Reasons, Rules: kept.Rules, Digest: kept.Digest}))
	}
}
