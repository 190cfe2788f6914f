package decision

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
	boolean
	number
	textual
	array
	objectual
	setual
)

// node is a value as the machine holds it. Input and results live in an arena
// that is used again; constants and data are made once and marked fixed.
type node struct {
	kind  kind
	fixed bool    // never changes and outlives the evaluation
	num   int64   // a number that is an integer; a boolean as 0 or 1
	str   string  // a text; a number that is not an integer, as it is written
	keys  []*node // of an object
	items []*node // of an object, array or set
}

var (
	nodeNull  = &node{kind: null, fixed: true}
	nodeFalse = &node{kind: boolean, fixed: true}
	nodeTrue  = &node{kind: boolean, fixed: true, num: 1}
)

func truth(b bool) *node {
	if b {
		return nodeTrue
	}
	return nodeFalse
}

// equal says that two values are the same to Rego.
func equal(a, b *node) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.kind != b.kind {
		return false
	}
	switch a.kind {
	case boolean:
		return a.num == b.num
	case textual:
		return a.str == b.str
	case number:
		if a.str == "" && b.str == "" {
			return a.num == b.num
		}
	}
	return compare(a, b) == 0
}

// compare is Rego's order of values (ast.Compare).
func compare(a, b *node) int {
	if a.kind != b.kind {
		return cmp.Compare(a.kind, b.kind)
	}
	switch a.kind {
	case boolean:
		return cmp.Compare(a.num, b.num)
	case number:
		if a.str == "" && b.str == "" {
			return cmp.Compare(a.num, b.num)
		}
		return ast.Number(a.digits()).Compare(ast.Number(b.digits()))
	case textual:
		return strings.Compare(a.str, b.str)
	case array:
		return slices.CompareFunc(a.items, b.items, compare)
	case setual:
		sortSet(a)
		sortSet(b)
		return slices.CompareFunc(a.items, b.items, compare)
	case objectual:
		sortObject(a)
		sortObject(b)
		for i := range min(len(a.keys), len(b.keys)) {
			if c := compare(a.keys[i], b.keys[i]); c != 0 {
				return c
			}
			if c := compare(a.items[i], b.items[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.keys), len(b.keys))
	}
	return 0
}

// digits gives a number as it is written.
func (n *node) digits() string {
	if n.str != "" {
		return n.str
	}
	return strconv.FormatInt(n.num, 10)
}

// sortSet and sortObject put members in Rego's order; fixed ones already are.
func sortSet(n *node) {
	if !n.fixed && len(n.items) > 1 {
		slices.SortFunc(n.items, compare)
	}
}

func sortObject(n *node) {
	if n.fixed || len(n.keys) < 2 || slices.IsSortedFunc(n.keys, compare) {
		return
	}
	type pair struct{ k, v *node }
	pairs := make([]pair, len(n.keys))
	for i := range n.keys {
		pairs[i] = pair{n.keys[i], n.items[i]}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return compare(a.k, b.k) })
	keys := make([]*node, len(pairs)) // the keys may be shared with other objects
	for i, p := range pairs {
		keys[i], n.items[i] = p.k, p.v
	}
	n.keys = keys
}

// at gives what is under a key or index, or nil. In a set it gives the member.
func (n *node) at(key *node) *node {
	v, _ := n.find(key)
	return v
}

// find gives what is under a key or index, and where; nil when nothing is.
func (n *node) find(key *node) (*node, int) {
	switch n.kind {
	case objectual:
		for i, k := range n.keys {
			if k == key || k.kind == key.kind && equal(k, key) {
				return n.items[i], i
			}
		}
	case setual:
		for i, v := range n.items {
			if equal(v, key) {
				return v, i
			}
		}
	case array:
		if key.kind == number && key.str == "" && key.num >= 0 && key.num < int64(len(n.items)) {
			return n.items[key.num], int(key.num)
		}
	}
	return nil, 0
}

// has says that a value is in an array, set, or among an object's values.
func (n *node) has(v *node) bool {
	for _, item := range n.items {
		if equal(item, v) {
			return true
		}
	}
	return false
}
