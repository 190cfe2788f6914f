package registry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// watch tells whether anything was committed to the file since it last looked,
// and forgets the patients concerned. It asks SQLite itself on a connection that
// never writes: PRAGMA data_version changes with every commit of any other
// connection, in this process or another one.
type watch struct {
	registry *Registry

	// Checks are numbered. Who comes while one is under way waits, and takes the
	// result of a check that began after they came instead of making another.
	begun atomic.Uint64

	mu      sync.Mutex
	conn    *connection
	ended   uint64 // the number of the last check that ended
	moment  uint64 // what people are valid for: counts the changes seen
	err     error
	version int64 // as SQLite says
	seq     int64 // the last entry seen
	looked  time.Time
}

const (
	askVersion = "PRAGMA data_version"
	askLatest  = "SELECT coalesce(max(seq), 0) FROM entry"
	// A change of more entries than this forgets everybody: an import.
	mostForgotten = 1000
	askChanged    = "SELECT seq, patient FROM entry WHERE seq > ? ORDER BY seq LIMIT 1001"
)

func newWatch(r *Registry) (*watch, error) {
	c, err := dial(r.path, r.opt.Wait, true)
	if err != nil {
		return nil, err
	}
	w := &watch{registry: r, conn: c, looked: r.opt.Clock()}
	// The version before the sequence: a commit between them is seen as a change.
	if w.version, err = w.ask(askVersion); err == nil {
		w.seq, err = w.ask(askLatest)
	}
	if err != nil {
		_ = c.close()
		return nil, err
	}
	return w, nil
}

// now gives the moment that everything committed before the call belongs to.
// What was kept in memory is valid after it returns, or was forgotten.
func (w *watch) now() (uint64, error) {
	came := w.begun.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended <= came {
		number := w.begun.Add(1)
		w.err = w.check()
		w.ended = number
	}
	return w.moment, w.err
}

func (w *watch) check() error {
	if w.conn == nil {
		return ErrClosed
	}
	if t := w.registry.opt.Clock(); t.Sub(w.looked) >= w.registry.opt.FileCheck || t.Before(w.looked) {
		if err := w.registry.inPlace(); err != nil {
			return err
		}
		w.looked = t
	}
	version, err := w.ask(askVersion)
	if err != nil || version == w.version {
		return err
	}
	return w.changed(version)
}

// changed forgets the patients of the entries that came since. Entries are only
// added, in the order of seq, so these are all that changed. A change without a
// new entry was somebody's work on the file itself: everybody is forgotten.
func (w *watch) changed(version int64) error {
	var patients []string
	seq := w.seq
	err := w.conn.each(context.Background(), askChanged, func(r row) error {
		seq = r.integer(0)
		patients = append(patients, r.text(1))
		return nil
	}, w.seq)
	if err != nil {
		return err
	}
	w.moment++
	if n := len(patients); n == 0 || n > mostForgotten {
		w.registry.people.forgetAll(w.moment)
		if seq, err = w.ask(askLatest); err != nil {
			return err
		}
	} else {
		w.registry.people.forget(w.moment, patients)
	}
	w.seq, w.version = seq, version
	return nil
}

func (w *watch) ask(query string) (n int64, err error) {
	err = w.conn.each(context.Background(), query, func(r row) error { n = r.integer(0); return nil })
	return n, err
}

func (w *watch) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.conn
	w.conn = nil
	w.begun.Add(1) // nobody takes an earlier result any more
	return c.close()
}
