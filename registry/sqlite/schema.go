package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

const versionTable = `CREATE TABLE IF NOT EXISTS schema_version (
	version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)`

// migrate brings the schema up to date, each step in a transaction of its own. A
// database that a newer mcr has migrated is refused: what its columns mean now
// is not known here.
func migrate(ctx context.Context, c *connection, now time.Time) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	have, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	if have > len(files) {
		return fmt.Errorf("schema version %d is newer than this mcr knows (%d): use a newer mcr", have, len(files))
	}
	for i, file := range files[have:] {
		if err := step(ctx, c, file, have+i+1, now); err != nil {
			return fmt.Errorf("applying %s: %w", file, err)
		}
	}
	return nil
}

// step applies one file. Another process may have done so since we looked: the
// version is read again inside the transaction.
func step(ctx context.Context, c *connection, file string, version int, now time.Time) (err error) {
	name := strings.TrimPrefix(file, "migrations/")
	if n, err := strconv.Atoi(name[:4]); err != nil || n != version {
		return fmt.Errorf("file is not number %d", version)
	}
	script, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	if err := c.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = c.run(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := c.run(ctx, versionTable); err != nil {
		return err
	}
	have, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	if have < version {
		if err := c.run(ctx, string(script)); err != nil {
			return err
		}
		if err := c.run(ctx, "INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)",
			version, name, now.UnixMicro()); err != nil {
			return err
		}
	}
	return c.run(ctx, "COMMIT")
}

func schemaVersion(ctx context.Context, c *connection) (int, error) {
	tables, version := int64(0), int64(0)
	err := c.each(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
		func(r row) error { tables = r.integer(0); return nil })
	if err != nil || tables == 0 {
		return 0, err
	}
	err = c.each(ctx, "SELECT coalesce(max(version), 0) FROM schema_version",
		func(r row) error { version = r.integer(0); return nil })
	return int(version), err
}
