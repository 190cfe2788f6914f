package spool

import (
	"fmt"
	"path/filepath"
)

// A folder can be deleted, moved away or replaced under a process that has files of
// it open (attack 161). To that process all is well: writes and syncs succeed, on
// files that nobody will find again. So after each sync, once for all that it made
// durable, the committer asks whether the segment still has its name. That costs two
// system calls beside the sync, which takes a hundred times as long.
//
// The other files, and this one while nobody appends, are the watcher's.
//
// What is gone stays gone until it is back: a new segment in a folder that somebody
// has emptied would look well, and hide that records are lost. A restart compares
// what is there with the checkpoint and the store.

// taken is a file that has lost its name. It is kept open, so that no other file can
// pass for it.
type taken struct {
	file File
	name string
	size int64
}

// inPlace gives up the active segment if it is not where it was.
func (s *Spool) inPlace() error {
	c := &s.c
	err := s.fs.InPlace(c.file, s.path(c.segment.file), c.segment.size)
	if err == nil {
		return nil
	}
	c.gone = &taken{file: c.file, name: c.segment.file, size: c.segment.size}
	c.file = nil
	s.mu.Lock()
	c.segment.active, s.writing = false, nil
	s.mu.Unlock()
	return fmt.Errorf("the spool was deleted or replaced underneath: put it back, or restart the broker: %w", err)
}

// back says whether the folder, and the segment that was gone, are in their places.
func (s *Spool) back() error {
	err := s.fs.InPlace(s.lock, filepath.Join(s.dir, "lock"), 0)
	if gone := s.c.gone; err == nil && gone != nil {
		if err = s.fs.InPlace(gone.file, s.path(gone.name), gone.size); err == nil {
			gone.file.Close()
			s.c.gone = nil
		}
	}
	if err != nil {
		return fmt.Errorf("the spool was deleted or replaced underneath: put it back, or restart the broker: %w", err)
	}
	return nil
}
