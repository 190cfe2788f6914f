package place

// Look looks at once, for tests.
func (w *Watch) Look() { w.look() }
