package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/mycarerecord/mcr/audit/spool"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrDamaged says that the folder does not hold the log that it should: files are gone,
// too short, or do not give the root that was signed.
var ErrDamaged = errors.New("the log's files are damaged")

const (
	hashSize   = tlog.HashSize
	numberSize = 8
	// height is that of the tiles: 256 hashes wide (c2sp.org/tlog-tiles).
	height = 8
	width  = 1 << height
)

var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// Log is an open log. Append, Sync and Close are one goroutine's; the rest may be called
// by many at once, for sizes up to Size.
type Log struct {
	dir     string
	entries *column
	numbers *column
	edge    [][]tlog.Hash // by level, the hashes that make no whole tile yet; edge[0] are leaves
	tops    Accumulator
	synced  atomic.Int64
	last    uint64
	taller  bool // a level was begun, and the folder not synced since

	mu     sync.RWMutex
	levels []*column // of tiles above the leaves: levels[0] is level-1
}

// Create begins an empty log in dir, in place of whatever log is there. The folder above is there.
func Create(dir string) (*Log, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("creating a log: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating a log: %w", err)
	}
	l := &Log{dir: dir, edge: make([][]tlog.Hash, 1)}
	var err error
	if l.entries, err = openColumn(filepath.Join(dir, "entries"), 0, true); err == nil {
		l.numbers, err = openColumn(filepath.Join(dir, "numbers"), 0, true)
	}
	if err == nil {
		err = errors.Join(spool.Disk{}.SyncDir(dir), spool.Disk{}.SyncDir(filepath.Dir(dir)))
	}
	if err != nil {
		return nil, fmt.Errorf("creating a log: %w", errors.Join(err, l.Close()))
	}
	return l, nil
}

// Open opens the log in dir to go on with it after its first size leaves, which must be
// those whose root was signed. What stands beyond them is cut off. Every error that is not
// the disk's wraps ErrDamaged.
func Open(dir string, size int64, root tlog.Hash) (*Log, error) { return open(dir, size, root, true) }

// Read opens the log in dir for reading its first size leaves, while another process may
// go on with it.
func Read(dir string, size int64, root tlog.Hash) (*Log, error) { return open(dir, size, root, false) }

func open(dir string, size int64, root tlog.Hash, write bool) (_ *Log, err error) {
	l := &Log{dir: dir}
	defer func() {
		if err != nil {
			err = fmt.Errorf("opening the log %s: %w", filepath.Base(dir), errors.Join(err, l.Close()))
		}
	}()
	if l.entries, err = openColumn(filepath.Join(dir, "entries"), size*hashSize, write); err != nil {
		return nil, err
	}
	if l.numbers, err = openColumn(filepath.Join(dir, "numbers"), size*numberSize, write); err != nil {
		return nil, err
	}
	for n, level := size>>height, 1; n > 0; n, level = n>>height, level+1 {
		c, err := openColumn(l.levelPath(level), n*hashSize, write)
		if err != nil {
			return nil, err
		}
		l.levels = append(l.levels, c)
	}
	l.synced.Store(size)
	if err := l.readEdge(size); err != nil {
		return nil, err
	}
	if size > 0 {
		if l.last, err = l.Number(size - 1); err != nil {
			return nil, err
		}
	}
	got, err := l.Root(size)
	if err != nil {
		return nil, err
	}
	if got != root {
		return nil, fmt.Errorf("%w: they give the root %v at %d leaves; %v was signed", ErrDamaged, got, size, root)
	}
	return l, nil
}

func (l *Log) levelPath(level int) string {
	return filepath.Join(l.dir, "level-"+strconv.Itoa(level))
}

// level gives the file of a level above the leaves; nil when there is none.
func (l *Log) level(level int) *column {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if level > len(l.levels) {
		return nil
	}
	return l.levels[level-1]
}

// readEdge reads what is needed to go on: the hashes right of the last whole tile.
func (l *Log) readEdge(size int64) error {
	l.edge = make([][]tlog.Hash, len(l.levels)+1)
	for level := range l.edge {
		n := size >> (level * height)
		if n%width == 0 {
			continue
		}
		data, err := l.Tile(level, n/width, int(n%width))
		if err != nil {
			return err
		}
		for ; len(data) > 0; data = data[hashSize:] {
			l.edge[level] = append(l.edge[level], tlog.Hash(data[:hashSize]))
		}
	}
	// The accumulator goes on from the same complete subtrees.
	tops, err := l.ReadHashes(completeSubtrees(size))
	if err != nil {
		return err
	}
	l.tops = Accumulator{size: size, tops: tops}
	return nil
}

// completeSubtrees gives the places, as tlog numbers them, of the largest complete
// subtrees of a tree, from the left.
func completeSubtrees(size int64) (places []int64) {
	for bit, from := 62, int64(0); bit >= 0; bit-- {
		if size>>bit&1 == 1 {
			places = append(places, tlog.StoredHashIndex(bit, from>>bit))
			from += 1 << bit
		}
	}
	return places
}

