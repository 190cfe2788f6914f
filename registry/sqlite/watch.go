package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// watch tells whether anything was committed to the file since it last looked,
// and forgets the patients concerned. It asks SQLite itself on a connection that
// never writes: PRAGMA data_version changes with every commit of any other
// connection, in this process or another one. Where the WAL index can be seen
// (walindex_linux.go), SQLite is asked only when that has changed, and now and then.
type watch struct {
	store *Store
	index *walIndex
	seen  atomic.Pointer[sight] // nil where the WAL index cannot be relied on

	// Checks are numbered. Who comes while one is under way waits, and takes the
	// result of a check that began after they came instead of making another.
	begun atomic.Uint64

	mu      sync.Mutex
	conn    *connection
	ended   uint64 // the number of the last check that ended
	forget  func([]string)
	err     error
	version int64 // as SQLite says
	seq     int64 // the last entry seen
	looked  time.Time
}

// sight is what was found by the last check.
type sight struct {
	index  *walIndex
	header walHeader
	until  time.Time // when SQLite is asked in any case
}

const (
	askVersion = "PRAGMA data_version"
	askLatest  = "SELECT coalesce(max(seq), 0) FROM entry"
	// A change of more entries than this forgets everybody: an import.
	mostForgotten = 1000
	askChanged    = "SELECT seq, patient FROM entry WHERE seq > ? ORDER BY seq LIMIT 1001"
)

func newWatch(s *Store) (*watch, error) {
	c, err := dial(s.path, s.opt.Wait, true)
	if err != nil {
		return nil, err
	}
	w := &watch{store: s, conn: c, forget: func([]string) {}}
	// The version before the sequence: a commit between them is seen as a change.
	if w.version, err = w.ask(askVersion); err == nil {
		w.seq, err = w.ask(askLatest)
	}
	if err != nil {
		_ = c.close()
		return nil, err
	}
	w.index = openWALIndex(s.path)
	return w, nil
}

// current has all forgotten that was committed before the call, and returns nil when it is.
func (w *watch) current() error {
	if s := w.seen.Load(); s != nil && w.store.opt.Clock().Before(s.until) && s.index.holds(&s.header) {
		return nil
	}
	came := w.begun.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended <= came {
		number := w.begun.Add(1)
		w.err = w.check()
		w.ended = number
	}
	return w.err
}

// check asks SQLite, and remembers the WAL index as it was before it asked: what is
// committed meanwhile differs from that.
func (w *watch) check() error {
	if w.conn == nil {
		return registry.ErrClosed
	}
	var header walHeader
	visible := false
	if w.index != nil {
		header, visible = w.index.read()
	}
	last := w.seen.Swap(nil)
	t := w.store.opt.Clock()
	if t.Sub(w.looked) >= w.store.opt.FileCheck || t.Before(w.looked) {
		if err := w.store.inPlace(); err != nil {
			return err
		}
		if w.index != nil && !w.index.inPlace(w.store.path) {
			w.index, visible = openWALIndex(w.store.path), false
		}
		w.looked = t
	}
	version, err := w.ask(askVersion)
	if err != nil {
		return err
	}
	if version != w.version {
		if last != nil && visible && last.header == header && w.index.holds(&header) {
			w.index = nil // it did not show the change: never rely on it again
			w.store.opt.Logger.Error("the WAL index did not show a change: asking SQLite every time from now on")
		}
		if err := w.changed(version); err != nil {
			return err
		}
	}
	if visible && w.index != nil {
		w.seen.Store(&sight{index: w.index, header: header, until: w.looked.Add(w.store.opt.FileCheck)})
	}
	return nil
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
	if n := len(patients); n == 0 || n > mostForgotten {
		w.forget(nil)
		if seq, err = w.ask(askLatest); err != nil {
			return err
		}
	} else {
		w.forget(patients)
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
	w.seen.Store(nil)
	w.begun.Add(1) // nobody takes an earlier result any more
	return c.close()
}
