package rego

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Search asks one question of compiled policies by OPA's own evaluator. It never
// changes.
type Search struct {
	query rego.PreparedEvalQuery
	txn   storage.Transaction // for reading, shared: the store is never written
}

// NewSearch prepares a question, such as "data.mcr.decision.outcome".
func NewSearch(ctx context.Context, compiler *ast.Compiler, documents storage.Store, question string) (*Search, error) {
	q, err := rego.New(
		rego.ParsedQuery(ast.MustParseBody(question)),
		rego.Compiler(compiler),
		rego.Store(documents),
		rego.StrictBuiltinErrors(true), // a built-in's error must not make a denial vanish
		rego.GenerateJSON(asTerm),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing policies: %w", err)
	}
	txn, err := documents.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing policies: %w", err)
	}
	return &Search{q, txn}, nil
}

// asTerm hands the result over as it is: turning it into Go maps costs more
// than the evaluation.
func asTerm(t *ast.Term, _ *rego.EvalContext) (any, error) { return t, nil }

var noMetrics = metrics.NoOp()

// errResult says that an evaluation gave something else than one value.
var errResult = errors.New("the rules gave a result of the wrong shape")

// Run gives the answer in the machine's arena; nil when it is undefined. Tracers see
// each step.
func (s *Search) Run(ctx context.Context, m *Machine, input ast.Value, limit time.Duration, tracers ...topdown.QueryTracer) (*Node, error) {
	options := append(make([]rego.EvalOption, 0, 8),
		rego.EvalParsedInput(input),
		rego.EvalMetrics(noMetrics),
		rego.EvalExternalCancel(&deadline{at: time.Now().Add(limit)}),
		rego.EvalTransaction(s.txn),
	)
	for _, t := range tracers {
		options = append(options, rego.EvalQueryTracer(t))
	}
	rs, err := s.query.Eval(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("evaluating policies: %w", err)
	}
	if len(rs) == 0 {
		return nil, nil
	}
	if len(rs) > 1 || len(rs[0].Expressions) != 1 {
		return nil, errResult
	}
	t, ok := rs[0].Expressions[0].Value.(*ast.Term)
	if !ok {
		return nil, errResult
	}
	return m.FromAST(t.Value)
}
