package rego

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
