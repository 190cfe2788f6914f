package rego

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Walk runs single functions of the policies on an input of which parts are left
// open. It stops where an open part is first needed, and says which. What is not
// asked for in a run cannot have changed its result: that is what makes it
// possible to prove something of all inputs (package invariants). Decide is not
// touched by it: the program of a Walk is a copy with a look-out before each step.
//
// A Walk is for one goroutine.
type Walk struct {
	program *Program
	m       Machine
	inline  []bool
}

// Compared is what walks have seen a field compared with: texts, other fields, and
// numbers.
type Compared struct {
	Texts map[Against]bool
	// Pairs are two fields that were compared with each other.
	Pairs map[[2]int]bool
	// Sums are sums that were compared with zero.
	Sums map[string]Sum
	// Unclear are fields that a built-in looked at of which nobody can say with what
	// it compares them, with its name.
	Unclear map[Against]bool
	// Told says that the rules look at the basis of a reason, or at the words to fill
	// in: what differs in these alone may then be decided differently.
	Told bool
}

// Against is a text and the field that it was compared with.
type Against struct {
	Field int
	Text  string
}

// Sum is a sum of fields, each added or taken away, and a number.
type Sum struct {
	Fields map[int]int64 // field → how often; Time is the time of the question
	Number int64
}

// Time stands for the time of the question in a Sum.
const Time = -1

// Need is what a run stopped for: an open part, or the result of a function.
type Need struct{ Open, Function int }

// Known is the result of a function, given to a run instead of computing it.
type Known struct {
	Function int
	Value    Value
}

// ErrFault says that the rules fail on an input: two values of one rule, or a
// built-in that cannot do what it is asked. The decision is then unclear.
var ErrFault = errors.New("the rules fail")

var errWanted = errors.New("an open part is needed")

// inputMark marks the containers of an input that is walked; open parts are nulls
// with a number.
const inputMark = -77

// NewWalk prepares a program for walking.
func NewWalk(program *Program) (*Walk, error) {
	if program == nil {
		return nil, fmt.Errorf("walking policies: %w", ErrNotPlanned)
	}
	p := *program
	p.funcs = make([]*function, len(program.funcs))
	for i, f := range program.funcs {
		c := *f
		p.funcs[i] = &c
	}
	for _, f := range p.funcs {
		blocks := make([]block, len(f.blocks))
		for i, b := range f.blocks {
			blocks[i] = watched(b, p.funcs)
		}
		f.blocks = blocks
	}
	p.paths = watchedPaths(program.paths, p.funcs)
	w := &Walk{program: &p, inline: make([]bool, len(p.funcs))}
	w.m.inline = w.inline
	w.m.compared = &Compared{map[Against]bool{}, map[[2]int]bool{}, map[string]Sum{}, map[Against]bool{}, false}
	w.m.sums = map[*Node]Sum{}
	return w, nil
}

// watched copies steps with a look-out before each that looks at values.
func watched(b block, funcs []*function) block {
	out := make(block, 0, 2*len(b))
	for _, s := range b {
		if s.call != nil {
			s.call = funcs[s.call.index]
		}
		below := make([]block, len(s.blocks))
		for i := range s.blocks {
			below[i] = watched(s.blocks[i], funcs)
		}
		s.blocks = below
		switch s.op {
		case opDot, opScan, opEqual, opNotEqual, opAssignOnce, opAdd, opInsert, opInsertOnce, opMerge, opWith, opDynamic, opCall, opBuiltin:
			out = append(out, step{op: opWatch, blocks: []block{{s}}})
		}
		out = append(out, s)
		if s.op == opBuiltin && arithmetical[s.builtin.Name] != nil {
			out = append(out, step{op: opWatch, jump: 1, blocks: []block{{s}}})
		}
	}
	return out
}

