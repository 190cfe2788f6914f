package merkle

import "golang.org/x/mod/sumdb/tlog"

// Accumulator computes the root of a tree as its leaves come, keeping one hash for each
// of its complete subtrees. The zero Accumulator is the empty tree.
type Accumulator struct {
	size int64
	tops []tlog.Hash // of the complete subtrees, the largest first
}

// Add adds the hash of one leaf (tlog.RecordHash of its entry).
func (a *Accumulator) Add(leaf tlog.Hash) {
	a.size++
	for n := a.size; n&1 == 0; n >>= 1 {
		last := len(a.tops) - 1
		leaf = tlog.NodeHash(a.tops[last], leaf)
		a.tops = a.tops[:last]
	}
	a.tops = append(a.tops, leaf)
}

// Size is how many leaves there are.
func (a *Accumulator) Size() int64 { return a.size }

// Root is the root of the tree; that of the empty tree is the hash of nothing.
func (a *Accumulator) Root() tlog.Hash {
	if len(a.tops) == 0 {
		return emptyRoot
	}
	root := a.tops[len(a.tops)-1]
	for i := len(a.tops) - 2; i >= 0; i-- {
		root = tlog.NodeHash(a.tops[i], root)
	}
	return root
}
