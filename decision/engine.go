package decision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// Engine decides by the revision that is in force.
type Engine struct {
	rev     atomic.Pointer[Revision]
	unclear tally
	recall  recall
}

// NewEngine makes an engine that decides by rev. Without a revision every
// decision is Indeterminate.
func NewEngine(rev *Revision) *Engine {
	e := &Engine{}
	e.rev.Store(rev)
	return e
}

// Swap puts another revision in force, from the next decision on. Decisions that
// are being made are finished by the revision that they began with.
func (e *Engine) Swap(rev *Revision) {
	if rev != nil {
		e.rev.Store(rev)
	}
}

// Withdraw takes the revision out of force: until another is put in, every decision is
// Indeterminate.
func (e *Engine) Withdraw() { e.rev.Store(nil) }

// Revision is the revision in force, or nil.
func (e *Engine) Revision() *Revision { return e.rev.Load() }

// Reason gives the text of a reason code: one of the rules', or one of those
// that the other packages refuse with. A code that is not in
// policies/data/reasons.json gets a general text.
func (e *Engine) Reason(code string) access.Reason { return e.Now().Reason(code) }

// Decide answers a question. It never fails: what is not a clear answer is
// Indeterminate. It is not stopped by ctx: a decision takes some microseconds,
// has its own limit, and is to be recorded even when the client has gone.
func (e *Engine) Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision {
	return e.Now().Decide(ctx, q, f)
}

// Pinned is an engine that stays with the revision that was in force when it was asked for, so
// that one request is answered by one revision, however often it asks.
type Pinned struct {
	engine *Engine
	rev    *Revision
}

// Now pins the revision in force.
func (e *Engine) Now() Pinned { return Pinned{e, e.rev.Load()} }

// Revision is the one that it is pinned to, or nil.
func (p Pinned) Revision() *Revision { return p.rev }

// Reason is Engine.Reason.
func (p Pinned) Reason(code string) access.Reason {
	if p.rev == nil {
		return lists.Reasons{}.Reason(code, nil)
	}
	return p.rev.Reason(code)
}

// Decide is Engine.Decide.
func (p Pinned) Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision {
	e, rev := p.engine, p.rev
	if rev == nil {
		e.unclear.add(NoneInForce)
		return unclear(nil, nil)
	}
	m := rego.Borrow()
	defer m.Free()
	in, text, passing := rev.input(m, &q, &f)
	evaluate := func() (access.Decision, error) { return rev.evaluate(ctx, m, in, text, q.Action) }
	d, err := rev.memory.decide(rev, &e.recall, key{text: text, passing: passing, now: q.Time.Unix()}, evaluate, m.Same)
	if err != nil {
		e.unclear.add(causeOf(err))
		rev.log.LogAttrs(ctx, slog.LevelError, "policies gave no clear answer", slog.String("revision", rev.name), slog.Any("cause", err))
		return unclear(rev, text)
	}
	d.Input = text
	return d
}

// Replay makes a recorded decision again, from its Input, by the revision in
// force. The same revision gives the same decision. It is evaluated by OPA's own
// evaluator, not by the machine that Decide uses, so that it checks that too.
func (e *Engine) Replay(ctx context.Context, input []byte) (access.Decision, error) {
	rev := e.rev.Load()
	if rev == nil {
		return access.Decision{}, errors.New("replaying decision: no policies are loaded")
	}
	value, err := parseInput(input)
	if err != nil {
		return access.Decision{}, fmt.Errorf("replaying decision: %w", err)
	}
	m := rego.Borrow()
	defer m.Free()
	d, err := rev.search(ctx, m, value, actionOf(value))
	if err != nil {
		return unclear(rev, input), nil
	}
	d.Input = input
	return d, nil
}

