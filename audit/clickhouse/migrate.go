package clickhouse

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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

// ErrMigration says that the database is of an earlier version, and that this user, or a
// broker at all, may not change it: `mcr audit migrate` does.
var ErrMigration = errors.New("the trail's schema must be migrated: run mcr audit migrate")

// Migrate brings the database up to the newest version, for `mcr audit migrate`: on the
// first server of opt that answers, or with Distributed on every one of them. say is
// called with each statement before it is run; with dry none is.
func Migrate(ctx context.Context, opt Options, top Topology, dry bool, say func(statement string)) error {
	all, err := migrations(Migrations)
	if err != nil {
		return err
	}
	if err := top.check(); err != nil {
		return err
	}
	if dry {
		say(top.database(orMCR(opt.Database)))
		say(top.render(versions, orMCR(opt.Database)))
		for _, m := range all {
			for _, statement := range m.statements {
				say(top.render(statement, orMCR(opt.Database)))
			}
		}
		for _, statement := range top.views(orMCR(opt.Database)) {
			say(statement)
		}
		return nil
	}
	servers := [][]string{opt.Addresses}
	if top.Kind == Distributed {
		servers = nil
		for _, address := range opt.Addresses {
			servers = append(servers, []string{address})
		}
	}
	for _, addresses := range servers {
		one := opt
		one.Addresses = addresses
		if err := migrateOne(ctx, one, top, all, say); err != nil {
			return fmt.Errorf("migrating the trail at %s: %w", strings.Join(addresses, ","), err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, opt Options, top Topology, all []migration, say func(string)) (err error) {
	s, err := Open(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m := &migrator{conn: s.conn, top: top, database: s.opt.Database, say: say}
	if err := makeDatabase(ctx, s.opt, top); err != nil {
		return err
	}
	if err := m.apply(ctx, all); err != nil {
		return err
	}
	for _, statement := range top.views(s.opt.Database) {
		if err := m.run(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// migrate brings a broker's database up to the newest version where the broker may: of
// one server, by a user that has the rights.
func (s *Store) migrate(ctx context.Context) error {
	all, err := migrations(Migrations)
	if err != nil {
		return err
	}
	newest := all[len(all)-1]
	at, err := version(ctx, s.conn, all)
	if err == nil && at == newest.version {
		return nil
	}
	if err != nil && !isCode(err, unknownTable, unknownDatabase) {
		return err
	}
	if engines, err := s.engines(ctx); err == nil && (strings.HasPrefix(engines["schema_version"], "Replicated") || engines[everywhere] != "") {
		return fmt.Errorf("%w: it is at %d and needs %s, on all of its servers", ErrMigration, at, newest.name)
	}
	err = makeDatabase(ctx, s.opt, Topology{})
	if err == nil {
		err = (&migrator{conn: s.conn, database: s.opt.Database, say: func(string) {}}).apply(ctx, all)
	}
	if isCode(err, accessDenied, readonly) {
		return fmt.Errorf("%w: it is at %d and needs %s, and this user may not: %w", ErrMigration, at, newest.name, err)
	}
	return err
}

// The server's codes.
const (
	tableExists     = 57
	unknownTable    = 60
	unknownDatabase = 81
	readonly        = 164
	socketTimeout   = 209
	networkError    = 210
	allTriesFailed  = 279
	accessDenied    = 497
)

func isCode(err error, codes ...int32) bool {
	var is *clickhouse.Exception
	return errors.As(err, &is) && slices.Contains(codes, is.Code)
}

// migrator runs the statements of migrations on one server.
type migrator struct {
	conn     driver.Conn
	top      Topology
	database string
	say      func(statement string)
}

func (m *migrator) run(ctx context.Context, statement string) error {
	statement = m.top.render(statement, m.database)
	m.say(statement)
	return m.conn.Exec(ctx, statement)
}

// apply brings the database up to the last of the migrations.
func (m *migrator) apply(ctx context.Context, all []migration) error {
	conn := m.conn
	err := m.run(ctx, versions)
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
		for _, one := range all {
			if one.version <= at {
				continue
			}
			if err := m.one(ctx, one); err != nil {
				return fmt.Errorf("migrating: %s: %w", one.name, err)
			}
		}
		return nil
	})
}

// versions makes the table of the migrations that were run.
const versions = `CREATE TABLE IF NOT EXISTS schema_version (version UInt32, name String, applied DateTime('UTC') DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY version`

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

func (m *migrator) one(ctx context.Context, one migration) error {
	for _, statement := range one.statements {
		if done, err := isDone(ctx, m.conn, statement); err != nil {
			return err
		} else if done {
			continue
		}
		if err := m.run(ctx, statement); err != nil {
			return err
		}
	}
	return m.conn.Exec(ctx, `INSERT INTO schema_version (version, name) VALUES (?, ?)`, one.version, one.name)
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
		if !isCode(err, tableExists) {
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

const abandoned = 15 * 60 // seconds

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
