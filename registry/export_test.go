package registry

// AskSQLiteAlways has a registry do without the WAL index, as on systems where it
// cannot be seen. To be called before anything else.
func (r *Registry) AskSQLiteAlways() {
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	r.watch.index = nil
	r.watch.seen.Store(nil)
}

// SeesWALIndex says whether the last check can be relied on without asking SQLite.
func (r *Registry) SeesWALIndex() bool {
	s := r.watch.seen.Load()
	return s != nil && s.index.holds(&s.header)
}

// Dial makes the connection that takes the place of a writing one that failed.
func Dial(path string) error {
	c, err := dial(path, 0, false)
	if err != nil {
		return err
	}
	return c.close()
}
