package merkle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// column is a file that grows at its end.
type column struct {
	file    *os.File
	size    int64 // written
	pending []byte
}

// mostPending bounds what waits in memory to be written.
const mostPending = 1 << 20

// openColumn opens a file of at least size bytes; for writing, cut to that.
func openColumn(path string, size int64, write bool) (*column, error) {
	mode := os.O_RDONLY
	if write {
		mode = os.O_RDWR
		if size == 0 {
			mode |= os.O_CREATE
		}
	}
	f, err := os.OpenFile(path, mode, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = fmt.Errorf("%w: %s has %d bytes, of which %d were signed", ErrDamaged, info.Name(), info.Size(), size)
	}
	if err == nil && write && info.Size() > size {
		err = f.Truncate(size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &column{file: f, size: size}, nil
}

func (c *column) add(b []byte) { c.pending = append(c.pending, b...) }

// sync writes what waits and makes it durable. After a failure the same is written again.
func (c *column) sync() error {
	if len(c.pending) == 0 {
		return nil
	}
	if _, err := c.file.WriteAt(c.pending, c.size); err != nil {
		return err
	}
	if err := c.file.Sync(); err != nil {
		return err
	}
	held, err := c.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(c.file.Name())
	if err != nil {
		return fmt.Errorf("the log was deleted or replaced underneath: %w", err)
	}
	if !os.SameFile(held, named) {
		return fmt.Errorf("the log was deleted or replaced underneath: %s is another file", named.Name())
	}
	c.size += int64(len(c.pending))
	c.pending = c.pending[:0]
	if cap(c.pending) > mostPending {
		c.pending = nil
	}
	return nil
}

func (c *column) read(at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := c.file.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: %s ends early", ErrDamaged, c.file.Name())
		}
		return nil, fmt.Errorf("reading a log: %w", err)
	}
	return b, nil
}
