package clickhouse

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Migrations are the SQL files that make the schema: NNN_name.sql, applied in
// order, each once. A file that was ever released is never changed again. Every statement
// can be run again without harm, by itself or by its guard ("-- unless: question").
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
	if at, err := version(ctx, conn, all); err != nil || at == all[len(all)-1].version {
		return err
	}
	return alone(ctx, conn, func() error {
		at, err := version(ctx, conn, all) // another may have been at it meanwhile
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.version <= at {
				continue
			}
			if err := m.apply(ctx, conn); err != nil {
				return fmt.Errorf("migrating: %s: %w", m.name, err)
			}
		}
		return nil
	})
}

// version gives the version of the database, or says that it is beyond this program.
func version(ctx context.Context, conn driver.Conn, all []migration) (at uint32, err error) {
	if err := conn.QueryRow(ctx, `SELECT max(version) FROM schema_version`).Scan(&at); err != nil {
		return 0, fmt.Errorf("migrating: %w", err)
	}
	if newest := all[len(all)-1].version; at > newest {
		return 0, fmt.Errorf("migrating: the schema has version %d, this program knows %d", at, newest)
	}
	return at, nil
}

func (m migration) apply(ctx context.Context, conn driver.Conn) error {
	for _, statement := range m.statements {
		if done, err := isDone(ctx, conn, statement); err != nil {
			return err
		} else if done {
			continue
		}
		if err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return conn.Exec(ctx, `INSERT INTO schema_version (version, name) VALUES (?, ?)`, m.version, m.name)
}

// alone runs what two at once must not, waiting for the other. ClickHouse has no lock to
// be had, but only one can make a table. One that was left by a program that was killed
// is taken over after a while: each statement can be run again.
func alone(ctx context.Context, conn driver.Conn, run func() error) error {
	for {
		err := conn.Exec(ctx, `CREATE TABLE migrating (nothing UInt8) ENGINE = Memory`)
		if err == nil {
			break
		}
		var is *clickhouse.Exception
		if !errors.As(err, &is) || is.Code != tableExists {
			return fmt.Errorf("migrating: %w", err)
		}
		var since uint64
		err = conn.QueryRow(ctx, `SELECT toUInt64(max(dateDiff('second', metadata_modification_time, now()))) FROM system.tables
			WHERE database = currentDatabase() AND name = 'migrating'`).Scan(&since)
		if err != nil {
			return fmt.Errorf("migrating: %w", err)
		}
		if since > abandoned {
			_ = conn.Exec(ctx, `DROP TABLE IF EXISTS migrating`) // or somebody else did
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("migrating: another program is at it since %d s: %w", since, ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
	return errors.Join(run(), conn.Exec(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS migrating`))
}

const (
	tableExists = 57      // the server's code
	abandoned   = 15 * 60 // seconds
)

// unless begins the line of a statement that cannot be run twice: a question behind it,
// one number, says whether it was run already (not 0).
const unless = "-- unless: "

// isDone says whether a statement was run already.
func isDone(ctx context.Context, conn driver.Conn, statement string) (bool, error) {
	_, rest, guarded := strings.Cut(statement, unless)
	if !guarded {
		return false, nil
	}
	question, _, _ := strings.Cut(rest, "\n")
	var done uint64
	err := conn.QueryRow(ctx, `SELECT toUInt64((`+question+`))`).Scan(&done)
	return done != 0, err
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
