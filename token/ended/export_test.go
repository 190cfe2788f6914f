package ended

// Break closes the file underneath, so that the next entry cannot be written.
func (l *List) Break() { _ = l.file.open.Close() }

// Crowd takes all room.
func (l *List) Crowd(most int) { l.most = most }
