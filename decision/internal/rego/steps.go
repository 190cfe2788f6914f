package rego

import "fmt"

// block runs steps until the end, a return, a step that is undefined, or a break,
// which leaves several blocks (n).
func (m *Machine) block(steps block, base int) (int, *Node) {
	frame := m.stack[base:]
	for i := range steps {
		s := &steps[i]
		switch s.op {
		case opDot:
			source, key := read(frame, &s.a), read(frame, &s.b)
			if source == nil || key == nil {
				return undefined, nil
			}
			// Objects of one shape come again and again: look first where the key
			// was the last time.
			if slot := int(m.slots[s.slot]); slot < len(source.Keys) && source.Keys[slot] == key {
				frame[s.target] = source.Items[slot]
				continue
			}
			v, slot := source.find(key)
			if v == nil && s.path && source.base {
				v, slot = m.byPath(source, key)
			}
			frame[s.target] = v
			if v == nil {
				return undefined, nil
			}
			m.slots[s.slot] = int32(slot)
		case opEqual:
			if !m.same(read(frame, &s.a), read(frame, &s.b)) {
				return undefined, nil
			}
		case opNotEqual:
			if m.same(read(frame, &s.a), read(frame, &s.b)) {
				return undefined, nil
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
				return undefined, nil
			}
		case opIsUndefined:
			if frame[s.a.local] != nil {
				return undefined, nil
			}
		case opIsKind:
			if v := read(frame, &s.a); v == nil || v.Kind != s.kind {
				return undefined, nil
			}
		case opMakeArray, opMakeObject, opMakeSet:
			frame[s.target] = m.arena.Node(s.kind)
		case opAppend:
			a := frame[s.target]
			a.Items = append(a.Items, read(frame, &s.a))
		case opAdd:
			if set, v := frame[s.target], read(frame, &s.a); !set.has(v) {
				set.Items, set.sorted = append(set.Items, v), false
			}
		case opInsert, opInsertOnce:
			if !frame[s.target].insert(read(frame, &s.a), read(frame, &s.b), s.op == opInsertOnce) {
				m.err = fmt.Errorf("evaluating policies: %w", errConflict)
				return failed, nil
			}
		case opMerge:
			a, b := read(frame, &s.a), read(frame, &s.b)
			if !m.tick(len(a.Items) + len(b.Items)) {
				return failed, nil
			}
			frame[s.target] = m.merge(a, b)
		case opLen:
			frame[s.target] = m.arena.integer(int64(len(read(frame, &s.a).Items)))
		case opReturn:
			return returned, frame[s.a.local]
		case opBreak:
			return s.jump, nil
		case opBlock:
			for j := range s.blocks {
				if end, v := m.block(s.blocks[j], base); end > undefined {
					return end - 1, nil
				} else if end <= returned {
					return end, v
				}
				frame = m.stack[base:]
			}
		case opWith:
			switch end, v := m.with(s, base); {
			case end == undefined:
				return undefined, nil
			case end > undefined:
				return end - 1, nil
			case end <= returned:
				return end, v
			}
			frame = m.stack[base:]
		case opNot:
			end, v := m.block(s.blocks[0], base)
			switch {
			case end == finished:
				return undefined, nil
			case end > undefined:
				return end - 1, nil
			case end <= returned:
				return end, v
			}
			frame = m.stack[base:]
		case opScan:
			if end, v := m.scan(s, base); end > undefined {
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
			frame = m.stack[base:]
			frame[s.target] = v
			if v == nil {
				return undefined, nil
			}
		case opDynamic:
			f := m.program.named(s.args, frame)
			if f == nil {
				return undefined, nil
			}
			v := m.call(f, frame[:2])
			if m.err != nil {
				return failed, nil
			}
			frame = m.stack[base:]
			frame[s.target] = v
			if v == nil {
				return dynamicUndefined, nil
			}
		}
	}
	return finished, nil
}

// scan runs a block for each member. It ends like a block: 0 is the end of the
// scan, n leaves n blocks around it.
func (m *Machine) scan(s *step, base int) (int, *Node) {
	source := m.stack[base+s.a.local]
	if source == nil {
		return undefined, nil
	}
	switch source.Kind {
	case Set:
		SortSet(source)
	case Object:
		sortObject(source)
	case Array:
	default:
		return undefined, nil
	}
	for i, item := range source.Items {
		if !m.tick(1) {
			return failed, nil
		}
		frame := m.stack[base:]
		switch source.Kind {
		case Object:
			frame[s.key] = source.Keys[i]
		case Set:
			frame[s.key] = item
		default:
			frame[s.key] = m.arena.integer(int64(i))
		}
		frame[s.target] = item
		end, v := m.block(s.blocks[0], base)
		switch {
		case end <= returned:
			return end, v
		case end > undefined: // which is the next round; 1 is the end of the scan
			return end - 1, nil
		}
	}
	return undefined, nil
}

// value calls a function or a built-in.
func (m *Machine) value(s *step, frame []*Node) *Node {
	if s.call != nil && s.call.memo {
		return m.call(s.call, nil)
	}
	mark := len(m.args)
	for i := range s.args {
		v := read(frame, &s.args[i])
		if v == nil && (s.call == nil || i > localData) { // there may be no input
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

// same says that two values are equal, and counts what it takes to see it.
func (m *Machine) same(a, b *Node) bool {
	if a != nil && len(a.Items) >= many {
		m.tick(len(a.Items) / many)
	}
	return equal(a, b)
}

func read(frame []*Node, o *operand) *Node {
	if o.fixed != nil {
		return o.fixed
	}
	return frame[o.local]
}

// insert sets a key; with once, a key that is there must have the same value.
func (n *Node) insert(k, v *Node, once bool) bool {
	if i := n.place(n.Keys, k); i >= 0 {
		if once {
			return equal(n.Items[i], v)
		}
		n.Items[i] = v
		return true
	}
	n.Keys, n.Items, n.sorted = append(n.Keys, k), append(n.Items, v), false
	return true
}
