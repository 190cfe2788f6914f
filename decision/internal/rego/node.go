package rego

import (
	"cmp"
	"slices"
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
	Kind   kind
	Fixed  bool    // never changes and outlives the evaluation
	base   bool    // stands in the data as it was loaded (data.go)
	sorted bool    // the members are in Rego's order
	closed bool    // a finished value that others may hold: nothing is added to it
	by     int8    // how a number moves when the time of the question does: by so many seconds each
	turn   *turn   // of such a number
	Num    int64   // a number that is an integer; a boolean as 0 or 1; a text's hash
	Str    string  // a text; a number that is not an integer, as it is written
	Keys   []*Node // of an object
	Items  []*Node // of an object, array or set
	table  *table  // where the members of a large one are
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

// takes says that members can be added to a value, which must be of that kind.
func (n *Node) takes(k kind) bool { return n.Kind == k && !n.Fixed && !n.closed }

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
			seen(a, b)
			return a.Num == b.Num
		}
	case Array, Object, Set:
		if len(a.Items) != len(b.Items) {
			return false
		}
	}
	return compare(a, b) == 0
}

// compare is Rego's order of values (ast.Compare).
func compare(a, b *Node) int {
	if a == b {
		return 0
	}
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	switch a.Kind {
	case Boolean:
		return cmp.Compare(a.Num, b.Num)
	case Number:
		if a.Str == "" && b.Str == "" {
			seen(a, b)
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

// SortSet and sortObject put members in Rego's order; fixed ones already are.
func SortSet(n *Node) {
	if n.Fixed || n.sorted {
		return
	}
	n.sorted = true
	if !slices.IsSortedFunc(n.Items, compare) {
		slices.SortFunc(n.Items, compare)
		n.table.forget()
	}
}

func sortObject(n *Node) {
	if n.Fixed || n.sorted {
		return
	}
	n.sorted = true
	if slices.IsSortedFunc(n.Keys, compare) {
		return
	}
	type pair struct{ k, v *Node }
	pairs := make([]pair, len(n.Keys))
	for i := range n.Keys {
		pairs[i] = pair{n.Keys[i], n.Items[i]}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return compare(a.k, b.k) })
	for i, p := range pairs {
		n.Keys[i], n.Items[i] = p.k, p.v
	}
	n.table.forget()
}

// Text is the text that stands under a name; "" when there is none.
func (n *Node) Text(name string) string {
	if n == nil || n.Kind != Object {
		return ""
	}
	for i, k := range n.Keys {
		if k.Kind == Text && k.Str == name {
			return n.Items[i].text()
		}
	}
	return ""
}

func (n *Node) text() string {
	if n.Kind != Text {
		return ""
	}
	return n.Str
}

// AsText gives the text that a value is, and whether it is one.
func AsText(n *Node) (string, bool) {
	if n == nil || n.Kind != Text {
		return "", false
	}
	return n.Str, true
}
