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
			if !a.takes(Array) {
				return m.leave()
			}
			a.Items = append(a.Items, read(frame, &s.a))
		case opAdd:
			set, v := frame[s.target], read(frame, &s.a)
			if !set.takes(Set) {
				return m.leave()
			}
			if !set.has(v) {
				set.Items, set.sorted = append(set.Items, v), false
			}
		case opInsert, opInsertOnce:
			o, v := frame[s.target], read(frame, &s.b)
			if !o.takes(Object) {
				return m.leave()
			}
			if !o.insert(read(frame, &s.a), v, s.op == opInsertOnce) {
				m.err = fmt.Errorf("evaluating policies: %w", errConflict)
				return failed, nil
			}
			if s.op == opInsertOnce && !v.Fixed {
				v.closed = true
			}
		case opMerge:
			a, b := read(frame, &s.a), read(frame, &s.b)
			if a == nil || b == nil {
				return m.leave()
			}
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
		case opWatch:
			if !m.watch(&s.blocks[0][0], s.jump == 1, frame) {
				return failed, nil
			}
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

// leave leaves the evaluation to OPA: rules build one value out of parts that do not fit,
// or add to one that is finished.
func (m *Machine) leave() (int, *Node) {
	m.err = ErrUnsure
	return failed, nil
}
