package rego

import (
	"fmt"
	"slices"
	"strconv"
)

// Value is a value as the machine holds it: a part of an input, or a result.
type Value struct{ n *Node }

// OpenPart is a part of an input that is not chosen. Its Number is not negative.
func OpenPart(Number int) Value {
	return Value{&Node{Kind: null, Fixed: true, Num: int64(Number) + 1}}
}

// ValueOf makes a fixed value of a text, a whole number, a truth, or texts.
func ValueOf(v any) Value {
	switch v := v.(type) {
	case string:
		return Value{&Node{Kind: Text, Fixed: true, Str: v}}
	case int64:
		return Value{&Node{Kind: Number, Fixed: true, Num: v}}
	case bool:
		return Value{Truth(v)}
	case []string:
		n := &Node{Kind: Array, Fixed: true}
		for _, s := range v {
			n.Items = append(n.Items, ValueOf(s).n)
		}
		return Value{n}
	}
	panic(fmt.Sprintf("no value for %T", v))
}

// InputObject makes an object of an input. Names must come in order.
func InputObject(names []string, items []Value) Value {
	n := &Node{Kind: Object, Fixed: true, Num: inputMark, Keys: make([]*Node, len(names)), Items: make([]*Node, len(items))}
	for i := range names {
		n.Keys[i], n.Items[i] = nameNode(names[i]), items[i].n
	}
	return Value{n}
}

// nameNode is the node of a field's name: the one that the program looks up, if it
// looks for it.
func nameNode(name string) *Node {
	if n := names[name]; n != nil {
		return n
	}
	return &Node{Kind: Text, Fixed: true, Str: name}
}

// InputList makes a list of an input.
func InputList(items []Value) Value {
	n := &Node{Kind: Array, Fixed: true, Num: inputMark}
	for _, item := range items {
		n.Items = append(n.Items, item.n)
	}
	return Value{n}
}

// String gives the same text for the same value, and no other.
func (v Value) String() string {
	if v.n == nil {
		return "undefined"
	}
	return string(v.n.append(nil))
}

func (n *Node) append(b []byte) []byte {
	switch n.Kind {
	case null:
		return append(b, "null"...)
	case Boolean:
		return strconv.AppendBool(b, n.Num == 1)
	case Number:
		return append(b, n.digits()...)
	case Text:
		return strconv.AppendQuote(b, n.Str)
	}
	b = append(b, "[{<"[n.Kind-Array])
	for i, item := range n.Items {
		if i > 0 {
			b = append(b, ',')
		}
		if n.Kind == Object {
			b = append(n.Keys[i].append(b), ':')
		}
		b = item.append(b)
	}
	return append(b, "]}>"[n.Kind-Array])
}

// told are what a rule adds to a reason for the record and the words of a refusal.
// A decision is the same without; Walk notes whether rules look at it all the same.
var told = []string{"basis", "fill"}

// Untold is a set of findings without what is only told.
func (v Value) Untold() Value {
	if v.n == nil || v.n.Kind != Set {
		return v
	}
	out := &Node{Kind: Set, Fixed: true}
	for _, item := range v.n.Items {
		if item.Kind == Object {
			c := &Node{Kind: Object, Fixed: true}
			for i, k := range item.Keys {
				if k.Kind != Text || !slices.Contains(told, k.Str) {
					c.Keys, c.Items = append(c.Keys, k), append(c.Items, item.Items[i])
				}
			}
			item = c
		}
		if !out.has(item) {
			out.Items = append(out.Items, item)
		}
	}
	slices.SortFunc(out.Items, compare)
	return Value{out}
}

// tells says that a value holds what is only told.
func tells(n *Node) bool {
	if n.Kind < Array {
		return false
	}
	for i, item := range n.Items {
		if n.Kind == Object && n.Keys[i].Kind == Text && slices.Contains(told, n.Keys[i].Str) || tells(item) {
			return true
		}
	}
	return false
}
