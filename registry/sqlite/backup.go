package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"github.com/mycarerecord/mcr/durable"
	"github.com/mycarerecord/mcr/registry"
)

// Backup writes a copy of the registry as it is at one moment to a file that is not there yet,
// readable by its owner alone, while others read and write. The copy is itself a registry: to
// restore it is to put it in the place of the file. When it returns nil the copy is on the disk,
// was read again, and has all that was committed before the call. After an error there is no file.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if err := s.inPlace(); err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil { // as a URI has it
		return fmt.Errorf("backing up: %w", err)
	}
	err = durable.Create(path, func(f *os.File) error {
		// Into a file that is there, because SQLite would make one that everyone can read.
		if err := s.copyTo(ctx, f.Name()); err != nil {
			return err
		}
		return sound(ctx, f.Name())
	})
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	return nil
}

// copyTo has a connection of its own: those that read refuse whatever writes, a copy too.
func (s *Store) copyTo(ctx context.Context, path string) (err error) {
	c, err := dial(s.path, s.opt.Wait, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return c.run(ctx, "VACUUM INTO ?", path)
}

var errUnsound = errors.New("the copy is not sound: the registry itself may be damaged")

// sound returns nil if a copy has the schema of a registry, its tables agree with their indexes, and
// every entry in it can be understood.
func sound(ctx context.Context, path string) (err error) {
	c, err := dialCopy(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	version, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	if version == 0 {
		return errUnsound
	}
	said := ""
	if err := c.each(ctx, "PRAGMA integrity_check(1)", func(r row) error { said = r.text(0); return nil }); err != nil {
		return err
	}
	if said != "ok" {
		return errUnsound
	}
	return c.entries(ctx, askRecorded, func(*registry.Entry) error { return nil })
}

// dialCopy opens a copy that nobody writes to, and leaves nothing beside it.
func dialCopy(path string) (*connection, error) {
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"mode": {"ro"}, "immutable": {"1"}, "_query_only": {"1"}, "_error_rc": {"1"}}.Encode()}
	raw, err := (&sqlite.Driver{}).Open(name.String())
	if err != nil {
		return nil, err
	}
	return &connection{raw: raw, known: map[string]driver.Stmt{}}, nil
}
