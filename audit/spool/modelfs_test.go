package spool_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/audit/spool"
)

// modelFS is a model of a file system on a disk with a cache that a loss of
// power empties. A write is durable when Sync succeeds after it, a name when
// SyncDir does. It can fail any operation, once or from then on.
//
// After a Sync that failed it does what Linux does: the pages stay readable and
// count as clean, and a later Sync succeeds without having written them.
type modelFS struct {
	mu      sync.Mutex
	ops     int
	fault   func(op int, kind, name string) error
	names   map[string]*inode
	durable map[string]*inode
	pending []nameOp
	locked  bool
	free    uint64
	// mixed lets a loss of power keep any of the changes of the directory that were not
	// made durable, not only the first of them: POSIX promises no order.
	mixed bool
}

type inode struct {
	now  []byte // what a reader sees
	disk []byte // what survives
	todo []write

	writes int
}

type write struct {
	off  int64
	data []byte
	trim bool // cut to off instead
}

// nameOp is a change of the directory that is not durable yet: name now stands
// for node (nil: removed), and old, if any, is gone.
type nameOp struct {
	name, old string
	node      *inode
}

var (
	errDisk  = errors.New("the disk failed")
	errPower = errors.New("the power is off")
)

func newModel() *modelFS {
	return &modelFS{names: map[string]*inode{}, durable: map[string]*inode{}, free: 1 << 40}
}

// step counts an operation and says whether it fails. The caller holds mu.
func (m *modelFS) step(kind, name string) error {
	m.ops++
	if m.fault != nil {
		return m.fault(m.ops, kind, filepath.Base(name))
	}
	return nil
}

func (m *modelFS) do(kind, name string, f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(kind, name); err != nil {
		return err
	}
	return f()
}

func (m *modelFS) MakeDir(dir string) error {
	return m.do("makedir", dir, func() error { return nil })
}

func (m *modelFS) List(dir string) (names []string, err error) {
	err = m.do("list", dir, func() error {
		for name := range m.names {
			names = append(names, filepath.Base(name))
		}
		return nil
	})
	return names, err
}

func (m *modelFS) Open(name string) (spool.File, error) { return m.open("open", name) }

func (m *modelFS) Edit(name string) (spool.File, error) { return m.open("edit", name) }

func (m *modelFS) open(kind, name string) (f spool.File, err error) {
	err = m.do(kind, name, func() error {
		node := m.names[name]
		if node == nil {
			return fs.ErrNotExist
		}
		f = &modelFile{m, node, name}
		return nil
	})
	return f, err
}

func (m *modelFS) Create(name string) (f spool.File, err error) {
	err = m.do("create", name, func() error {
		node := &inode{}
		m.names[name] = node
		m.pending = append(m.pending, nameOp{name: name, node: node})
		f = &modelFile{m, node, name}
		return nil
	})
	return f, err
}

func (m *modelFS) Rename(from, to string) error {
	return m.do("rename", from, func() error {
		node := m.names[from]
		if node == nil {
			return fs.ErrNotExist
		}
		delete(m.names, from)
		m.names[to] = node
		m.pending = append(m.pending, nameOp{name: to, old: from, node: node})
		return nil
	})
}

func (m *modelFS) Remove(name string) error {
	return m.do("remove", name, func() error {
		if m.names[name] == nil {
			return fs.ErrNotExist
		}
		delete(m.names, name)
		m.pending = append(m.pending, nameOp{name: name})
		return nil
	})
}

func (m *modelFS) SyncDir(dir string) error {
	return m.do("syncdir", dir, func() error {
		m.settleNames(len(m.pending))
		return nil
	})
}

func (m *modelFS) settleNames(n int) {
	for _, op := range m.pending[:n] {
		if op.old != "" {
			delete(m.durable, op.old)
		}
		if op.node == nil {
			delete(m.durable, op.name)
		} else {
			m.durable[op.name] = op.node
		}
	}
	m.pending = m.pending[n:]
}

func (m *modelFS) Free(dir string) (n uint64, err error) {
	err = m.do("free", dir, func() error { n = m.free; return nil })
	return n, err
}

func (m *modelFS) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step("lock", name); err != nil {
		return nil, err
	}
	if m.locked {
		return nil, spool.ErrLocked
	}
	m.locked = true
	return unlock{m}, nil
}

// InPlace looks for the name; the lock has none here.
func (m *modelFS) InPlace(f io.Closer, name string, size int64) error {
	file, ok := f.(*modelFile)
	if !ok {
		return nil
	}
	return m.do("inplace", name, func() error {
		if m.names[name] != file.node || int64(len(file.node.now)) < size {
			return fs.ErrNotExist
		}
		return nil
	})
}

// Identity is the node, and how often it was written to.
func (m *modelFS) Identity(name string) (id string, err error) {
	err = m.do("identity", name, func() error {
		node := m.names[name]
		if node == nil {
			return fs.ErrNotExist
		}
		id = fmt.Sprintf("%p %d", node, node.writes)
		return nil
	})
	return id, err
}

type unlock struct{ m *modelFS }

func (u unlock) Close() error {
	u.m.mu.Lock()
	u.m.locked = false
	u.m.mu.Unlock()
	return nil
}

// crash gives the disk as it is when the power comes back. Of the names that
// were not durable a part survives, in order; of the writes, any sectors:
// keep is the chance of each. Keep 0 loses all that may be lost, 1 nothing.
func (m *modelFS) crash(rng *rand.Rand, keep float64) *modelFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mixed {
		m.pending = slices.DeleteFunc(m.pending, func(nameOp) bool { return rng.Float64() >= keep })
	}
	n := 0
	for n < len(m.pending) && (m.mixed || rng.Float64() < keep) {
		n++
	}
	m.settleNames(n)
	after := newModel()
	for name, node := range m.durable {
		for _, w := range node.todo {
			node.survive(rng, keep, w)
		}
		copied := &inode{now: append([]byte(nil), node.disk...), disk: append([]byte(nil), node.disk...)}
		after.names[name], after.durable[name] = copied, copied
	}
	return after
}

// survive writes some sectors of w to the disk.
func (node *inode) survive(rng *rand.Rand, keep float64, w write) {
	if w.trim {
		if rng.Float64() < keep {
			node.apply(&node.disk, w)
		}
		return
	}
	const sector = 512
	for off := w.off; off < w.off+int64(len(w.data)); {
		end := min((off/sector+1)*sector, w.off+int64(len(w.data)))
		if rng.Float64() < keep {
			node.apply(&node.disk, write{off: off, data: w.data[off-w.off : end-w.off]})
		}
		off = end
	}
}

var _ spool.FS = (*modelFS)(nil)
