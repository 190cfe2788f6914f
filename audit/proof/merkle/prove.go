package merkle

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Prove gives the proof (RFC 6962, section 2.1.1) that a leaf stands in the tree of a size
// with a root. It is made of tiles that were verified against the root: damage to the
// files gives an error that wraps ErrDamaged, never a proof that does not hold.
func (l *Log) Prove(tree tlog.Tree, index int64) (tlog.RecordProof, error) {
	entry, err := l.Entry(index)
	if err != nil {
		return nil, fmt.Errorf("proving leaf %d: %w", index, err)
	}
	p, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tileReader{l}))
	if err == nil {
		err = tlog.CheckRecord(p, tree.N, tree.Hash, index, tlog.RecordHash(entry[:]))
	}
	if err != nil {
		return nil, fmt.Errorf("proving leaf %d: %w: %w", index, ErrDamaged, err)
	}
	return p, nil
}

// ProveGrowth gives the proof (RFC 6962, section 2.1.2) that the tree of an older size is
// the beginning of tree; none is needed from size 0.
func (l *Log) ProveGrowth(older int64, tree tlog.Tree) (tlog.TreeProof, error) {
	if older == 0 || older == tree.N {
		return nil, nil
	}
	p, err := tlog.ProveTree(tree.N, older, tlog.TileHashReader(tree, tileReader{l}))
	if err != nil {
		return nil, fmt.Errorf("proving growth from %d to %d: %w: %w", older, tree.N, ErrDamaged, err)
	}
	return p, nil
}

// tileReader gives a log's tiles to tlog, which verifies them.
type tileReader struct{ log *Log }

func (tileReader) Height() int { return height }

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := r.log.Tile(t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
