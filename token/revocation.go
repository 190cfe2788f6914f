package token

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of the revocation list: how often the file is looked at, and its size.
const (
	pollEvery    = time.Second
	maxListBytes = 16 << 20
)

// revocations is the list as it was last read. The file is looked at by the
// requests themselves, one of them a second.
type revocations struct {
	path   string
	list   atomic.Pointer[revoked]
	polled atomic.Int64 // unix nanoseconds of the last look
	mu     sync.Mutex   // one look at a time
	seen   os.FileInfo
	racy   bool // the file was written so shortly before it was read that its time may not show the next write
}

func newRevocations(path string, now time.Time) *revocations {
	if path == "" {
		return nil
	}
	r := &revocations{path: path}
	r.poll(now)
	return r
}

// check gives errRevoked, errListGone, or nil.
func (r *revocations) check(t *verified, now time.Time) error {
	if r == nil {
		return nil
	}
	if at := now.UnixNano() - r.polled.Load(); at >= int64(pollEvery) || at < 0 {
		if r.mu.TryLock() { // whoever does not get to look goes by the last reading
			r.look(now)
			r.mu.Unlock()
		}
	}
	l := r.list.Load()
	if l.err != nil {
		return errListGone
	}
	if l.names(t) {
		return errRevoked
	}
	return nil
}

func (r *revocations) poll(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look(now)
}

// ready says why everything is denied, if so.
func (r *revocations) ready(now time.Time) error {
	if r == nil {
		return nil
	}
	r.poll(now)
	return r.list.Load().err
}

// look reads the file again if it is another one than the last time.
func (r *revocations) look(now time.Time) {
	defer r.polled.Store(now.UnixNano())
	info, err := os.Stat(r.path)
	if err != nil {
		r.fail(err)
		return
	}
	old := r.seen
	same := old != nil && os.SameFile(old, info) && old.Size() == info.Size() && old.ModTime().Equal(info.ModTime())
	if same && !r.racy {
		return
	}
	began := time.Now() // the file system's clock, whatever clock the product runs on
	list, info, err := readRevoked(r.path)
	if err != nil {
		r.fail(err)
		return
	}
	r.seen, r.racy = info, began.Sub(info.ModTime()) < pollEvery
	r.list.Store(list)
}

func (r *revocations) fail(err error) {
	r.seen = nil // so that it is read when it is back, even if it looks the same
	r.list.Store(&revoked{err: fmt.Errorf("reading revocation list: %w", err)})
}

func readRevoked(path string) (*revoked, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(f, maxListBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxListBytes {
		return nil, nil, errors.New("larger than 16 MB")
	}
	list, err := parseRevoked(body)
	return list, info, err
}
