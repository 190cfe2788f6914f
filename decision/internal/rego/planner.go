package rego

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	opacompile "github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Plan makes a program of modules, for the question entry, such as
// "data.mcr.decision.outcome".
func Plan(ctx context.Context, modules map[string]*ast.Module, texts map[string]string, documents map[string]any, entry string) (*Program, error) {
	b := &bundle.Bundle{Data: map[string]any{}}
	b.Manifest.Init()
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: "/" + file, Path: "/" + file, Raw: []byte(texts[file]), Parsed: modules[file]})
	}
	c := opacompile.New().WithTarget(opacompile.TargetPlan).WithCapabilities(Capabilities()).
		WithEntrypoints(strings.ReplaceAll(strings.TrimPrefix(entry, "data."), ".", "/")).WithBundle(b)
	if err := c.Build(ctx); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	var policy ir.Policy
	if err := json.Unmarshal(c.Bundle().PlanModules[0].Raw, &policy); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	data, err := ast.InterfaceToValue(documents)
	if err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	p := &Program{}
	if p.data, err = FromAST(nil, data); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	pl := &planner{entry: entry, policy: &policy, program: p, words: maps.Clone(names)}
	pl.share(p.data)
	if err := pl.run(); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	return p, nil
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
	most    int // highest local of the function in hand
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
		fn := &function{name: f.Name, index: i, memo: len(f.Params) == 2}
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
		p.most = 0
		for _, l := range f.Params {
			fn.params = append(fn.params, p.local(l))
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
	return p.strange
}

func (p *planner) word(s string) *Node {
	n := p.words[s]
	if n == nil {
		n = &Node{Kind: Text, Fixed: true, Str: s}
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

func (p *planner) block(b *ir.Block) (block, error) {
	out := make(block, 0, len(b.Stmts))
	for _, s := range b.Stmts {
		st, err := p.step(s)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

func (p *planner) blocks(list ...*ir.Block) ([]block, error) {
	var out []block
	for _, b := range list {
		steps, err := p.block(b)
		if err != nil {
			return nil, err
		}
		out = append(out, steps)
	}
	return out, nil
}

func (p *planner) step(s ir.Stmt) (step, error) {
	var st step
	var err error
	local := func(l ir.Local) operand { return operand{local: p.local(l)} }
	switch s := s.(type) {
	case *ir.ReturnLocalStmt:
		st = step{op: opReturn, a: local(s.Source)}
	case *ir.CallStmt:
		return p.call(s)
	case *ir.BlockStmt:
		st.op = opBlock
		st.blocks, err = p.blocks(s.Blocks...)
	case *ir.BreakStmt:
		st = step{op: opBreak, jump: int(s.Index)}
	case *ir.DotStmt:
		st = step{op: opDot, a: p.operand(s.Source), b: p.operand(s.Key), target: p.local(s.Target), slot: p.program.dots}
		p.program.dots++
	case *ir.LenStmt:
		st = step{op: opLen, a: p.operand(s.Source), target: p.local(s.Target)}
	case *ir.ScanStmt:
		st = step{op: opScan, a: local(s.Source), key: p.local(s.Key), target: p.local(s.Value)}
		st.blocks, err = p.blocks(s.Block)
	case *ir.NotStmt:
		st.op = opNot
		st.blocks, err = p.blocks(s.Block)
	case *ir.AssignVarStmt:
		st = step{op: opAssign, a: p.operand(s.Source), target: p.local(s.Target)}
	case *ir.AssignVarOnceStmt:
		st = step{op: opAssignOnce, a: p.operand(s.Source), target: p.local(s.Target)}
	case *ir.AssignIntStmt:
		st = step{op: opConstant, a: operand{fixed: &Node{Kind: Number, Fixed: true, Num: s.Value}}, target: p.local(s.Target)}
	case *ir.ResetLocalStmt:
		st = step{op: opReset, target: p.local(s.Target)}
	case *ir.MakeNullStmt:
		st = step{op: opConstant, a: operand{fixed: nodeNull}, target: p.local(s.Target)}
	case *ir.MakeNumberIntStmt:
		st = step{op: opConstant, a: operand{fixed: &Node{Kind: Number, Fixed: true, Num: s.Value}}, target: p.local(s.Target)}
	case *ir.MakeNumberRefStmt:
		text := p.policy.Static.Strings[s.Index].Value
		n := &Node{Kind: Number, Fixed: true}
		if n.Num, err = strconv.ParseInt(text, 10, 64); err != nil {
			n.Str, err = text, nil
		}
		st = step{op: opConstant, a: operand{fixed: n}, target: p.local(s.Target)}
	case *ir.MakeArrayStmt:
		st = step{op: opMakeArray, kind: Array, target: p.local(s.Target)}
	case *ir.MakeObjectStmt:
		st = step{op: opMakeObject, kind: Object, target: p.local(s.Target)}
	case *ir.MakeSetStmt:
		st = step{op: opMakeSet, kind: Set, target: p.local(s.Target)}
	case *ir.EqualStmt:
		st = step{op: opEqual, a: p.operand(s.A), b: p.operand(s.B)}
	case *ir.NotEqualStmt:
		st = step{op: opNotEqual, a: p.operand(s.A), b: p.operand(s.B)}
	case *ir.IsArrayStmt:
		st = step{op: opIsKind, kind: Array, a: p.operand(s.Source)}
	case *ir.IsObjectStmt:
		st = step{op: opIsKind, kind: Object, a: p.operand(s.Source)}
	case *ir.IsSetStmt:
		st = step{op: opIsKind, kind: Set, a: p.operand(s.Source)}
	case *ir.IsDefinedStmt:
		st = step{op: opIsDefined, a: local(s.Source)}
	case *ir.IsUndefinedStmt:
		st = step{op: opIsUndefined, a: local(s.Source)}
	case *ir.ArrayAppendStmt:
		st = step{op: opAppend, a: p.operand(s.Value), target: p.local(s.Array)}
	case *ir.ObjectInsertStmt:
		st = step{op: opInsert, a: p.operand(s.Key), b: p.operand(s.Value), target: p.local(s.Object)}
	case *ir.ObjectInsertOnceStmt:
		st = step{op: opInsertOnce, a: p.operand(s.Key), b: p.operand(s.Value), target: p.local(s.Object)}
	case *ir.SetAddStmt:
		st = step{op: opAdd, a: p.operand(s.Value), target: p.local(s.Set)}
	case *ir.NopStmt:
		st = step{op: opBlock}
	default:
		err = fmt.Errorf("%T: %w", s, ErrNotPlanned)
	}
	return st, err
}

func (p *planner) call(s *ir.CallStmt) (step, error) {
	st := step{op: opCall, target: p.local(s.Result)}
	for _, a := range s.Args {
		st.args = append(st.args, p.operand(a))
	}
	if st.call = p.byName[s.Func]; st.call != nil {
		return st, nil
	}
	st.op = opBuiltin
	st.native = natives[s.Func]
	st.builtin, st.eval = p.builtin[s.Func], topdown.GetBuiltin(s.Func)
	if st.builtin == nil || st.eval == nil || st.builtin.Relation {
		return st, fmt.Errorf("built-in %s: %w", s.Func, ErrNotPlanned)
	}
	return st, nil
}
