// Package sqlite keeps the trail in one SQLite file: the default store, for a
// source organisation that wants no further server.
//
// It guarantees what audit.Store asks: a record is there once, unaltered, and on
// disk when Deliver returns. It guards nothing: whoever may read the file reads
// every organisation's records, and whoever may write it can alter them, which
// audit/proof then shows.
//
// The journal is a rollback journal, not a write-ahead log: records are only ever
// added, so nearly nothing has to be copied before a commit, and inserting costs
// half. The price is that a reader and a commit wait for each other, for some
// milliseconds.
//
// Documents are packed in blocks of up to 32, with a dictionary that the file holds and
// that is made of what its own records have in common (decision 0025): a record of
// 2.7 KB takes some 600 bytes with all its indices. What is read back after a delivery is
// unpacked and compared whole. What was unpacked to show records is held in memory, at most
// 4 MB, and is shown again only while the file has the same block: nothing that was erased or
// retired, by this program or another, comes out of it.
//
// Searching and counting read a narrow table of records in brief, and documents of
// what is shown only: a hundred thousand records are counted in some 0.3 s, eight
// ways at once in little more. What is asked without a period, a patient or an id
// reads all of it: give a scope its Since.
//
// A Store may be used by many goroutines, and the file by many processes, at once.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/mycarerecord/mcr/audit"
)

//go:embed schema.sql
var schema string

// schemaVersion is PRAGMA user_version of a file that schema made.
const schemaVersion = 4

// Store is a trail in a SQLite file.
type Store struct {
	path  string
	file  os.FileInfo // that was opened
	write *sql.DB     // one connection
	read  *sql.DB
	pack  packer // of whoever has the one connection

	mu      sync.Mutex
	numbers map[string]int64 // broker → broker.no
	kinds   map[string]int64 // kind.traits → kind.no; nil before the first delivery

	counting sync.Mutex
	walks    map[string]*counted // that are under way, by what they count

	asking sync.Mutex
	traits []*audit.Record // kind.traits by kind.no, as they were last read

	asks   prepared // of read
	lately lately

	unpacking sync.Mutex
	// decoders are those of the dictionaries by their numbers; 0: without one.
	decoders map[int64]*zstd.Decoder
}

// Open opens the trail at path for delivering and asking, and makes the file,
// for its owner only, when there is none.
func Open(ctx context.Context, path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening trail %s: %w", filepath.Base(path), err), s.Close())
	}
	return s, nil
}

// OpenTrail opens the trail at path for asking only. A file that is not there is
// an error wrapping fs.ErrNotExist.
func OpenTrail(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	var version int
	err = s.read.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version)
	if err == nil && version != schemaVersion {
		err = errVersion(version)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening trail %s: %w", filepath.Base(path), err), s.Close())
	}
	return s, nil
}

func open(path string) (*Store, error) {
	write, err := sql.Open("sqlite", dsn(path,
		"page_size(16384)", "journal_mode(truncate)", "synchronous(full)", "cache_size(-8192)", "temp_store(memory)"))
	if err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	read, err := sql.Open("sqlite", dsn(path, "query_only(1)", "temp_store(memory)"))
	if err != nil {
		return nil, fmt.Errorf("opening trail: %w", err)
	}
	file, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening trail: %w", errors.Join(err, write.Close(), read.Close()))
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(2)
	return &Store{path: path, file: file, write: write, read: read, numbers: map[string]int64{}, walks: map[string]*counted{}, decoders: map[int64]*zstd.Decoder{}, asks: prepared{DB: read, asks: map[string]*sql.Stmt{}}}, nil
}

// inPlace says whether the file at the path is still the one that is open: SQLite goes
// on reading and writing one that was deleted or replaced by another (attack 160).
func (s *Store) inPlace() error {
	file, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("the trail's file is gone: put it back, or restart the broker: %w", err)
	}
	if !os.SameFile(file, s.file) {
		return errors.New("the trail's file was replaced by another: restart the broker")
	}
	return nil
}

// dsn is for a file that is there: a connection that SQLite makes later must not put an empty
// file where the trail was deleted.
func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...), "_txlock": {"immediate"}, "mode": {"rw"}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func errVersion(version int) error {
	if version > 0 && version < schemaVersion {
		return fmt.Errorf("schema version %d: start the broker of this version once, which brings the file to version %d", version, schemaVersion)
	}
	return fmt.Errorf("schema version %d: this program knows version %d", version, schemaVersion)
}

// Close lets go of the file.
func (s *Store) Close() error { return errors.Join(s.write.Close(), s.read.Close()) }

var (
	_ audit.Store = (*Store)(nil)
	_ audit.Trail = (*Store)(nil)
)
