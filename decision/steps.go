package decision

import (
	"fmt"
	"time"
)

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
