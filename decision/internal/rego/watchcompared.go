package rego

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A field's text is known by its Number, and a field's time by its key, which
// texts and numbers have no other use for.

// FieldText is a text of a field, or a list of texts of one.
func FieldText(field int, v any) Value {
	switch v := v.(type) {
	case string:
		return Value{&Node{Kind: Text, Fixed: true, Str: v, Keys: []*Node{{Num: int64(field)}}}}
	case []string:
		n := &Node{Kind: Array, Fixed: true}
		for _, s := range v {
			n.Items = append(n.Items, FieldText(field, s).n)
		}
		return Value{n}
	}
	panic(fmt.Sprintf("no text of a field: %T", v))
}

// FieldTime is a number of a field, or of the question when the field is Time.
func FieldTime(field int, n int64) Value {
	return Value{&Node{Kind: Number, Fixed: true, Num: n, Keys: []*Node{{Num: int64(field)}}}}
}

// fieldOf is the field of a text, or -1.
func fieldOf(n *Node) int {
	if len(n.Keys) != 1 {
		return -1
	}
	return int(n.Keys[0].Num)
}

// arithmetical are the built-ins whose result is a sum of what they are given.
var arithmetical = map[string]func(a, b Sum) (Sum, bool){
	"plus":  func(a, b Sum) (Sum, bool) { return a.add(b, 1), true },
	"minus": func(a, b Sum) (Sum, bool) { return a.add(b, -1), true },
	"mul": func(a, b Sum) (Sum, bool) {
		if len(b.Fields) > 0 {
			a, b = b, a
		}
		return Sum{}.add(a, b.Number), len(b.Fields) == 0
	},
}

func (s Sum) add(b Sum, times int64) Sum {
	out := Sum{Fields: map[int]int64{}, Number: s.Number + times*b.Number}
	for f, n := range s.Fields {
		out.Fields[f] = n
	}
	for f, n := range b.Fields {
		if out.Fields[f] += times * n; out.Fields[f] == 0 {
			delete(out.Fields, f)
		}
	}
	return out
}

// key is the same text for the same sum.
func (s Sum) key() string {
	b := strconv.AppendInt(nil, s.Number, 10)
	for _, f := range slices.Sorted(maps.Keys(s.Fields)) {
		b = strconv.AppendInt(append(b, ' '), int64(f), 10)
		b = strconv.AppendInt(append(b, ':'), s.Fields[f], 10)
	}
	return string(b)
}

// sum is a number as a sum of fields.
func (m *Machine) sum(n *Node) Sum {
	if s, ok := m.sums[n]; ok {
		return s
	}
	if len(n.Keys) == 1 {
		return Sum{Fields: map[int]int64{int(n.Keys[0].Num): 1}}
	}
	return Sum{Number: n.Num}
}

// calculated notes what a calculation gave.
func (m *Machine) calculated(s *step, frame []*Node) {
	a, b, out := read(frame, &s.args[0]), read(frame, &s.args[1]), frame[s.target]
	if a == nil || b == nil || out == nil || a.Kind != Number || b.Kind != Number || out.Fixed {
		return
	}
	x, y := m.sum(a), m.sum(b)
	if len(x.Fields)+len(y.Fields) == 0 {
		return
	}
	sum, ok := arithmetical[s.builtin.Name](x, y)
	if !ok {
		m.unclear(a, s.builtin.Name)
		m.unclear(b, s.builtin.Name)
		return
	}
	m.sums[out] = sum
}

// compared2 notes that two values were compared.
func (m *Machine) compared2(a, b *Node) {
	switch {
	case a == nil || b == nil || a.Kind != b.Kind:
	case a.Kind == Text:
		switch x, y := fieldOf(a), fieldOf(b); {
		case x >= 0 && y >= 0:
			if x != y {
				m.compared.Pairs[[2]int{min(x, y), max(x, y)}] = true
			}
		case x >= 0:
			m.compared.Texts[Against{x, b.Str}] = true
		case y >= 0:
			m.compared.Texts[Against{y, a.Str}] = true
		}
	case a.Kind == Number:
		x, y := m.sum(a), m.sum(b)
		if len(x.Fields)+len(y.Fields) == 0 {
			return
		}
		if sum := x.add(y, -1); len(sum.Fields) > 0 {
			m.compared.Sums[sum.key()] = sum
		}
	case a.Kind == Object || a.Kind == Array || a.Kind == Set:
		if len(a.Items) > 0 && len(b.Items) > 0 && (!a.Fixed || !b.Fixed) && (tells(a) || tells(b)) {
			m.compared.Told = true
		}
		if a.Kind == Object {
			return
		}
		for _, x := range a.Items {
			for _, y := range b.Items {
				m.compared2(x, y)
			}
		}
	}
}

// lookedUp notes that a value was looked up as a key or a member.
func (m *Machine) lookedUp(key, in *Node) {
	if key.Kind != Text || fieldOf(key) < 0 {
		return
	}
	switch in.Kind {
	case Object:
		for _, k := range in.Keys {
			m.compared2(key, k)
		}
	case Set:
		for _, item := range in.Items {
			m.compared2(key, item)
		}
	}
}

// unclear notes that a built-in looked at a field's text or time.
func (m *Machine) unclear(n *Node, builtin string) {
	switch {
	case n.Kind == Text && fieldOf(n) >= 0:
		m.compared.Unclear[Against{fieldOf(n), builtin}] = true
	case n.Kind == Number:
		for f := range m.sum(n).Fields {
			m.compared.Unclear[Against{f, builtin}] = true
		}
	case n.Kind >= Array && (!n.Fixed || n.Num == inputMark):
		m.compared.Told = m.compared.Told || tells(n)
		for _, item := range n.Items {
			m.unclear(item, builtin)
		}
	}
}
