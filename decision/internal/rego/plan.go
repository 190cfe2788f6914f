package rego

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Plan is OPA's plan of modules for one question. It holds no data: programs over any
// are made of it.
type Plan struct {
	entry  string
	policy *ir.Policy
}

// NewPlan plans modules, as they were written and as they were compiled, for the question entry,
// such as "data.mcr.decision.outcome". Nobody else may use the compiler meanwhile.
func NewPlan(ctx context.Context, modules map[string]*ast.Module, compiler *ast.Compiler, entry string) (*Plan, error) {
	if err := plannable(modules); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	p := &Plan{entry: entry}
	if err := p.make(ctx, compiler); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	return p, nil
}

// make makes the plan. The modules compile, so an error says that OPA's planner cannot
// plan what its evaluator can do.
func (p *Plan) make(ctx context.Context, compiler *ast.Compiler) (err error) {
	defer func() {
		compiler.WithEvalMode(ast.EvalModeTopdown) // as it was before the planner
		if fault := recover(); fault != nil {
			err = fmt.Errorf("OPA's planner: %v: %w", fault, ErrNotPlanned)
		}
	}()
	_, err = rego.New(
		rego.ParsedQuery(ast.MustParseBody(p.entry)), rego.Compiler(compiler), rego.Target(planTarget),
	).PrepareForEval(context.WithValue(ctx, planTaker{}, p))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("OPA's planner: %w: %w", err, ErrNotPlanned)
	case p.policy == nil:
		return fmt.Errorf("OPA's planner: it gave no plan: %w", ErrNotPlanned)
	}
	return nil
}

// planTaker is what OPA hands its plan to: OPA gives plans as JSON, or to an evaluator of somebody
// else's. Compiling once more for the JSON, and reading it, took most of the time of loading policies.
type planTaker struct{}

const planTarget = "mcr/plan"

func init() { rego.RegisterPlugin(planTarget, planTaker{}) }

func (planTaker) IsTarget(target string) bool { return target == planTarget }

func (planTaker) PrepareForEval(ctx context.Context, policy *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	p, ok := ctx.Value(planTaker{}).(*Plan)
	if !ok {
		return nil, errors.New("nobody asked for the plan")
	}
	p.policy = policy
	return planTaker{}, nil
}

// Eval is never asked: a plan is run by the machine.
func (planTaker) Eval(context.Context, *rego.EvalContext, ast.Value) (ast.Value, error) {
	return nil, errors.New("a plan is run by the machine")
}