// watchedPaths leads to the copies.
func watchedPaths(paths map[string]*path, funcs []*function) map[string]*path {
	out := make(map[string]*path, len(paths))
	for name, p := range paths {
		c := &path{next: watchedPaths(p.next, funcs)}
		if p.function != nil {
			c.function = funcs[p.function.index]
		}
		out[name] = c
	}
	return out
}

// Entry is the function that gives the outcome.
func (w *Walk) Entry() int { return w.program.entry.index }

// Compared is what was seen up to now. It grows with every run.
func (w *Walk) Compared() *Compared { return w.m.compared }

// Name is a function's name.
func (w *Walk) Name(function int) string {
	return strings.TrimPrefix(w.program.funcs[function].name, "g0.data.")
}

// Inline says that a function's result holds parts of the input themselves, so
// that it is computed anew wherever it is called.
func (w *Walk) Inline(function int) { w.inline[function] = true }

// Run runs a function. Without a need and an error it gives the result, which is
// zero when it is undefined; whole says that it holds no part of the input itself.
func (w *Walk) Run(ctx context.Context, function int, input Value, known []Known) (result Value, whole bool, need *Need, err error) {
	m := &w.m
	m.arena.reset()
	m.program, m.ctx, m.err, m.steps, m.look = w.program, ctx, nil, 0, every
	m.at = time.Now().Add(time.Minute)
	m.stack, m.args, m.worlds, m.world = m.stack[:0], m.args[:0], m.worlds[:0], world{}
	m.enter(input.n, w.program.data)
	if m.slots == nil {
		m.slots = make([]int32, w.program.dots)
	}
	clear(m.sums)
	for _, k := range known {
		m.world.memos[k.Function] = memo{done: true, value: k.Value.n}
	}
	n := m.call(w.program.funcs[function], nil)
	switch {
	case errors.Is(m.err, errWanted):
		wanted := m.wanted
		return Value{}, false, &wanted, nil
	case errors.Is(m.err, errTooLong), errors.Is(m.err, ErrUnsure):
		return Value{}, false, nil, fmt.Errorf("walking %s: %w", w.Name(function), m.err)
	case m.err != nil:
		return Value{}, true, nil, fmt.Errorf("%w: %w", ErrFault, m.err)
	case n == nil:
		return Value{}, true, nil, nil
	}
	if holdsInput(n) {
		return Value{}, false, nil, nil
	}
	return Value{keep(n)}, true, nil, nil
}

// watch looks at what the next step will look at, and stops where that is open.
// After a calculation it notes what was calculated.
func (m *Machine) watch(s *step, after bool, frame []*Node) bool {
	if after {
		m.calculated(s, frame)
		return true
	}
	a, b := read(frame, &s.a), read(frame, &s.b)
	switch s.op {
	case opDot:
		if a == nil || b == nil {
			return true
		}
		if a.Kind == Set && m.opens(a) || m.opens(b) {
			return false
		}
		m.lookedUp(b, a)
		if a.base && s.path && (b.Kind == Number || a.Kind == Array) {
			m.unclear(b, "a look-up by path")
		}
		m.compared.Told = m.compared.Told || b.Kind == Text && slices.Contains(told, b.Str)
		v := a.At(b)
		return v == nil || !m.open(v)
	case opScan:
		if a = frame[s.a.local]; a == nil {
			return true
		}
		return !slices.ContainsFunc(a.Items, m.open)
	case opEqual, opNotEqual:
		m.compared2(a, b)
		return !m.compares(a, b)
	case opAssignOnce:
		return frame[s.target] == nil || !m.compares(frame[s.target], a)
	case opAdd:
		for _, item := range frame[s.target].Items {
			if !apart(item, a) && m.compares(item, a) {
				return false
			}
		}
	case opInsert, opInsertOnce:
		if m.opens(a) {
			return false
		}
		if old := frame[s.target].At(a); old != nil {
			return !m.compares(old, b)
		}
	case opCall:
		// With other input or data (with) a rule is evaluated as it stands.
		if f := s.call; f.memo && len(m.worlds) == 1 && !m.world.memos[f.index].done && !m.inline[f.index] {
			m.wanted, m.err = Need{Open: -1, Function: f.index}, errWanted
			return false
		}
	case opMerge:
		return !m.opens(a) && !m.opens(b)
	case opWith:
		// What is replaced must be there to be replaced: a part that is open is not.
		if s.target != localInput {
			return true
		}
		for doc, i := frame[s.target], 0; doc != nil && doc.Kind == Object && i < len(s.keys); i++ {
			if doc = doc.At(s.keys[i]); doc != nil && i < len(s.keys)-1 && m.open(doc) {
				return false
			}
		}
	case opDynamic:
		for i := range s.args {
			if name := read(frame, &s.args[i]); name != nil {
				m.unclear(name, "the name of a rule")
			}
		}
	case opBuiltin:
		args := make([]*Node, len(s.args))
		for i := range s.args {
			if args[i] = read(frame, &s.args[i]); args[i] == nil {
				return true
			}
		}
		switch name := s.builtin.Name; {
		case name == "count":
			return true // how many there are is not open where a list is there
		case name == "equal", name == "neq":
			m.compared2(args[0], args[1])
			return !m.compares(args[0], args[1])
		case name == "internal.member_2":
			for _, item := range args[1].Items {
				m.compared2(args[0], item)
			}
		case slices.Contains([]string{"lt", "lte", "gt", "gte"}, name):
			m.compared2(args[0], args[1])
		case arithmetical[name] == nil:
			for _, a := range args {
				m.unclear(a, name)
			}
		}
		return !slices.ContainsFunc(args, m.opens)
	}
	return true
}

