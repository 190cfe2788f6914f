package spool_test

import (
	"errors"
	"io"
)

// modelFile is a descriptor.
type modelFile struct {
	m    *modelFS
	node *inode
	name string
}

func (f *modelFile) ReadAt(b []byte, off int64) (n int, err error) {
	err = f.m.do("read", f.name, func() error {
		if off < int64(len(f.node.now)) {
			n = copy(b, f.node.now[off:])
		}
		if n < len(b) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

// WriteAt writes half of b when it fails.
func (f *modelFile) WriteAt(b []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	err := f.m.step("write", f.name)
	if errors.Is(err, errPower) {
		return 0, err
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	f.node.writes++
	f.node.apply(&f.node.now, write{off: off, data: b})
	f.node.todo = append(f.node.todo, write{off: off, data: append([]byte(nil), b...)})
	return len(b), err
}

func (f *modelFile) Truncate(size int64) error {
	return f.m.do("truncate", f.name, func() error {
		w := write{off: size, trim: true}
		f.node.writes++
		f.node.apply(&f.node.now, w)
		f.node.todo = append(f.node.todo, w)
		return nil
	})
}

func (f *modelFile) Sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	err := f.m.step("sync", f.name)
	if err == nil {
		for _, w := range f.node.todo {
			f.node.apply(&f.node.disk, w)
		}
	}
	if !errors.Is(err, errPower) {
		f.node.todo = nil // failed: clean in the cache, and never written
	}
	return err
}

func (f *modelFile) Size() (n int64, err error) {
	err = f.m.do("size", f.name, func() error { n = int64(len(f.node.now)); return nil })
	return n, err
}

func (f *modelFile) Close() error {
	return f.m.do("close", f.name, func() error { return nil })
}

func (*inode) apply(b *[]byte, w write) {
	if end := w.off + int64(len(w.data)); end > int64(len(*b)) {
		*b = append(*b, make([]byte, end-int64(len(*b)))...)
	}
	if w.trim {
		*b = (*b)[:w.off]
		return
	}
	copy((*b)[w.off:], w.data)
}
