package rego

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/mycarerecord/mcr/strictjson"
)

// Machine runs a program once at a time; it is taken from a pool for each
// decision and used by one goroutine.
type Machine struct {
	arena    arena
	pen      Pen
	document strictjson.Document // that is read
	words    words
	stack    []*Node
	world    world   // in which rules are evaluated now
	worlds   []world // that are open
	args     []*Node
	slots    []int32 // by step: where its key was last time
	Scratch  []byte
	program  *Program
	ctx      context.Context
	at       time.Time // when to stop
	steps    int       // done
	look     int       // at which step to look at the clock
	turn     turn      // of what was written last
	err      error

	// Of a Walk alone.
	inline   []bool
	wanted   Need
	compared *Compared
	sums     map[*Node]Sum
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
	p.Arena, p.JSON, p.keys, p.items, p.turn = &m.arena, p.JSON[:0], p.keys[:0], p.items[:0], &m.turn
	m.turn.left = math.MaxInt64
	return p
}

var (
	errTooLong  = errors.New("the rules took too long")
	errConflict = errors.New("a rule gives two different values")
	// ErrUnsure says that the machine does not know how OPA reads this.
	ErrUnsure = errors.New("the machine leaves this to OPA")
)

// How a block ends. A number from undefined on says how many more blocks are left.
const (
	undefined = 0 // a step was: this block is left, and no other
	finished  = -1
	returned  = -2
	failed    = -3
	// dynamicUndefined leaves the blocks in which data is tried instead: what a rule
	// does not give is not looked for there.
	dynamicUndefined = 3
)

// Run gives what the entry point gives; nil when it is undefined.
func (m *Machine) Run(ctx context.Context, p *Program, input *Node, limit time.Duration) (*Node, error) {
	m.program, m.ctx, m.err, m.steps, m.look = p, ctx, nil, 0, every
	m.at = time.Now().Add(limit)
	m.stack, m.args, m.worlds, m.world = m.stack[:0], m.args[:0], m.worlds[:0], world{}
	m.enter(input, p.data)
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

// tick counts work that was done, and says whether there is time for more.
func (m *Machine) tick(work int) bool {
	m.steps += work
	return m.steps < m.look || m.inTime()
}

func (m *Machine) inTime() bool {
	if m.err == nil && time.Now().After(m.at) {
		m.err = errTooLong
	}
	if m.err != nil {
		m.look = 0 // asked again at every step
		return false
	}
	m.look = m.steps + every
	return true
}

// call calls a function; nil means undefined, or failed when m.err is set.
func (m *Machine) call(f *function, args []*Node) *Node {
	if f.memo {
		if done := &m.world.memos[f.index]; done.done {
			return done.value
		}
	}
	if !m.tick(1) {
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
		frame[localInput], frame[localData] = m.world.input, m.world.data
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
		m.world.memos[f.index] = memo{done: true, value: value}
	}
	return value
}