func parseInput(input []byte) (ast.Value, error) {
	var doc any
	if err := util.NewJSONDecoder(bytes.NewReader(input)).Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading input: %w", err)
	}
	v, err := ast.InterfaceToValue(doc)
	if err != nil {
		return nil, fmt.Errorf("reading input: %w", err)
	}
	if _, ok := v.(ast.Object); !ok {
		return nil, errors.New("reading input: it is not an object")
	}
	return v, nil
}

// actionOf finds the action in an input document; "" when there is none.
func actionOf(v ast.Value) access.Action {
	a, err := v.Find(ast.Ref{ast.StringTerm("request"), ast.StringTerm("action")})
	if err != nil {
		return ""
	}
	s, _ := a.(ast.String)
	return access.Action(s)
}

// evaluate asks the rules, and those of the source's own organisation. An error, or an answer that is
// not one, is an error.
func (r *Revision) evaluate(ctx context.Context, m *rego.Machine, in *rego.Node, text []byte, action access.Action) (d access.Decision, err error) {
	defer func() {
		// A fault of the machine is not an answer, and must not take the broker down.
		if fault := recover(); fault != nil {
			err = fmt.Errorf("evaluating policies: fault: %v", fault)
		}
	}()
	a, err := r.ask(ctx, m, in, text, action)
	if err != nil {
		return d, err
	}
	return r.joined(a, in.At(kSource.Node), action, func(own *Revision) (answered, error) {
		return own.ask(ctx, m, in, text, action)
	})
}

// ask asks the rules of this revision alone, by the program when there is one. What the machine leaves
// to OPA, or fails at, OPA decides: it can end early where a later part would fail.
func (r *Revision) ask(ctx context.Context, m *rego.Machine, in *rego.Node, text []byte, action access.Action) (a answered, err error) {
	var failure error
	if r.program != nil {
		var out *rego.Node
		if out, failure = m.Run(ctx, r.program, in, r.limit); failure == nil {
			return r.answer(out, action)
		}
		if rego.TooLong(failure) {
			return a, failure
		}
	}
	m.Unsure() // OPA's evaluator does not tell until when it would say the same
	value, err := parseInput(text)
	if err != nil {
		return a, err
	}
	a, err = r.searchAlone(ctx, m, value, action)
	switch {
	case err == nil, failure == nil, errors.Is(failure, rego.ErrUnsure), rego.TooLong(err), errors.Is(err, errOdd):
		return a, err
	}
	return a, failure // both fail: the machine's words are plainer
}

// search is evaluate by OPA's evaluator.
func (r *Revision) search(ctx context.Context, m *rego.Machine, input ast.Value, action access.Action) (access.Decision, error) {
	a, err := r.searchAlone(ctx, m, input, action)
	if err != nil {
		return access.Decision{}, err
	}
	source, err := m.FromAST(sourceOf(input))
	if err != nil {
		return access.Decision{}, err
	}
	return r.joined(a, source, action, func(own *Revision) (answered, error) {
		return own.searchAlone(ctx, m, input, action)
	})
}

func (r *Revision) searchAlone(ctx context.Context, m *rego.Machine, input ast.Value, action access.Action) (answered, error) {
	out, err := r.outcome.Run(ctx, m, input, r.limit)
	if err != nil {
		return answered{}, err
	}
	return r.answer(out, action)
}

func (r *Revision) answer(out *rego.Node, action access.Action) (answered, error) {
	d, kept, err := r.decode(out, action)
	if err != nil {
		return answered{}, err
	}
	d.Revision, d.Digest = r.name, r.digest
	return answered{d, kept}, nil
}

// unclear is the decision when the rules gave no clear answer.
func unclear(rev *Revision, input []byte) access.Decision {
	d := access.Decision{Effect: access.Indeterminate, Alert: true, Input: input}
	if rev == nil {
		d.Reasons = []access.Reason{lists.Reasons{}.Reason(access.PolicyUnclear, nil)}
		return d
	}
	d.Reasons = []access.Reason{rev.reasons.Reason(access.PolicyUnclear, nil)}
	d.Revision, d.Digest = rev.name, rev.digest
	return d
}
