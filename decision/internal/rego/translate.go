package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func (p *planner) block(b *ir.Block) (block, error) {
	out := make(block, 0, len(b.Stmts))
	for i, s := range b.Stmts {
		st, err := p.step(s)
		if err != nil {
			return nil, err
		}
		if st.op == opAssign && i+1 < len(b.Stmts) && p.paths[st.a.local] && st.a.fixed == nil {
			// The planner tries rules, and then data: the reference goes on behind.
			if _, ok := b.Stmts[i+1].(*ir.BreakStmt); ok {
				p.paths[st.target] = true
			}
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
		a, key := p.operand(s.Source), p.operand(s.Key)
		path := a.fixed == nil && p.paths[a.local]
		st = step{op: opDot, a: a, b: key, target: p.target(s.Target), slot: p.program.dots, path: path}
		if path {
			p.paths[st.target] = true
		}
		p.program.dots++
	case *ir.LenStmt:
		st = step{op: opLen, a: p.operand(s.Source), target: p.target(s.Target)}
	case *ir.ScanStmt:
		path := p.paths[int(s.Source)]
		st = step{op: opScan, a: local(s.Source), key: p.target(s.Key), target: p.target(s.Value)}
		if path {
			p.paths[st.target] = true
		}
		st.blocks, err = p.blocks(s.Block)
	case *ir.NotStmt:
		st.op = opNot
		if st.blocks, err = p.blocks(s.Block); err == nil {
			st.blocks[0], err = p.afresh(st.blocks[0])
		}
	case *ir.AssignVarStmt:
		st = step{op: opAssign, a: p.operand(s.Source), target: p.target(s.Target)}
	case *ir.AssignVarOnceStmt:
		st = step{op: opAssignOnce, a: p.operand(s.Source), target: p.target(s.Target)}
	case *ir.AssignIntStmt:
		st = step{op: opConstant, a: fixedNumber(s.Value), target: p.target(s.Target)}
	case *ir.ResetLocalStmt:
		st = step{op: opReset, target: p.target(s.Target)}
	case *ir.MakeNullStmt:
		st = step{op: opConstant, a: operand{fixed: nodeNull}, target: p.target(s.Target)}
	case *ir.MakeNumberIntStmt:
		st = step{op: opConstant, a: fixedNumber(s.Value), target: p.target(s.Target)}
	case *ir.MakeNumberRefStmt:
		n := &Node{Kind: Number, Fixed: true}
		n.setNumber(p.policy.Static.Strings[s.Index].Value)
		st = step{op: opConstant, a: operand{fixed: n}, target: p.target(s.Target)}
	case *ir.MakeArrayStmt:
		st = step{op: opMakeArray, kind: Array, target: p.target(s.Target)}
	case *ir.MakeObjectStmt:
		st = step{op: opMakeObject, kind: Object, target: p.target(s.Target)}
	case *ir.MakeSetStmt:
		st = step{op: opMakeSet, kind: Set, target: p.target(s.Target)}
	case *ir.EqualStmt:
		st = step{op: opEqual, a: p.operand(s.A), b: p.operand(s.B)}
	case *ir.NotEqualStmt:
		st = step{op: opNotEqual, a: p.operand(s.A), b: p.operand(s.B)}
	case *ir.IsArrayStmt:
		st = p.isKind(Array, s.Source)
	case *ir.IsObjectStmt:
		st = p.isKind(Object, s.Source)
	case *ir.IsSetStmt:
		st = p.isKind(Set, s.Source)
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
	case *ir.ObjectMergeStmt:
		st = step{op: opMerge, a: local(s.A), b: local(s.B), target: p.target(s.Target)}
	case *ir.WithStmt:
		st = step{op: opWith, a: p.operand(s.Value), target: int(s.Local)}
		if st.target > localData {
			return st, fmt.Errorf("with of local %d: %w", s.Local, ErrNotPlanned)
		}
		for _, i := range s.Path {
			st.keys = append(st.keys, p.strings[i])
		}
		st.blocks, err = p.blocks(s.Block)
	case *ir.CallDynamicStmt:
		st = step{op: opDynamic, target: p.target(s.Result)}
		for _, part := range s.Path {
			st.args = append(st.args, p.operand(part))
		}
		if g := st.args[0].fixed; g == nil || p.program.paths[g.Str] == nil {
			err = fmt.Errorf("a rule found by its name, with functions replaced: %w", ErrNotPlanned)
		}
	case *ir.NopStmt:
		st = step{op: opBlock}
	default:
		err = fmt.Errorf("%T: %w", s, ErrNotPlanned)
	}
	return st, err
}

// afresh mends the plan of a negated body. OPA's planner notes in a local whether the body
// held, does not reset it, and looks at it at the end of the same block. So in a loop, or
// in a further rule, "not { some y in x.tags; y == 1 }" would see what an earlier x had; and
// a body that held in a rule, and then found no data of that name, would seem not to hold.
// Without rego.v2 nothing is noted; then what goes on in a block at the end is not seen.
func (p *planner) afresh(b block) (block, error) {
	last := len(b) - 1
	switch {
	case last < 0:
		return b, nil
	case b[last].op == opBlock, b[last].op == opScan:
		return b, fmt.Errorf("not of what is found by a name, without rego.v2: %w", ErrNotPlanned)
	case b[last].op != opIsDefined:
		return b, nil
	}
	return block{{op: opReset, target: b[last].a.local}, {op: opBlock, blocks: []block{b[:last]}}, b[last]}, nil
}

func fixedNumber(i int64) operand {
	return operand{fixed: &Node{Kind: Number, Fixed: true, Num: i}}
}

// isKind asks what a value is before it is taken apart, which is no reference any more.
func (p *planner) isKind(k kind, o ir.Operand) step {
	a := p.operand(o)
	if a.fixed == nil {
		delete(p.paths, a.local)
	}
	return step{op: opIsKind, kind: k, a: a}
}

func (p *planner) call(s *ir.CallStmt) (step, error) {
	st := step{op: opCall, target: p.target(s.Result)}
	for _, a := range s.Args {
		st.args = append(st.args, p.operand(a))
	}
	if st.call = p.byName[s.Func]; st.call != nil {
		if len(st.args) != st.call.arity { // OPA fails there, or leaves it out, as its body is
			return st, fmt.Errorf("%s, a function that is gone through as a document: %w", s.Func, ErrNotPlanned)
		}
		return st, nil
	}
	st.op = opBuiltin
	st.native = natives[s.Func]
	st.builtin, st.eval = p.builtin[s.Func], topdown.GetBuiltin(s.Func)
	if st.builtin == nil || st.eval == nil || st.builtin.Relation && st.native == nil {
		return st, fmt.Errorf("built-in %s: %w", s.Func, ErrNotPlanned)
	}
	return st, nil
}
