package rego

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	opacompile "github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/ir"
)

// Plan is OPA's plan of modules for one question. It holds no data: programs over any
// are made of it.
type Plan struct {
	entry  string
	policy ir.Policy
}

// NewPlan plans modules for the question entry, such as "data.mcr.decision.outcome".
func NewPlan(ctx context.Context, modules map[string]*ast.Module, texts map[string]string, entry string) (*Plan, error) {
	if err := plannable(modules); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	b := &bundle.Bundle{Data: map[string]any{}}
	b.Manifest.Init()
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: "/" + file, Path: "/" + file, Raw: []byte(texts[file]), Parsed: modules[file]})
	}
	c := opacompile.New().WithTarget(opacompile.TargetPlan).WithCapabilities(Capabilities()).
		WithEntrypoints(strings.ReplaceAll(strings.TrimPrefix(entry, "data."), ".", "/")).WithBundle(b)
	if err := build(ctx, c); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	p := &Plan{entry: entry}
	if err := json.Unmarshal(c.Bundle().PlanModules[0].Raw, &p.policy); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	return p, nil
}

// Program makes a program of the plan over documents.
func (p *Plan) Program(documents map[string]any) (*Program, error) {
	data, err := ast.InterfaceToValue(documents)
	if err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	out := &Program{}
	if out.data, err = FromAST(nil, data); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	pl := &planner{entry: p.entry, policy: &p.policy, program: out, words: maps.Clone(names)}
	pl.share(out.data)
	out.data.setBase()
	out.data.settle()
	if err := pl.run(); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	return out, nil
}

// build makes the plan. The modules compile, so an error says that OPA's planner cannot
// plan what its evaluator can do.
func build(ctx context.Context, c *opacompile.Compiler) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("OPA's planner: %v: %w", fault, ErrNotPlanned)
		}
	}()
	if err := c.Build(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("OPA's planner: %w: %w", err, ErrNotPlanned)
	}
	return ctx.Err()
}

// planner turns ir into steps.
type planner struct {
	entry   string
	policy  *ir.Policy
	program *Program
	strings []*Node
	words   map[string]*Node // one node for each text, so that look-ups compare pointers
	byName  map[string]*function
	builtin map[string]*ast.Builtin
	most    int          // highest local of the function in hand
	paths   map[int]bool // its locals that hold what a reference from data on has led to
	strange error
}

func (p *planner) run() error {
	for _, s := range p.policy.Static.Strings {
		p.strings = append(p.strings, p.word(s.Value))
	}
	p.byName, p.builtin = map[string]*function{}, map[string]*ast.Builtin{}
	for _, b := range ast.Builtins {
		p.builtin[b.Name] = b
	}
	for i, f := range p.policy.Funcs.Funcs {
		fn := &function{name: f.Name, index: i, arity: len(f.Params), memo: len(f.Params) == 2}
		if fn.memo {
			p.lead(f.Path, fn)
		}
		p.byName[f.Name] = fn
		p.program.funcs = append(p.program.funcs, fn)
		if f.Name == "g0."+p.entry {
			p.program.entry = fn
		}
	}
	if p.program.entry == nil {
		return fmt.Errorf("no entry point: %w", ErrNotPlanned)
	}
	for i, f := range p.policy.Funcs.Funcs {
		fn := p.program.funcs[i]
		p.most, p.paths = 0, map[int]bool{localData: true}
		for _, l := range f.Params {
			fn.params = append(fn.params, int(l))
			p.most = max(p.most, int(l))
		}
		for _, b := range f.Blocks {
			steps, err := p.block(b)
			if err != nil {
				return err
			}
			fn.blocks = append(fn.blocks, steps)
		}
		fn.locals = p.most + 1
	}
	if p.strange == nil {
		p.program.prune()
	}
	return p.strange
}

func (p *planner) word(s string) *Node {
	n := p.words[s]
	if n == nil {
		n = fixedText(s)
		p.words[s] = n
	}
	return n
}

// share makes the keys of the data those that the program looks up.
func (p *planner) share(n *Node) {
	for i, k := range n.Keys {
		if k.Kind == Text {
			n.Keys[i] = p.word(k.Str)
		}
	}
	for _, item := range n.Items {
		p.share(item)
	}
}

// lead makes a function to be found by its name.
func (p *planner) lead(names []string, fn *function) {
	next := &p.program.paths
	for i, name := range names {
		if *next == nil {
			*next = map[string]*path{}
		}
		if (*next)[name] == nil {
			(*next)[name] = &path{}
		}
		if i == len(names)-1 {
			(*next)[name].function = fn
		}
		next = &(*next)[name].next
	}
}

// target is a local that a step sets.
func (p *planner) target(l ir.Local) int {
	delete(p.paths, p.local(l))
	return int(l)
}

func (p *planner) local(l ir.Local) int {
	p.most = max(p.most, int(l))
	return int(l)
}

func (p *planner) operand(o ir.Operand) operand {
	switch v := o.Value.(type) {
	case *ir.Local: // read from JSON, operands are pointers
		return operand{local: p.local(*v)}
	case *ir.StringIndex:
		return operand{fixed: p.strings[*v]}
	case *ir.Bool:
		return operand{fixed: Truth(bool(*v))}
	}
	p.strange = fmt.Errorf("operand %T: %w", o.Value, ErrNotPlanned)
	return operand{}
}
