package rego

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// kind is the kind of a value, in Rego's order of kinds.
type kind uint8

const (
	null kind = iota
	Boolean
	Number
	Text
	Array
	Object
	Set
)

// Node is a value as the machine holds it. Input and results live in an arena
// that is used again; constants and data are made once and marked fixed.
type Node struct {
	Kind  kind
	Fixed bool    // never changes and outlives the evaluation
	Num   int64   // a number that is an integer; a boolean as 0 or 1
	Str   string  // a text; a number that is not an integer, as it is written
	Keys  []*Node // of an object
	Items []*Node // of an object, array or set
}

var (
	nodeNull  = &Node{Kind: null, Fixed: true}
	nodeFalse = &Node{Kind: Boolean, Fixed: true}
	nodeTrue  = &Node{Kind: Boolean, Fixed: true, Num: 1}
)

// Truth is true or false as a value.
func Truth(b bool) *Node {
	if b {
		return nodeTrue
	}
	return nodeFalse
}

// equal says that two values are the same to Rego.
func equal(a, b *Node) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Boolean:
		return a.Num == b.Num
	case Text:
		return a.Str == b.Str
	case Number:
		if a.Str == "" && b.Str == "" {
			return a.Num == b.Num
		}
	}
	return compare(a, b) == 0
}

// compare is Rego's order of values (ast.Compare).
func compare(a, b *Node) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	switch a.Kind {
	case Boolean:
		return cmp.Compare(a.Num, b.Num)
	case Number:
		if a.Str == "" && b.Str == "" {
			return cmp.Compare(a.Num, b.Num)
		}
		return ast.Number(a.digits()).Compare(ast.Number(b.digits()))
	case Text:
		return strings.Compare(a.Str, b.Str)
	case Array:
		return slices.CompareFunc(a.Items, b.Items, compare)
	case Set:
		SortSet(a)
		SortSet(b)
		return slices.CompareFunc(a.Items, b.Items, compare)
	case Object:
		sortObject(a)
		sortObject(b)
		for i := range min(len(a.Keys), len(b.Keys)) {
			if c := compare(a.Keys[i], b.Keys[i]); c != 0 {
				return c
			}
			if c := compare(a.Items[i], b.Items[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.Keys), len(b.Keys))
	}
	return 0
}

// digits gives a number as it is written.
func (n *Node) digits() string {
	if n.Str != "" {
		return n.Str
	}
	return strconv.FormatInt(n.Num, 10)
}

// SortSet and sortObject put members in Rego's order; fixed ones already are.
func SortSet(n *Node) {
	if !n.Fixed && len(n.Items) > 1 {
		slices.SortFunc(n.Items, compare)
	}
}

func sortObject(n *Node) {
	if n.Fixed || len(n.Keys) < 2 || slices.IsSortedFunc(n.Keys, compare) {
		return
	}
	type pair struct{ k, v *Node }
	pairs := make([]pair, len(n.Keys))
	for i := range n.Keys {
		pairs[i] = pair{n.Keys[i], n.Items[i]}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return compare(a.k, b.k) })
	keys := make([]*Node, len(pairs)) // the keys may be shared with other objects
	for i, p := range pairs {
		keys[i], n.Items[i] = p.k, p.v
	}
	n.Keys = keys
}

// At gives what is under a key or index, or nil. In a set it gives the member.
func (n *Node) At(key *Node) *Node {
	v, _ := n.find(key)
	return v
}

// find gives what is under a key or index, and where; nil when nothing is.
func (n *Node) find(key *Node) (*Node, int) {
	switch n.Kind {
	case Object:
		for i, k := range n.Keys {
			if k == key || k.Kind == key.Kind && equal(k, key) {
				return n.Items[i], i
			}
		}
	case Set:
		for i, v := range n.Items {
			if equal(v, key) {
				return v, i
			}
		}
	case Array:
		if key.Kind == Number && key.Str == "" && key.Num >= 0 && key.Num < int64(len(n.Items)) {
			return n.Items[key.Num], int(key.Num)
		}
	}
	return nil, 0
}

// Text is the text that stands under a name; "" when there is none.
func (n *Node) Text(name string) string {
	if n == nil || n.Kind != Object {
		return ""
	}
	v, _ := AsText(n.At(&Node{Kind: Text, Str: name}))
	return v
}

// has says that a value is in an array, set, or among an object's values.
func (n *Node) has(v *Node) bool {
	for _, item := range n.Items {
		if equal(item, v) {
			return true
		}
	}
	return false
}

// text gives the text that a value is, and whether it is one.
func AsText(n *Node) (string, bool) {
	if n == nil || n.Kind != Text {
		return "", false
	}
	return n.Str, true
}