// Append adds a record: its number, which must be above the last one's, and its entry.
// It is not there for readers before Sync.
func (l *Log) Append(number uint64, entry [hashSize]byte) error {
	if number <= l.last {
		return fmt.Errorf("appending record %d to a log that has come to %d", number, l.last)
	}
	l.last = number
	l.entries.add(entry[:])
	l.numbers.add(binary.BigEndian.AppendUint64(nil, number))
	leaf := tlog.RecordHash(entry[:])
	l.tops.Add(leaf)
	return l.rise(0, leaf)
}

// rise puts a hash into a level, and what a whole tile makes into the one above.
func (l *Log) rise(level int, h tlog.Hash) error {
	if level == len(l.edge) {
		l.edge = append(l.edge, nil)
	}
	if level > 0 {
		c := l.level(level)
		if c == nil {
			var err error
			if c, err = openColumn(l.levelPath(level), 0, true); err != nil {
				return fmt.Errorf("appending to a log: %w", err)
			}
			l.mu.Lock()
			l.levels, l.taller = append(l.levels, c), true
			l.mu.Unlock()
		}
		c.add(h[:])
	}
	l.edge[level] = append(l.edge[level], h)
	if len(l.edge[level]) < width {
		return nil
	}
	var whole Accumulator
	for _, one := range l.edge[level] {
		whole.Add(one)
	}
	l.edge[level] = l.edge[level][:0]
	return l.rise(level+1, whole.Root())
}

// Appended gives how many leaves there are and their root, synced or not.
func (l *Log) Appended() (int64, tlog.Hash) { return l.tops.Size(), l.tops.Root() }

// Unsynced is how many leaves wait for Sync.
func (l *Log) Unsynced() int64 { return l.tops.Size() - l.synced.Load() }

// Last gives the number of the last record; 0 when there is none.
func (l *Log) Last() uint64 { return l.last }

// Sync makes durable what was appended, and sees that the files are still in their
// place: written to files that somebody has deleted, a log would be gone at the restart.
func (l *Log) Sync() error {
	if l.tops.Size() == l.synced.Load() {
		return nil
	}
	for _, c := range append([]*column{l.entries, l.numbers}, l.levels...) {
		if err := c.sync(); err != nil {
			return fmt.Errorf("writing a log: %w", err)
		}
	}
	if l.taller {
		if err := (spool.Disk{}).SyncDir(l.dir); err != nil {
			return fmt.Errorf("writing a log: %w", err)
		}
		l.taller = false
	}
	l.synced.Store(l.tops.Size())
	return nil
}

// Size is how many leaves are durable.
func (l *Log) Size() int64 { return l.synced.Load() }

// Number gives the number of a leaf's record.
func (l *Log) Number(index int64) (uint64, error) {
	raw, err := l.numbers.read(index*numberSize, numberSize)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

// Index gives the leaf of a record among the first size; false when it has none there.
func (l *Log) Index(number uint64, size int64) (index int64, ok bool, err error) {
	at := sort.Search(int(size), func(i int) bool {
		n, bad := l.Number(int64(i))
		err = errors.Join(err, bad)
		return n >= number
	})
	if err != nil || int64(at) == size {
		return 0, false, err
	}
	n, err := l.Number(int64(at))
	return int64(at), n == number, err
}

// Entry gives the entry of a leaf.
func (l *Log) Entry(index int64) (entry [hashSize]byte, err error) {
	raw, err := l.entries.read(index*hashSize, hashSize)
	if err != nil {
		return entry, err
	}
	return [hashSize]byte(raw), nil
}

// Leaves gives the numbers and entries of leaves from an index on, at most n of the first size.
func (l *Log) Leaves(from, n, size int64) (numbers []uint64, entries [][hashSize]byte, err error) {
	n = max(0, min(n, size-from))
	raw, err := l.numbers.read(from*numberSize, n*numberSize)
	if err != nil {
		return nil, nil, err
	}
	all, err := l.entries.read(from*hashSize, n*hashSize)
	if err != nil {
		return nil, nil, err
	}
	numbers, entries = make([]uint64, n), make([][hashSize]byte, n)
	for i := range n {
		numbers[i] = binary.BigEndian.Uint64(raw[i*numberSize:])
		entries[i] = [hashSize]byte(all[i*hashSize:])
	}
	return numbers, entries, nil
}

// Close lets go of the files. What was not synced is not kept.
func (l *Log) Close() error {
	var errs []error
	for _, c := range append([]*column{l.entries, l.numbers}, l.levels...) {
		if c != nil {
			errs = append(errs, c.file.Close())
		}
	}
	return errors.Join(errs...)
}

var _ tlog.HashReader = (*Log)(nil)
var _ io.Closer = (*Log)(nil)
