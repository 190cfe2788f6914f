package decision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// What tests and tools ask of a revision: an input document decided again.

// DecideInput decides an input document by the machine, as Decide does.
func (r *Revision) DecideInput(ctx context.Context, input []byte) (access.Decision, error) {
	value, err := parseInput(input)
	if err != nil {
		return access.Decision{}, err
	}
	m := rego.Borrow()
	defer m.Free()
	in, err := m.FromAST(value)
	if err != nil {
		return access.Decision{}, err
	}
	d, err := r.evaluate(ctx, m, in, input, actionOf(value))
	if err != nil {
		d = unclear(r, input)
	}
	return d, nil
}

// Limit is how long one decision may take.
func (r *Revision) Limit() time.Duration { return r.limit }

// TracedLimit is how long one may take that is looked at step by step, by OPA's own
// evaluator: that costs some ten times as much, on a machine that does other work.
func (r *Revision) TracedLimit() time.Duration { return 20 * r.limit }

// Trace decides an input once more by OPA's own evaluator; the tracer sees each step.
func (r *Revision) Trace(ctx context.Context, input []byte, tracer topdown.QueryTracer) error {
	value, err := parseInput(input)
	if err != nil {
		return err
	}
	m := rego.Borrow()
	defer m.Free()
	if _, err = r.outcome.Run(ctx, m, value, r.TracedLimit(), tracer); err != nil {
		return fmt.Errorf("tracing policies: %w", err)
	}
	return nil
}

// Same compares all that a record keeps of a decision.
func Same(a, b access.Decision) bool {
	a.Plan.Classes, b.Plan.Classes = nil, nil
	one, err := json.Marshal(a)
	other, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(one, other)
}
