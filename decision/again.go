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
	a, err := Ask(input)
	if err != nil {
		return access.Decision{}, err
	}
	defer a.Free()
	return a.Decide(ctx, r), nil
}

// Asked is an input document that was read once, to be decided under several revisions. It is
// for one goroutine.
type Asked struct {
	machine *rego.Machine
	text    []byte
	input   *rego.Node
	action  access.Action
}

// Ask reads an input document. What it gives is given back by Free.
func Ask(input []byte) (Asked, error) {
	m := rego.Borrow()
	if n, err := m.ReadJSON(input); err == nil {
		return Asked{m, input, n, access.Action(n.At(kRequest.Node).Text("action"))}, nil
	}
	value, err := parseInput(input)
	if err != nil {
		m.Free()
		return Asked{}, err
	}
	n, err := m.FromAST(value)
	if err != nil {
		m.Free()
		return Asked{}, err
	}
	return Asked{m, input, n, actionOf(value)}, nil
}

// Decide decides by a revision, as Engine.Decide does. The decision's Input is not set.
func (a Asked) Decide(ctx context.Context, by *Revision) access.Decision {
	d, err := by.evaluate(ctx, a.machine, a.input, a.text, a.action)
	if err != nil {
		d = unclear(by, a.text)
		d.Input = nil
	}
	return d
}

// Free ends the use of what Ask gave.
func (a Asked) Free() { a.machine.Free() }

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
	source, err := m.FromAST(sourceOf(value))
	if own := r.own[source.Text("organisation")]; err == nil && own != nil {
		_, err = own.outcome.Run(ctx, m, value, r.TracedLimit(), tracer)
	}
	if err != nil {
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
