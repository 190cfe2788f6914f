package rego

// world is what rules depend on beside their arguments: input and data, which `with`
// replaces for a while. What rules gave in one world says nothing of another.
type world struct {
	input, data *Node
	memos       []memo
}

// memo is the result of a rule, which depends on its world alone.
type memo struct {
	done  bool
	value *Node
}

// enter goes into the world of that input and data: one that is open, or a new one.
// It gives the one to go back to, and how many were open.
func (m *Machine) enter(input, data *Node) (back world, open int) {
	back, open = m.world, len(m.worlds)
	for _, w := range m.worlds {
		if w.input == input && w.data == data {
			m.world = w
			return back, open
		}
	}
	if open == cap(m.worlds) {
		m.worlds = append(m.worlds, world{})
	}
	m.worlds = m.worlds[:open+1]
	w := &m.worlds[open]
	n := len(m.program.funcs)
	if cap(w.memos) < n {
		w.memos = make([]memo, n)
	}
	w.input, w.data, w.memos = input, data, w.memos[:n]
	clear(w.memos)
	m.world = *w
	return back, open
}

// with runs a block in which input or data, or a part of it, is another. It ends as
// the block does.
func (m *Machine) with(s *step, base int) (int, *Node) {
	frame := m.stack[base:]
	old, value := frame[s.target], read(frame, &s.a)
	if s.target == localData && m.unsure(old, s.keys, value) {
		m.err = ErrUnsure
		return failed, nil
	}
	if len(s.keys) > 0 {
		value = m.put(old, s.keys, value)
	}
	frame[s.target] = value
	back, open := m.enter(frame[localInput], frame[localData])
	end, v := m.block(s.blocks[0], base)
	m.world, m.worlds = back, m.worlds[:open]
	m.stack[base+s.target] = old
	return end, v
}

// put gives a document with a value at a path; the document itself stays as it is. What
// is in the way and is no object gives place to one.
func (m *Machine) put(doc *Node, path []*Node, value *Node) *Node {
	if len(path) == 0 {
		return value
	}
	out := m.arena.Node(Object)
	if doc != nil && doc.Kind == Object {
		out.Keys, out.Items = append(out.Keys, doc.Keys...), append(out.Items, doc.Items...)
		out.sorted, out.base = doc.sorted || doc.Fixed, doc.base
	}
	old, _ := out.find(path[0])
	out.insert(path[0], m.put(old, path[1:], value), false)
	return out
}

// unsure says that OPA reads data with this replacement in more than one way: an object
// in the place of an object is sometimes laid over it, and loaded data in another place
// would be read by path there (data.go).
func (m *Machine) unsure(doc *Node, path []*Node, value *Node) bool {
	if len(path) == 0 {
		for _, w := range m.worlds {
			if w.data == value {
				return false // going back
			}
		}
		return value.holdsBase()
	}
	for _, k := range path {
		if doc == nil || doc.Kind != Object {
			doc = nil
			break
		}
		doc = doc.At(k)
	}
	return doc.shinesThrough(value) || value.holdsBase()
}

// shinesThrough says that something of n would still be seen with v laid over it.
func (n *Node) shinesThrough(v *Node) bool {
	if n == nil || v == nil || n.Kind != Object || v.Kind != Object {
		return false
	}
	for i, k := range n.Keys {
		if over := v.At(k); over == nil || n.Items[i].shinesThrough(over) {
			return true
		}
	}
	return false
}

// merge lays one document over another: where both have an object it is merged,
// elsewhere the upper one counts.
func (m *Machine) merge(upper, lower *Node) *Node {
	if upper.Kind != Object || lower.Kind != Object {
		return upper
	}
	out := m.arena.Node(Object)
	out.Keys, out.Items = append(out.Keys, upper.Keys...), append(out.Items, upper.Items...)
	for i, k := range lower.Keys {
		if at := out.place(out.Keys, k); at >= 0 {
			out.Items[at] = m.merge(out.Items[at], lower.Items[i])
		} else {
			out.Keys, out.Items = append(out.Keys, k), append(out.Items, lower.Items[i])
		}
	}
	return out
}
