package rego

import (
	"fmt"
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// Program makes a program of the plan over documents.
func (p *Plan) Program(documents map[string]any) (*Program, error) {
	out := &Program{}
	pl := &planner{entry: p.entry, policy: p.policy, program: out, words: maps.Clone(names)}
	var err error
	if out.data, err = pl.data(documents); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	if err := pl.run(); err != nil {
		return nil, fmt.Errorf("planning policies: %w", err)
	}
	out.words = pl.words
	return out, nil
}

// Over is the same program over other documents of the same names: its steps are the same then,
// since only which names there are decides what is pruned. Nil: it has to be made anew.
func (p *Program) Over(documents map[string]any) *Program {
	pl := &planner{words: maps.Clone(p.words)}
	data, err := pl.data(documents)
	if err != nil || p.data.Kind != Object || data.Kind != Object || len(data.Keys) != len(p.data.Keys) {
		return nil
	}
	for _, k := range p.data.Keys {
		if data.At(k) == nil {
			return nil
		}
	}
	out := *p
	out.data, out.words = data, pl.words
	return &out
}

// data prepares documents for the machine.
func (p *planner) data(documents map[string]any) (*Node, error) {
	value, err := ast.InterfaceToValue(documents)
	if err != nil {
		return nil, err
	}
	data, err := FromAST(nil, value)
	if err != nil {
		return nil, err
	}
	p.share(data)
	data.setBase()
	data.settle()
	return data, nil
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
	case ir.Local:
		return operand{local: p.local(v)}
	case ir.StringIndex:
		return operand{fixed: p.strings[v]}
	case ir.Bool:
		return operand{fixed: Truth(bool(v))}
	}
	p.strange = fmt.Errorf("operand %T: %w", o.Value, ErrNotPlanned)
	return operand{}
}
