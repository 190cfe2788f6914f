package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options tune a Registry. The zero Options are right for one broker process.
type Options struct {
	// Patients is how many patients' entries are kept in memory, about 1 KB each;
	// 0 is 20,000. More patients than this are read from the file.
	Patients int
	// Readers is how many patients can be read from the file at once; 0 is 4.
	Readers int
	// Wait is how long a statement waits for a lock that another process holds,
	// where the caller's context does not end sooner; 0 is 5 s.
	Wait time.Duration
	// ChangeTimeout is how long a prepared change may stay uncommitted before it is
	// rolled back, so that a caller that died does not stop all others; 0 is 30 s.
	ChangeTimeout time.Duration
	// PermissionFor is how long a permission holds whose Statement gives no end;
	// 0 is 30 days. A permission without an end is never recorded.
	PermissionFor time.Duration
	// PermissionLongest is the longest permission that is taken; 0 is 366 days.
	PermissionLongest time.Duration
	// EmergencyLongest is how long a declared emergency holds at most; 0 is 8 h.
	EmergencyLongest time.Duration
	// FileCheck is how often Gather looks whether the file is still the one that
	// was opened: a registry that was moved away or replaced by a restored copy
	// would otherwise be read from the old one for ever. 0 is 1 s.
	FileCheck time.Duration
	// Clock is for tests; nil is time.Now.
	Clock func() time.Time
	// Logger is told of failures, never of patients; nil is slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Wait = cmp.Or(o.Wait, 5*time.Second)
	o.ChangeTimeout = cmp.Or(o.ChangeTimeout, 30*time.Second)
	o.PermissionFor = cmp.Or(o.PermissionFor, 30*24*time.Hour)
	o.PermissionLongest = cmp.Or(o.PermissionLongest, 366*24*time.Hour)
	o.EmergencyLongest = cmp.Or(o.EmergencyLongest, 8*time.Hour)
	o.FileCheck = cmp.Or(o.FileCheck, time.Second)
	if o.Patients <= 0 {
		o.Patients = 20_000
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Registry is an open registry.
type Registry struct {
	path    string
	opt     Options
	file    fs.FileInfo
	readers chan *connection
	writer  chan *connection // one writer at a time: whoever holds the connection
	watch   *watch
	people  *people
	failing atomic.Bool
	closing sync.Once
}

// ErrClosed is what a closed registry answers.
var ErrClosed = errors.New("registry is closed")

// Open opens the registry in the file at path and brings its schema up to date.
// A file that is not there is made, readable by its owner alone; its folder must
// be there. A file that is damaged, locked for longer than Options.Wait, not a
// registry, or made by a newer mcr is an error.
func Open(path string, opt Options) (*Registry, error) {
	r, err := open(path, opt.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening registry: %w", err)
	}
	return r, nil
}

func open(path string, opt Options) (_ *Registry, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	// Made here, because SQLite would make it readable by everyone. One that is
	// there is not opened: closing it again would drop the locks that another
	// handle of this process has on it (POSIX locks belong to the process).
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case err == nil:
		err = f.Close()
	case errors.Is(err, fs.ErrExist):
		err = nil
	}
	if err != nil {
		return nil, err
	}
	r := &Registry{path: path, opt: opt,
		readers: make(chan *connection, opt.Readers), writer: make(chan *connection, 1),
		people: newPeople(opt.Patients)}
	if r.file, err = os.Stat(path); err != nil {
		return nil, err
	}
	if err := r.connect(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// connect opens the connections: one that writes, those that read, and the
// watch's own.
func (r *Registry) connect() error {
	w, err := dial(r.path, r.opt.Wait, false)
	if err != nil {
		return err
	}
	r.writer <- w
	if err := migrate(context.Background(), w, r.opt.Clock()); err != nil {
		return err
	}
	for range r.opt.Readers {
		c, err := dial(r.path, r.opt.Wait, true)
		if err != nil {
			return err
		}
		r.readers <- c
	}
	r.watch, err = newWatch(r)
	return err
}

// Close waits for the change and the reads that are under way and closes the file.
// Facts gathered after it are Unavailable.
func (r *Registry) Close() error {
	var errs []error
	r.closing.Do(func() {
		readers, writers := r.opt.Readers, 1
		if r.watch == nil { // never came to be: what there is, is not in use
			readers, writers = len(r.readers), len(r.writer)
		} else {
			errs = append(errs, r.watch.close())
		}
		for range readers {
			errs = append(errs, (<-r.readers).close())
		}
		for range writers {
			errs = append(errs, (<-r.writer).close())
		}
		close(r.readers)
		close(r.writer)
	})
	return errors.Join(errs...)
}

// Check says whether facts can be gathered now, for a readiness probe: the file
// is the one that was opened, and can be read.
func (r *Registry) Check(ctx context.Context) error {
	if err := r.inPlace(); err != nil {
		return fmt.Errorf("checking registry: %w", err)
	}
	if _, err := r.watch.now(); err != nil {
		return fmt.Errorf("checking registry: %w", err)
	}
	err := r.reading(ctx, func(c *connection) error {
		return c.each(ctx, "SELECT max(seq) FROM entry", func(row) error { return nil })
	})
	if err != nil {
		return fmt.Errorf("checking registry: %w", err)
	}
	return nil
}

// inPlace says whether the file at the path is still the one that is open.
func (r *Registry) inPlace() error {
	info, err := os.Stat(r.path)
	if err != nil {
		return errors.New("the registry's file is gone: put it back, or restart the broker")
	}
	if !os.SameFile(info, r.file) {
		return errors.New("the registry's file was replaced by another: restart the broker")
	}
	return nil
}

// reading lends one of the reading connections.
func (r *Registry) reading(ctx context.Context, f func(*connection) error) error {
	select {
	case c, open := <-r.readers:
		if !open {
			return ErrClosed
		}
		defer func() { r.readers <- c }()
		return f(c)
	case <-ctx.Done():
		return ctx.Err()
	}
}
