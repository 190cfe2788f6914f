package sqlite

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
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// Options tune a Store. The zero Options are right for one broker process.
type Options struct {
	// Readers is how many patients can be read from the file at once; 0 is 4.
	Readers int
	// Wait is how long a statement waits for a lock that another process holds,
	// where the caller's context does not end sooner; 0 is 5 s.
	Wait time.Duration
	// FileCheck is how often it is looked whether the file is still the one that
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
	o.FileCheck = cmp.Or(o.FileCheck, time.Second)
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

// Store is an open file.
type Store struct {
	path    string
	opt     Options
	file    fs.FileInfo
	readers chan *connection
	writer  chan *connection // one writer at a time: whoever holds the connection
	watch   *watch
	closing sync.Once
}

// Open opens the registry in the file at path and brings its schema up to date.
// A file that is not there is made, readable by its owner alone; its folder must
// be there. A file that is damaged, locked for longer than Options.Wait, not a
// registry, or made by a newer mcr is an error.
func Open(path string, opt Options) (*Store, error) {
	s, err := open(path, opt.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening registry: %w", err)
	}
	return s, nil
}

func open(path string, opt Options) (_ *Store, err error) {
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
	s := &Store{path: path, opt: opt,
		readers: make(chan *connection, opt.Readers), writer: make(chan *connection, 1)}
	if s.file, err = os.Stat(path); err != nil {
		return nil, err
	}
	if err := s.connect(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens the connections: one that writes, those that read, and the
// watch's own.
func (s *Store) connect() error {
	w, err := dial(s.path, s.opt.Wait, false)
	if err != nil {
		return err
	}
	s.writer <- w
	if err := migrate(context.Background(), w, s.opt.Clock()); err != nil {
		return err
	}
	for range s.opt.Readers {
		c, err := dial(s.path, s.opt.Wait, true)
		if err != nil {
			return err
		}
		s.readers <- c
	}
	s.watch, err = newWatch(s)
	return err
}

// Close waits for the transaction and the reads that are under way and closes the file.
func (s *Store) Close() error {
	var errs []error
	s.closing.Do(func() {
		readers, writers := s.opt.Readers, 1
		if s.watch == nil { // never came to be: what there is, is not in use
			readers, writers = len(s.readers), len(s.writer)
		} else {
			errs = append(errs, s.watch.close())
		}
		for range readers {
			errs = append(errs, (<-s.readers).close())
		}
		for range writers {
			errs = append(errs, (<-s.writer).close())
		}
		close(s.readers)
		close(s.writer)
	})
	return errors.Join(errs...)
}

// Watch has forget called by Current.
func (s *Store) Watch(forget func(numbers []string)) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	s.watch.forget = forget
}

// Current asks the file: all that was committed before the call has been told.
func (s *Store) Current() error { return s.watch.current() }

// Check returns nil if the file is the one that was opened, and can be read.
func (s *Store) Check(ctx context.Context) error {
	if err := s.inPlace(); err != nil {
		return err
	}
	return s.reading(ctx, func(c *connection) error {
		return c.each(ctx, "SELECT max(seq) FROM entry", func(row) error { return nil })
	})
}

// Versions reads what is on record under a number.
func (s *Store) Versions(ctx context.Context, number nhs.Number, take func(*registry.Entry) error) error {
	return s.reading(ctx, func(c *connection) error {
		// Not the caller's context: the driver starts a goroutine for each
		// statement whose context can end, and this one takes microseconds.
		return c.entries(context.Background(), askPatient, take, number.Digits())
	})
}

// Newest reads the entries of resources.
func (s *Store) Newest(ctx context.Context, keys []string, take func(*registry.Entry) error) error {
	return s.reading(ctx, func(c *connection) error { return c.newest(context.Background(), keys, take) })
}

// History reads every version of one entry.
func (s *Store) History(ctx context.Context, id string, take func(*registry.Entry) error) error {
	return s.reading(ctx, func(c *connection) error { return c.entries(ctx, askHistory, take, id) })
}

// inPlace says whether the file at the path is still the one that is open.
func (s *Store) inPlace() error {
	info, err := os.Stat(s.path)
	if err != nil {
		return errors.New("the registry's file is gone: put it back, or restart the broker")
	}
	if !os.SameFile(info, s.file) {
		return errors.New("the registry's file was replaced by another: restart the broker")
	}
	return nil
}

// reading lends one of the reading connections.
func (s *Store) reading(ctx context.Context, f func(*connection) error) error {
	select {
	case c, open := <-s.readers:
		if !open {
			return registry.ErrClosed
		}
		defer func() { s.readers <- c }()
		return f(c)
	case <-ctx.Done():
		return ctx.Err()
	}
}
