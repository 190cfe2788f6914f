package merkle

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tile gives width hashes of a tile of the tree (c2sp.org/tlog-tiles): 32 bytes each,
// from the n-th tile of a level; level 0 are the leaves.
func (l *Log) Tile(level int, n int64, wide int) ([]byte, error) {
	at, bytes := n*width*hashSize, int64(wide)*hashSize
	if level > 0 {
		c := l.level(level)
		if c == nil {
			return nil, fmt.Errorf("%w: there is no level %d", ErrDamaged, level)
		}
		return c.read(at, bytes)
	}
	entries, err := l.entries.read(at, bytes)
	if err != nil {
		return nil, err
	}
	for ; bytes > 0; bytes -= hashSize {
		leaf := tlog.RecordHash(entries[bytes-hashSize : bytes])
		copy(entries[bytes-hashSize:], leaf[:])
	}
	return entries, nil
}

// Bundle gives an entry bundle (c2sp.org/tlog-tiles): width entries of the n-th tile of
// leaves, each after its length in two bytes.
func (l *Log) Bundle(n int64, wide int) ([]byte, error) {
	entries, err := l.entries.read(n*width*hashSize, int64(wide)*hashSize)
	if err != nil {
		return nil, err
	}
	bundle := make([]byte, 0, wide*(2+hashSize))
	for ; len(entries) > 0; entries = entries[hashSize:] {
		bundle = binary.BigEndian.AppendUint16(bundle, hashSize)
		bundle = append(bundle, entries[:hashSize]...)
	}
	return bundle, nil
}

// ReadHashes gives the hashes at places of the tree, as tlog numbers them.
func (l *Log) ReadHashes(places []int64) ([]tlog.Hash, error) {
	tiles := map[tlog.Tile][]byte{}
	hashes := make([]tlog.Hash, len(places))
	for i, place := range places {
		t := tlog.TileForIndex(height, place)
		data, ok := tiles[t]
		if !ok {
			var err error
			if data, err = l.Tile(t.L, t.N, t.W); err != nil {
				return nil, err
			}
			tiles[t] = data
		}
		h, err := tlog.HashFromTile(t, data, place)
		if err != nil {
			return nil, fmt.Errorf("reading a log: %w", err)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// Root computes the root of the first size leaves.
func (l *Log) Root(size int64) (tlog.Hash, error) {
	if size == 0 {
		return emptyRoot, nil // tlog gives zeros
	}
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("computing a root: %w", err)
	}
	return root, nil
}

// ParsePath reads the address of a tile or an entry bundle (c2sp.org/tlog-tiles):
// "tile/0/x001/067", "tile/entries/000.p/5". The level of a bundle is -1.
func ParsePath(path string) (level int, n int64, wide int, ok bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return 0, 0, 0, false
	}
	if entries, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + entries
	} else if strings.HasPrefix(rest, "data/") {
		return 0, 0, 0, false
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", height, rest))
	return t.L, t.N, t.W, err == nil
}

// Holds says whether a tree of a size has a tile: whole, or partial as it stands at its
// right edge, or narrower than that.
func Holds(size int64, level int, n int64, wide int) bool {
	hashes := size >> (max(level, 0) * height)
	return level < 63/height && n <= hashes>>height && n*width+int64(wide) <= hashes
}
