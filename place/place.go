// Package place watches that files which a process opened, or read, are still where they
// were. A file that is deleted, moved away or replaced underneath goes on being read and
// written by whoever has it open, and all of that is gone at the next start: so it is
// looked for by device and inode, each second, apart from the work that rests on it.
//
// What it cannot see: a file that goes and is back within the second, and one whose
// content is changed where it stands.
//
// A Watch may be asked by many goroutines at once.
package place

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// Every is how often a Watch looks.
const Every = time.Second

// File is something that must stay where it is.
type File struct {
	What string // in words: "the registry's file"
	Path string
	// Same is what else than the very file will do, after it was away: nothing for one that
	// is open (while it is, its inode is given to no other); AnyFile for one that is written anew again and again; SameContent for one
	// that was read once and is not changed.
	Same Same
}

// Same is what may stand in a file's place.
type Same int

// What may stand in a file's place.
const (
	TheFile Same = iota
	AnyFile
	SameContent
)

// watched is a File as it was.
type watched struct {
	File
	info    os.FileInfo
	content []byte
	held    *os.File // of a folder: that its inode is given to no other
}

// Watch looks at files until it is closed.
type Watch struct {
	files   []*watched
	now     atomic.Pointer[error] // never nil
	changed func(was, is error)
	asked   chan chan struct{} // to look now; closed when it has
	stop    chan struct{}
	stopped chan struct{}
}

// New begins to watch files, each of which must be there. changed is told each time that
// what is wrong changes, from the Watch's own goroutine; an error that is nil is that all
// is in place.
func New(files []File, changed func(was, is error)) (*Watch, error) {
	w := &Watch{changed: changed, asked: make(chan chan struct{}), stop: make(chan struct{}), stopped: make(chan struct{})}
	for _, f := range files {
		one := &watched{File: f}
		var err error
		if one.info, err = os.Stat(f.Path); err != nil {
			return nil, fmt.Errorf("watching %s: %w", f.What, err)
		}
		if one.info.IsDir() {
			if one.held, err = os.Open(f.Path); err != nil {
				return nil, fmt.Errorf("watching %s: %w", f.What, err)
			}
		}
		if f.Same == SameContent {
			if one.content, err = os.ReadFile(f.Path); err != nil {
				return nil, fmt.Errorf("watching %s: %w", f.What, err)
			}
		}
		w.files = append(w.files, one)
	}
	var right error
	w.now.Store(&right)
	go w.run()
	return w, nil
}

// Err says which files are not in their place, as far as the last look found; nil when all
// are.
func (w *Watch) Err() error { return *w.now.Load() }

// Now looks at once and says what Err says then: for what is done seldom and would write
// where the files were.
func (w *Watch) Now() error {
	done := make(chan struct{})
	select {
	case w.asked <- done:
		<-done
	case <-w.stopped:
	}
	return w.Err()
}

// Close looks a last time, so that what went since the last look is told too, and ends the
// watch.
func (w *Watch) Close() {
	close(w.stop)
	<-w.stopped
	for _, f := range w.files {
		if f.held != nil {
			_ = f.held.Close() // it was read from never
		}
	}
}

func (w *Watch) run() {
	defer close(w.stopped)
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			w.look()
			return
		case <-tick.C:
			w.look()
		case done := <-w.asked:
			w.look()
			close(done)
		}
	}
}

func (w *Watch) look() {
	var faults []error
	for _, f := range w.files {
		faults = append(faults, f.look())
	}
	is, was := errors.Join(faults...), w.Err()
	w.now.Store(&is)
	if (is == nil) != (was == nil) || is != nil && is.Error() != was.Error() {
		w.changed(was, is)
	}
}

func (f *watched) look() error {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s is gone: put it back", f.What)
	case err != nil:
		return fmt.Errorf("%s cannot be looked at: %w", f.What, err)
	case info.Mode().Type() != f.info.Mode().Type():
	case os.SameFile(info, f.info) || f.Same == AnyFile:
		return nil
	case f.Same == SameContent:
		if content, err := os.ReadFile(f.Path); err == nil && bytes.Equal(content, f.content) {
			f.info = info
			return nil
		}
	}
	return fmt.Errorf("%s was replaced by another: put it back, or restart", f.What)
}
