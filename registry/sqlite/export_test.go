package sqlite

// AskAlways has a store do without the WAL index, as on systems where it cannot be
// seen. To be called before anything else.
func (s *Store) AskAlways() {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	s.watch.index = nil
	s.watch.seen.Store(nil)
}

// SeesWALIndex says whether the last check can be relied on without asking SQLite.
func (s *Store) SeesWALIndex() bool {
	seen := s.watch.seen.Load()
	return seen != nil && seen.index.holds(&seen.header)
}

// Dial makes the connection that takes the place of a writing one that failed.
func Dial(path string) error {
	c, err := dial(path, 0, false)
	if err != nil {
		return err
	}
	return c.close()
}
