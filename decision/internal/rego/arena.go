package rego

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
)

// arena makes nodes for one evaluation and uses them again for the next, with
// the room that their lists have grown. A decision so allocates nearly nothing.
type arena struct {
	chunks [][]Node
	chunk  int // in use
	next   int // free in the chunk
}

const chunkSize = 256

func (a *arena) reset() { a.chunk, a.next = 0, 0 }

func (a *arena) Node(k kind) *Node {
	if a.next == chunkSize {
		a.chunk, a.next = a.chunk+1, 0
	}
	if a.chunk == len(a.chunks) {
		a.chunks = append(a.chunks, make([]Node, chunkSize))
	}
	n := &a.chunks[a.chunk][a.next]
	a.next++
	n.Kind, n.base, n.sorted, n.closed, n.by, n.turn = k, false, false, false, 0, nil
	n.Num, n.Str, n.Keys, n.Items = 0, "", n.Keys[:0], n.Items[:0]
	n.table.forget()
	return n
}

func (a *arena) text(s string) *Node {
	n := a.Node(Text)
	n.Str = s
	return n
}

func (a *arena) integer(i int64) *Node {
	n := a.Node(Number)
	n.Num = i
	return n
}

// fixedText makes a text that may be read by many at the same time.
func fixedText(s string) *Node {
	n := &Node{Kind: Text, Fixed: true, Str: s}
	n.settle()
	return n
}

var errValue = errors.New("a value of a kind that has no place here")

// FromAST makes a node of an OPA value. With a nil arena the node is fixed.
func FromAST(a *arena, v ast.Value) (*Node, error) {
	var n *Node
	make1 := func(k kind) {
		if a == nil {
			n = &Node{Kind: k, Fixed: true}
		} else {
			n = a.Node(k)
			n.Keys, n.Items = nil, nil
			n.sorted = true // as OPA gives them
		}
	}
	item := func(t *ast.Term) error {
		m, err := FromAST(a, t.Value)
		n.Items = append(n.Items, m)
		return err
	}
	switch v := v.(type) {
	case ast.Null:
		return nodeNull, nil
	case ast.Boolean:
		return Truth(bool(v)), nil
	case ast.String:
		make1(Text)
		n.Str = string(v)
	case ast.Number:
		make1(Number)
		n.setNumber(string(v))
	case *ast.Array:
		make1(Array)
		return n, v.Iter(item)
	case ast.Set:
		make1(Set)
		return n, v.Iter(item) // in order
	case ast.Object:
		make1(Object)
		return n, v.Iter(func(k, t *ast.Term) error { // in order
			key, err := FromAST(a, k.Value)
			if err != nil {
				return err
			}
			n.Keys = append(n.Keys, key)
			return item(t)
		})
	default:
		return nil, errValue
	}
	return n, nil
}

// toAST makes an OPA value of a node, for the built-ins that OPA evaluates.
func toAST(n *Node) ast.Value {
	terms := func() []*ast.Term {
		out := make([]*ast.Term, len(n.Items))
		for i, item := range n.Items {
			out[i] = ast.NewTerm(toAST(item))
		}
		return out
	}
	switch n.Kind {
	case Boolean:
		return ast.Boolean(n.Num == 1)
	case Number:
		return ast.Number(n.digits())
	case Text:
		return ast.String(n.Str)
	case Array:
		return ast.NewArray(terms()...)
	case Set:
		return ast.NewSet(terms()...)
	case Object:
		o := ast.NewObjectWithCapacity(len(n.Keys))
		for i, v := range terms() {
			o.Insert(ast.NewTerm(toAST(n.Keys[i])), v)
		}
		return o
	}
	return ast.Null{}
}
