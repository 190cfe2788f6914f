package rego_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

const question = "data.mcr.decision.outcome"

// program is modules as the machine runs them, and as OPA's evaluator does, its judge.
type program struct {
	planned *rego.Program // nil when the machine does not know what they use
	cause   error         // why
	search  *rego.Search
}

// errRefused says that the modules do not compile.
var errRefused = errors.New("refused")

func prepare(ctx context.Context, texts map[string]string, data map[string]any) (program, error) {
	var p program
	modules, err := rego.Parse(texts)
	if err != nil {
		return p, fmt.Errorf("%w: %w", errRefused, err)
	}
	// Not strictly, as policies are: more of the language is judged so.
	c := ast.NewCompiler().WithCapabilities(rego.Capabilities())
	if c.Compile(modules); c.Failed() {
		return p, fmt.Errorf("%w: %w", errRefused, c.Errors)
	}
	modules, err = rego.Parse(texts) // compiling changes them
	if err != nil {
		return p, err
	}
	plan, err := rego.NewPlan(ctx, modules, c, question)
	if err == nil {
		p.planned, err = plan.Program(data)
	}
	if errors.Is(err, rego.ErrNotPlanned) {
		p.planned, p.cause = nil, err
	} else if err != nil {
		return p, err
	}
	p.search, err = rego.NewSearch(ctx, c, rego.Store(data), question)
	return p, err
}

// answer is a value, or nothing when it is undefined, or an error.
type answer struct {
	value ast.Value
	err   error
}

func (a answer) String() string {
	switch {
	case a.err != nil:
		return "error: " + a.err.Error()
	case a.value == nil:
		return "undefined"
	}
	return a.value.String()
}

func (a answer) same(b answer) bool {
	if a.err != nil || b.err != nil {
		return a.err != nil && b.err != nil
	}
	if a.value == nil || b.value == nil {
		return a.value == nil && b.value == nil
	}
	return ast.Compare(a.value, b.value) == 0
}

const patience = 20 * time.Second

func (p program) machine(ctx context.Context, input ast.Value) answer {
	m := rego.Borrow()
	defer m.Free()
	in, err := m.FromAST(input)
	if err != nil {
		return answer{err: err}
	}
	return read(m.Run(ctx, p.planned, in, patience))
}

func (p program) opa(ctx context.Context, input ast.Value) answer {
	m := rego.Borrow()
	defer m.Free()
	return read(p.search.Run(ctx, m, input, patience))
}

func read(n *rego.Node, err error) answer {
	if err != nil || n == nil {
		return answer{err: err}
	}
	return answer{value: rego.ToAST(n)}
}

// agree runs a program both ways, the machine twice, and says how it went.
func (p program) agree(t *testing.T, name string, input ast.Value) string {
	t.Helper()
	opa, first, again := p.opa(t.Context(), input), p.machine(t.Context(), input), p.machine(t.Context(), input)
	switch {
	case !first.same(again):
		t.Errorf("%s: the machine says %s, and the second time %s", name, first, again)
		return "disagrees with itself"
	case errors.Is(first.err, rego.ErrUnsure):
		return "left to OPA when it runs"
	case first.same(opa) && opa.err != nil:
		return "both fail"
	case first.same(opa) && first.String() != opa.String():
		return "same value, written otherwise" // 1.0 is 1, and is shown as 1.0
	case first.same(opa):
		return "same value"
	case first.err != nil && !rego.TooLong(first.err):
		return "the machine fails, OPA is asked"
	case isFault(opa.err):
		return "OPA has a fault"
	}
	t.Errorf("%s: the machine says %s, OPA says %s", name, first, opa)
	return "disagrees"
}

// isFault says that OPA's evaluator met what its compiler should have prevented: "built-in
// function neq called with operand 1 that requires evaluation". In OPA 1.22.2 a negated
// body deep in a comprehension can lead there (seeds 3748 and 4737). Nobody decided.
func isFault(err error) bool {
	var e *topdown.Error
	return errors.As(err, &e) && e.Code == topdown.InternalErr
}
