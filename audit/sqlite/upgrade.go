package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// upgradeAtOnce is how many records an upgrade moves before it commits; moved is called
// after each time. Tests kill it there.
var (
	upgradeAtOnce = 5000
	moved         = func() {}
)

// migrate makes the schema, or brings that of an older file up to date. In a file of
// version 1 or 2 each record had its document beside it: the old table is put aside, and
// its records are moved into the new ones some at a time, so that the file does not grow;
// some 40 s for a million on an idle machine. An upgrade that was interrupted goes on
// with what is left in the old table. The version is written last.
func (s *Store) migrate(ctx context.Context) error {
	var version int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch {
	case version == schemaVersion:
		return nil
	case version < 0 || version > schemaVersion:
		return errVersion(version)
	}
	var tables, old, kinds int
	err := s.write.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE name = 'record'), count(*) FILTER (WHERE name = 'record_old'), count(*) FILTER (WHERE name = 'kind') FROM sqlite_schema WHERE type = 'table'`).Scan(&tables, &old, &kinds)
	if err != nil {
		return err
	}
	begin, end := "BEGIN IMMEDIATE;", ""
	if tables > 0 && old == 0 {
		begin += `DROP VIEW IF EXISTS trail; DROP INDEX IF EXISTS record_id; DROP INDEX IF EXISTS record_refused; DROP INDEX IF EXISTS record_patient;
			DROP INDEX IF EXISTS record_time; DROP TABLE IF EXISTS upgrade; ALTER TABLE record RENAME TO record_old;`
		old = 1
	}
	if kinds > 0 && begin != "BEGIN IMMEDIATE;" {
		begin += "ALTER TABLE kind RENAME TO kind_old;"
		end = "INSERT INTO kind SELECT no, traits FROM kind_old; DROP TABLE kind_old;"
	}
	if _, err := s.write.ExecContext(ctx, begin+schema+end+"COMMIT"); err != nil {
		return err
	}
	if old > 0 {
		// An upgrade of many records takes longer than a start may otherwise.
		ctx = context.WithoutCancel(ctx)
		for more := true; more; {
			if more, err = s.moveSome(ctx); err != nil {
				return fmt.Errorf("upgrading from version %d: %w", version, err)
			}
			moved()
		}
	}
	_, err = s.write.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; DROP TABLE IF EXISTS record_old; PRAGMA user_version = %d; COMMIT", schemaVersion))
	return err
}

// moveSome moves the next records out of the old table.
func (s *Store) moveSome(ctx context.Context) (more bool, err error) {
	var keys []int64
	var key int64
	var hash, document []byte
	var b audit.Batch
	err = list(ctx, s.write, func() error {
		e := spool.Entry{Seq: seq(key), Payload: document} // Scan made it for us
		copy(e.Hash[:], hash)
		c, _ := audit.ReadColumns(document) // what is not a record is kept as it is
		keys, b.Entries, b.Columns = append(keys, key), append(b.Entries, e), append(b.Columns, c)
		return nil
	}, []any{&key, &hash, &document}, `SELECT key, hash, document FROM record_old ORDER BY key LIMIT ?`, upgradeAtOnce)
	if err != nil || len(keys) == 0 {
		return false, err
	}
	briefs, err := s.briefs(ctx, 0, b)
	if err != nil {
		return false, err
	}
	for i := range briefs {
		briefs[i].key = keys[i]
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // after Commit it does nothing
	done, err := tx.ExecContext(ctx, `DELETE FROM record_old WHERE key BETWEEN ? AND ?`, keys[0], keys[len(keys)-1])
	if err != nil {
		return false, err
	}
	if n, err := done.RowsAffected(); err != nil || n != int64(len(keys)) {
		return false, errors.Join(errors.New("another program is upgrading the same file"), err)
	}
	return true, s.insert(ctx, tx, b, briefs)
}
