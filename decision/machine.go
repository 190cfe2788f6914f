package decision

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// machine runs a program once at a time; it is taken from a pool for each
// decision and used by one goroutine.
type machine struct {
	arena   arena
	pen     pen
	stack   []*node
	memos   []memo
	args    []*node
	slots   []int32 // by step: where its key was last time
	scratch []byte
	program *program
	input   *node
	ctx     context.Context
	at      time.Time // when to stop
	steps   uint32
	err     error
}

// memo is the result of a function that depends on input and data alone.
type memo struct {
	done  bool
	value *node
}

var machines = sync.Pool{New: func() any { return &machine{stack: make([]*node, 0, 1024)} }}

var (
	errTooLong  = errors.New("the rules took too long")
	errConflict = errors.New("a rule gives two different values")
)

// How a block ends. A number from 0 on says how many more blocks are left.
const (
	finished = -1
	returned = -2
	failed   = -3
)

// run gives what the entry point gives; nil when it is undefined.
func (m *machine) run(ctx context.Context, p *program, input *node, limit time.Duration) (*node, error) {
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
func (m *machine) Cancel()         { m.err = errTooLong }
func (m *machine) Cancelled() bool { return m.err != nil || time.Now().After(m.at) }

var _ topdown.Cancel = (*machine)(nil)

// call calls a function; nil means undefined, or failed when m.err is set.
func (m *machine) call(f *function, args []*node) *node {
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
		bigger := make([]*node, base, 2*need)
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
	var value *node
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

// block runs steps until the end, a return, or a step that is undefined, which
// leaves the block (0) or several (n).
func (m *machine) block(steps block, base int) (int, *node) {
	frame := m.stack[base:]
	for i := range steps {
		s := &steps[i]
		switch s.op {
		case opDot:
			source, key := read(frame, &s.a), read(frame, &s.b)
			if source == nil || key == nil {
				return 0, nil
			}
			// Objects of one shape come again and again: look first where the key
			// was the last time.
			if slot := int(m.slots[s.slot]); slot < len(source.keys) && source.keys[slot] == key {
				frame[s.target] = source.items[slot]
				continue
			}
			v, slot := source.find(key)
			if v == nil {
				return 0, nil
			}
			m.slots[s.slot] = int32(slot)
			frame[s.target] = v
		case opEqual:
			if !equal(read(frame, &s.a), read(frame, &s.b)) {
				return 0, nil
			}
		case opNotEqual:
			if equal(read(frame, &s.a), read(frame, &s.b)) {
				return 0, nil
			}
		case opAssign:
			frame[s.target] = read(frame, &s.a)
		case opAssignOnce:
			v := read(frame, &s.a)
			if old := frame[s.target]; old != nil && !equal(old, v) {
				m.err = fmt.Errorf("evaluating policies: %w", errConflict)
				return failed, nil
			}
			frame[s.target] = v
		case opReset:
			frame[s.target] = nil
		case opConstant:
			frame[s.target] = s.a.fixed
		case opIsDefined:
			if frame[s.a.local] == nil {
				return 0, nil
			}
		case opIsUndefined:
			if frame[s.a.local] != nil {
				return 0, nil
			}
		case opIsKind:
			if v := read(frame, &s.a); v == nil || v.kind != s.kind {
				return 0, nil
			}
		case opMakeArray, opMakeObject, opMakeSet:
			frame[s.target] = m.arena.node(s.kind)
		case opAppend:
			a := frame[s.target]
			a.items = append(a.items, read(frame, &s.a))
		case opAdd:
			if set, v := frame[s.target], read(frame, &s.a); !set.has(v) {
				set.items = append(set.items, v)
			}
		case opInsert, opInsertOnce:
			if !insert(frame[s.target], read(frame, &s.a), read(frame, &s.b), s.op == opInsertOnce) {
				m.err = fmt.Errorf("evaluating policies: %w", errConflict)
				return failed, nil
			}
		case opLen:
			frame[s.target] = m.arena.integer(int64(len(read(frame, &s.a).items)))
		case opReturn:
			return returned, frame[s.a.local]
		case opBreak:
			return s.jump, nil
		case opBlock:
			for j := range s.blocks {
				if end, v := m.block(s.blocks[j], base); end > 0 {
					return end - 1, nil
				} else if end <= returned {
					return end, v
				}
				frame = m.stack[base:]
			}
		case opNot:
			end, v := m.block(s.blocks[0], base)
			switch {
			case end == finished:
				return 0, nil
			case end > 0:
				return end - 1, nil
			case end <= returned:
				return end, v
			}
			frame = m.stack[base:]
		case opScan:
			if end, v := m.scan(s, base); end > 0 {
				return end - 1, nil
			} else if end <= returned {
				return end, v
			}
			frame = m.stack[base:]
		case opCall, opBuiltin:
			v := m.value(s, frame)
			if m.err != nil {
				return failed, nil
			}
			if v == nil {
				return 0, nil
			}
			frame = m.stack[base:]
			frame[s.target] = v
		}
	}
	return finished, nil
}

// scan runs a block for each member. It ends like a block: 0 is the end of the
// scan, n leaves n blocks around it.
func (m *machine) scan(s *step, base int) (int, *node) {
	source := m.stack[base+s.a.local]
	if source == nil {
		return 0, nil
	}
	switch source.kind {
	case setual:
		sortSet(source)
	case objectual:
		sortObject(source)
	case array:
	default:
		return 0, nil
	}
	for i, item := range source.items {
		if m.steps++; m.steps%every == 0 && time.Now().After(m.at) {
			m.err = errTooLong
			return failed, nil
		}
		frame := m.stack[base:]
		switch source.kind {
		case objectual:
			frame[s.key] = source.keys[i]
		case setual:
			frame[s.key] = item
		default:
			frame[s.key] = m.arena.integer(int64(i))
		}
		frame[s.target] = item
		end, v := m.block(s.blocks[0], base)
		switch {
		case end <= returned:
			return end, v
		case end >= 1: // 0 is the next round, 1 the end of the scan
			return end - 1, nil
		}
	}
	return 0, nil
}

// value calls a function or a built-in.
func (m *machine) value(s *step, frame []*node) *node {
	if s.call != nil && s.call.memo {
		return m.call(s.call, nil)
	}
	mark := len(m.args)
	for i := range s.args {
		v := read(frame, &s.args[i])
		if v == nil {
			m.args = m.args[:mark]
			return nil
		}
		m.args = append(m.args, v)
	}
	args := m.args[mark:]
	defer func() { m.args = m.args[:mark] }()
	if s.call != nil {
		return m.call(s.call, args)
	}
	if s.native != nil {
		if v, ok := s.native(m, args); ok {
			return v
		}
	}
	v, err := m.borrowed(s.builtin.Name, s.eval, args)
	if err != nil {
		m.err = err
		return nil
	}
	return v
}

func read(frame []*node, o *operand) *node {
	if o.fixed != nil {
		return o.fixed
	}
	return frame[o.local]
}

// insert sets a key; with once, a key that is there must have the same value.
func insert(o, k, v *node, once bool) bool {
	for i, key := range o.keys {
		if equal(key, k) {
			if once {
				return equal(o.items[i], v)
			}
			o.items[i] = v
			return true
		}
	}
	o.keys, o.items = append(o.keys, k), append(o.items, v)
	return true
}
