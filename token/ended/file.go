package ended

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/mycarerecord/mcr/durable"
)

// file is the list on the disk. Nobody who asks whether a session has ended waits for it.
type file struct {
	path string

	mu    sync.Mutex
	open  *os.File
	lines int
	fault error // why the last could not be written
}

// keep writes what was not written yet, with what others are about to write: it returns nil when
// all that was put on the list before is on the disk.
func (l *List) keep() error {
	f := &l.file
	f.mu.Lock()
	defer f.mu.Unlock()
	l.mu.Lock()
	fresh := l.unwritten
	l.unwritten = nil
	l.mu.Unlock()
	if len(fresh) == 0 && f.fault == nil {
		return nil
	}
	var err error
	// After a fault the file is written anew: what a failed write has left there is not known.
	if f.open == nil || f.fault != nil || f.lines > 2*l.Len()+1024 {
		err = f.replace(l.all()) // the fresh ones are among them
	} else {
		err = f.append(fresh)
	}
	if err != nil {
		err = fmt.Errorf("writing ended sessions: %w", err)
	}
	f.fault = err
	return err
}

func (f *file) rewrite(entries []Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.replace(entries)
}

// replace writes the file anew and opens it to be added to. The lock is held.
func (f *file) replace(entries []Entry) error {
	var text []byte
	for _, e := range entries {
		text = append(text, line(e)...)
	}
	_ = f.shut() // what it holds does not matter any more
	if err := durable.Replace(f.path, text); err != nil {
		return err
	}
	open, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	f.open, f.lines = open, len(entries)
	return durable.SyncDir(filepath.Dir(f.path))
}

// append adds lines to the file. The lock is held.
func (f *file) append(entries []Entry) error {
	var text []byte
	for _, e := range entries {
		text = append(text, line(e)...)
	}
	_, err := f.open.Write(text)
	if err == nil {
		err = f.open.Sync()
	}
	if err != nil {
		return err
	}
	f.lines += len(entries)
	return nil
}

// Kept says why the last entry could not be written; nil when it was.
func (l *List) Kept() error {
	l.file.mu.Lock()
	defer l.file.mu.Unlock()
	return l.file.fault
}

func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shut()
}

func (f *file) shut() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}
