package postgres

import "errors"

// ErrKept says that what was seen of the database cannot be written to this machine's disk.
var ErrKept = errors.New("what was seen of the registry cannot be kept: after a restart a database that was restored from a backup would be believed")

// Seen is the number of the newest change that is known of; -1 before anything was, 0 when
// nothing was ever recorded.
func (s *Store) Seen() int64 { return s.last().seq }

// ReadSeen gives from a file (Options.Seen) the number of the newest change that a broker had seen:
// -1 when there is no file, or none was seen.
func ReadSeen(path string) (seq int64, err error) {
	p, err := readSeen(path)
	return p.seq, err
}

// Kept returns nil while what was seen can be written to Options.Seen.
func (s *Store) Kept() error {
	if s.counts.kept.Load() {
		return nil
	}
	return ErrKept
}

// Check says whether the files that an address names can be read, and are what they must be.
func (a Address) Check() error {
	_, err := a.secured()
	return err
}

// Key is the file of the private key by which the database knows who connects; "" without one.
func (a Address) Key() string { return a.key }
