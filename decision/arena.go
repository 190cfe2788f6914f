package decision

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
)

// arena makes nodes for one evaluation and uses them again for the next, with
// the room that their lists have grown. A decision so allocates nearly nothing.
type arena struct {
	chunks [][]node
	chunk  int // in use
	next   int // free in the chunk
}

const chunkSize = 256

func (a *arena) reset() { a.chunk, a.next = 0, 0 }

func (a *arena) node(k kind) *node {
	if a.next == chunkSize {
		a.chunk, a.next = a.chunk+1, 0
	}
	if a.chunk == len(a.chunks) {
		a.chunks = append(a.chunks, make([]node, chunkSize))
	}
	n := &a.chunks[a.chunk][a.next]
	a.next++
	n.kind, n.num, n.str, n.keys, n.items = k, 0, "", n.keys[:0], n.items[:0]
	return n
}

func (a *arena) text(s string) *node {
	n := a.node(textual)
	n.str = s
	return n
}

func (a *arena) integer(i int64) *node {
	n := a.node(number)
	n.num = i
	return n
}

var errValue = errors.New("a value of a kind that has no place here")

// fromAST makes a node of an OPA value. With a nil arena the node is fixed.
func fromAST(a *arena, v ast.Value) (*node, error) {
	var n *node
	make1 := func(k kind) {
		if a == nil {
			n = &node{kind: k, fixed: true}
		} else {
			n = a.node(k)
			n.keys, n.items = nil, nil
		}
	}
	item := func(t *ast.Term) error {
		m, err := fromAST(a, t.Value)
		n.items = append(n.items, m)
		return err
	}
	switch v := v.(type) {
	case ast.Null:
		return nodeNull, nil
	case ast.Boolean:
		return truth(bool(v)), nil
	case ast.String:
		make1(textual)
		n.str = string(v)
	case ast.Number:
		make1(number)
		if i, ok := v.Int64(); ok {
			n.num = i
		} else {
			n.str = string(v)
		}
	case *ast.Array:
		make1(array)
		return n, v.Iter(item)
	case ast.Set:
		make1(setual)
		return n, v.Iter(item) // in order
	case ast.Object:
		make1(objectual)
		return n, v.Iter(func(k, t *ast.Term) error { // in order
			key, err := fromAST(a, k.Value)
			if err != nil {
				return err
			}
			n.keys = append(n.keys, key)
			return item(t)
		})
	default:
		return nil, errValue
	}
	return n, nil
}

// toAST makes an OPA value of a node, for the built-ins that OPA evaluates.
func toAST(n *node) ast.Value {
	terms := func() []*ast.Term {
		out := make([]*ast.Term, len(n.items))
		for i, item := range n.items {
			out[i] = ast.NewTerm(toAST(item))
		}
		return out
	}
	switch n.kind {
	case boolean:
		return ast.Boolean(n.num == 1)
	case number:
		return ast.Number(n.digits())
	case textual:
		return ast.String(n.str)
	case array:
		return ast.NewArray(terms()...)
	case setual:
		return ast.NewSet(terms()...)
	case objectual:
		o := ast.NewObjectWithCapacity(len(n.keys))
		for i, v := range terms() {
			o.Insert(ast.NewTerm(toAST(n.keys[i])), v)
		}
		return o
	}
	return ast.Null{}
}
