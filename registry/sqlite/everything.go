package sqlite

import (
	"context"

	"github.com/mycarerecord/mcr/registry"
)

const (
	askRecorded  = "SELECT " + entryColumns + " FROM entry ORDER BY seq"
	askByPatient = "SELECT " + entryColumns + " FROM entry ORDER BY patient, seq"
)

// Everything reads all of it in one statement. While it does, the log beside the file (its name and
// "-wal") grows by what others write, and is not emptied.
func (s *Store) Everything(ctx context.Context, in registry.Order, take func(*registry.Entry) error) error {
	if err := s.inPlace(); err != nil {
		return err
	}
	query := askRecorded
	if in == registry.ByPatient {
		query = askByPatient
	}
	return s.reading(ctx, func(c *connection) error { return c.entries(ctx, query, take) })
}
