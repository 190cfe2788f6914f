package rego

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Machine runs a program once at a time; it is taken from a pool for each
// decision and used by one goroutine.
type Machine struct {
	arena   arena
	pen     Pen
	stack   []*Node
	memos   []memo
	args    []*Node
	slots   []int32 // by step: where its key was last time
	Scratch []byte
	program *Program
	input   *Node
	ctx     context.Context
	at      time.Time // when to stop
	steps   uint32
	err     error
}

// memo is the result of a function that depends on input and data alone.
type memo struct {
	done  bool
	value *Node
}

var machines = sync.Pool{New: func() any { return &Machine{stack: make([]*Node, 0, 1024)} }}

// Borrow takes a machine from the pool, with nothing in its arena.
func Borrow() *Machine {
	m := machines.Get().(*Machine)
	m.arena.reset()
	return m
}

// Free gives the machine back. What is in its arena is gone.
func (m *Machine) Free() { machines.Put(m) }

// FromAST makes a node of an OPA value, in the machine's arena.
func (m *Machine) FromAST(v ast.Value) (*Node, error) { return FromAST(&m.arena, v) }

// Write begins a document.
func (m *Machine) Write() *Pen {
	p := &m.pen
	p.Arena, p.JSON, p.keys, p.items = &m.arena, p.JSON[:0], p.keys[:0], p.items[:0]
	return p
}

var (
	errTooLong  = errors.New("the rules took too long")
	errConflict = errors.New("a rule gives two different values")
)

// How a block ends. A number from undefined on says how many more blocks are left.
const (
	undefined = 0 // a step was: this block is left, and no other
	finished  = -1
	returned  = -2
	failed    = -3
)

// Run gives what the entry point gives; nil when it is undefined.
func (m *Machine) Run(ctx context.Context, p *Program, input *Node, limit time.Duration) (*Node, error) {
	m.program, m.input, m.ctx, m.err, m.steps = p, input, ctx, nil, 0
	m.at = time.Now().Add(limit)
	m.stack = m.stack[:0]
	if cap(m.memos) < len(p.funcs) {
		m.memos = make([]memo, len(p.funcs))
	}
	m.memos = m.memos[:len(p.funcs)]
	clear(m.memos)
	if len(m.slots) < p.dots {
		m.slots = make([]int32, p.dots)
	}
	v := m.call(p.entry, nil)
	return v, m.err
}

// Cancel and Cancelled make the machine a topdown.Cancel for borrowed built-ins.
func (m *Machine) Cancel()         { m.err = errTooLong }
func (m *Machine) Cancelled() bool { return m.err != nil || time.Now().After(m.at) }

var _ topdown.Cancel = (*Machine)(nil)

// call calls a function; nil means undefined, or failed when m.err is set.
func (m *Machine) call(f *function, args []*Node) *Node {
	if f.memo {
		if done := &m.memos[f.index]; done.done {
			return done.value
		}
	}
	if m.steps++; m.steps%every == 0 && time.Now().After(m.at) {
		m.err = errTooLong
		return nil
	}
	base := len(m.stack)
	if need := base + f.locals; need > cap(m.stack) {
		// Frames hold no pointers into the stack: growing it by copying is safe,
		// because every access goes through m.stack.
		bigger := make([]*Node, base, 2*need)
		copy(bigger, m.stack)
		m.stack = bigger
	}
	m.stack = m.stack[:base+f.locals]
	frame := m.stack[base:]
	clear(frame)
	if f.memo {
		frame[f.params[0]], frame[f.params[1]] = m.input, m.program.data
	} else {
		for i, p := range f.params {
			frame[p] = args[i]
		}
	}
	var value *Node
	for i := range f.blocks {
		end, v := m.block(f.blocks[i], base)
		if end == returned {
			value = v
			break
		}
		if end == failed {
			break
		}
	}
	m.stack = m.stack[:base]
	if f.memo && m.err == nil {
		m.memos[f.index] = memo{done: true, value: value}
	}
	return value
}
