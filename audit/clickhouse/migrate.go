package clickhouse

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Migrations are the SQL files that make the schema: NNN_name.sql, applied in
// order, each once. A file that was ever released is never changed again.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// migration is one file.
type migration struct {
	version    uint32
	name       string
	statements []string
}

// migrate brings the database up to the newest version. Every statement can be
// run again without harm (IF NOT EXISTS), so a crash in between, or two brokers
// at once, do none.
func migrate(ctx context.Context, conn driver.Conn) error {
	all, err := migrations(Migrations)
	if err != nil {
		return err
	}
	return apply(ctx, conn, all)
}

// apply brings the database up to the last of the migrations.
func apply(ctx context.Context, conn driver.Conn, all []migration) error {
	err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version UInt32, name String, applied DateTime('UTC') DEFAULT now())
		ENGINE = ReplacingMergeTree ORDER BY version`)
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	var at uint32
	if err := conn.QueryRow(ctx, `SELECT max(version) FROM schema_version`).Scan(&at); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	if newest := all[len(all)-1].version; at > newest {
		return fmt.Errorf("migrating: the schema has version %d, this program knows %d", at, newest)
	}
	for _, m := range all {
		if m.version <= at {
			continue
		}
		for _, statement := range m.statements {
			if err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("migrating: %s: %w", m.name, err)
			}
		}
		if err := conn.Exec(ctx, `INSERT INTO schema_version (version, name) VALUES (?, ?)`, m.version, m.name); err != nil {
			return fmt.Errorf("migrating: %s: %w", m.name, err)
		}
	}
	return nil
}

// migrations reads the files; their names sort in the order of their versions.
func migrations(fsys fs.FS) ([]migration, error) {
	files, err := fs.Glob(fsys, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	var all []migration
	for i, file := range files {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("reading migrations: %w", err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), ".sql")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseUint(number, 10, 32)
		if err != nil || int(version) != i+1 {
			return nil, fmt.Errorf("reading migrations: %s: want number %03d", file, i+1)
		}
		m := migration{version: uint32(version), name: name}
		for statement := range strings.SplitSeq(string(text), ";\n") {
			if strings.TrimSpace(statement) != "" {
				m.statements = append(m.statements, statement)
			}
		}
		all = append(all, m)
	}
	return all, nil
}