// compares stops where comparing two values needs an open part.
func (m *Machine) compares(a, b *Node) bool {
	if a == b || a == nil || b == nil || a.Kind != b.Kind {
		return false
	}
	if a.Kind >= Array && (len(a.Items) == 0 || len(b.Items) == 0) {
		return false
	}
	return m.opens(a) || m.opens(b)
}

// apart says that two entries of lists are different whatever is open in them:
// their ids are.
func apart(a, b *Node) bool {
	if a.Num != inputMark || b.Num != inputMark || a.Kind != Object || b.Kind != Object {
		return false
	}
	x, y := a.At(nameNode("id")), b.At(nameNode("id"))
	return x != nil && y != nil && x.Kind == Text && y.Kind == Text && x.Str != y.Str
}

// open stops at an open part.
func (m *Machine) open(n *Node) bool {
	if n.Kind != null || n.Num == 0 {
		return false
	}
	m.wanted, m.err = Need{Open: int(n.Num) - 1, Function: -1}, errWanted
	return true
}

// opens stops at the first open part that a value holds, at any depth.
func (m *Machine) opens(n *Node) bool {
	if n == nil || m.open(n) {
		return n != nil
	}
	if n.Kind < Array || n.Fixed && n.Num != inputMark {
		return false
	}
	return slices.ContainsFunc(n.Items, m.opens)
}

// holdsInput says that a value holds a container of the input, or an open part.
func holdsInput(n *Node) bool {
	if n.Kind < Array {
		return n.Kind == null && n.Num > 0
	}
	return n.Num == inputMark || !n.Fixed && (slices.ContainsFunc(n.Items, holdsInput) || slices.ContainsFunc(n.Keys, holdsInput))
}

// keep copies a value out of the arena.
func keep(n *Node) *Node {
	if n.Fixed {
		return n
	}
	sortNode(n)
	out := &Node{Kind: n.Kind, Fixed: true, sorted: true, Num: n.Num, Str: n.Str}
	for _, k := range n.Keys {
		out.Keys = append(out.Keys, keep(k))
	}
	for _, item := range n.Items {
		out.Items = append(out.Items, keep(item))
	}
	return out
}

func sortNode(n *Node) {
	switch n.Kind {
	case Set:
		SortSet(n)
	case Object:
		sortObject(n)
	}
}
