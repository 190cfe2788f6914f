package spool

import (
	"errors"
	"fmt"
)

// trim gives back the zeros at the end of the segment that the opening before
// wrote to last, up to the length size. That is done when its successor has its
// name: the length of a last segment tells whether its end was cut off.
//
// It saves room and nothing else, so a failure is said and stops nothing.
func (s *Spool) trim(g *segment, size int64) {
	s.cleanMu.Lock()
	defer s.cleanMu.Unlock()
	if size >= g.size || g.aside || g.packed > 0 || s.gone(g) {
		return
	}
	err := cut(s.fs, s.path(g.file), size)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.report.Flaws = append(s.report.Flaws, Flaw{g.file, err.Error()})
		return
	}
	g.size = size
}

// cut shortens a file that ends in zeros.
func cut(fs FS, name string, size int64) error {
	f, err := fs.Edit(name)
	if err != nil {
		return fmt.Errorf("cutting off zeros: %w", err)
	}
	if err = f.Truncate(size); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cutting off zeros: %w", err)
	}
	return nil
}
