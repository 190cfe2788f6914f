package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// upgradeAtOnce is how many records an upgrade moves before it commits; moved is called
// after each time. Tests kill it there.
var (
	upgradeAtOnce = 5000
	moved         = func() {}
)

// migrate makes the schema, or brings that of an older file up to date. An old table is put
// aside, and what it has is moved into the new one some at a time, so that the file does not
// grow; an upgrade that was interrupted goes on with what is left in the old table. In a file
// of version 1 or 2 each record had its document beside it: some 40 s for a million on an
// idle machine. In one of version 3 a record in brief had no visitor: some 10 s. The version
// is written last.
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
	aside, back, err := s.aside(ctx)
	if err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, "BEGIN IMMEDIATE;"+aside+schema+back+"COMMIT"); err != nil {
		return err
	}
	// An upgrade of many records takes longer than a start may otherwise.
	ctx = context.WithoutCancel(ctx)
	for _, some := range []func(context.Context) (bool, error){s.moveSome, s.numberSome} {
		for more := true; more; {
			if more, err = some(ctx); err != nil {
				return fmt.Errorf("upgrading from version %d: %w", version, err)
			}
			moved()
		}
	}
	_, err = s.write.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; DROP TABLE record_old; DROP TABLE brief_old; PRAGMA user_version = %d; COMMIT", schemaVersion))
	return err
}

// aside gives what puts the old tables aside that are not aside yet, before the schema is
// made, and what brings back of them what stays. Of those that there never were there are
// empty ones, so that an upgrade asks no further.
func (s *Store) aside(ctx context.Context) (aside, back string, err error) {
	var documents, kinds, briefs, visitors bool
	err = s.write.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM pragma_table_info('record') WHERE name = 'document'), EXISTS (SELECT 1 FROM pragma_table_info('kind')),
		EXISTS (SELECT 1 FROM pragma_table_info('brief')), EXISTS (SELECT 1 FROM pragma_table_info('brief') WHERE name = 'visitor')`).
		Scan(&documents, &kinds, &briefs, &visitors)
	if err != nil {
		return "", "", err
	}
	switch {
	case documents: // versions 1 and 2: all in brief is made anew, out of the documents
		aside = `DROP VIEW IF EXISTS trail; DROP INDEX IF EXISTS record_id; DROP INDEX IF EXISTS record_refused; DROP INDEX IF EXISTS record_patient;
			DROP INDEX IF EXISTS record_time; DROP TABLE IF EXISTS upgrade; ALTER TABLE record RENAME TO record_old; DROP TABLE IF EXISTS brief;`
		if kinds {
			aside += `ALTER TABLE kind RENAME TO kind_old;`
			back = `INSERT INTO kind SELECT no, traits FROM kind_old; DROP TABLE kind_old;`
		}
	case briefs && !visitors:
		aside = `DROP VIEW IF EXISTS trail; ALTER TABLE brief RENAME TO brief_old;`
	}
	return aside + `
		CREATE TABLE IF NOT EXISTS record_old (key INTEGER PRIMARY KEY, hash BLOB, document BLOB);
		CREATE TABLE IF NOT EXISTS brief_old (time_in INTEGER, key INTEGER, kind INTEGER, user_id TEXT, trace BLOB, PRIMARY KEY (time_in, key)) WITHOUT ROWID;`, back, nil
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
		return false, errors.Join(errAnotherUpgrades, err)
	}
	return true, s.insert(ctx, tx, b, briefs)
}

// numberSome moves the next records in brief out of the old table, each with the number of
// its visitor. Those that are still in the old table of records have been moved before.
func (s *Store) numberSome(ctx context.Context) (more bool, err error) {
	looks, orgs := map[int64]bool{}, map[int64]string{}
	var no int64
	var org, action sql.NullString
	err = list(ctx, s.write, func() error {
		orgs[no], looks[no] = org.String, strings.HasPrefix(action.String, "look-")
		return nil
	}, []any{&no, &org, &action}, `SELECT no, traits ->> '$.user_org', traits ->> '$.action' FROM kind`)
	if err != nil {
		return false, err
	}
	var all []brief
	var r brief
	var patient []byte
	err = list(ctx, s.write, func() error {
		if r.trace == nil {
			r.trace = []byte{} // not NULL, which Scan makes of what is empty
		}
		r.visitor = visitor(&r, orgs[r.kind], "", patient, looks[r.kind])
		all = append(all, r)
		return nil
	}, []any{&r.time, &r.key, &r.kind, &r.user, &r.trace, &patient}, `
		SELECT i.time_in, i.key, i.kind, i.user_id, i.trace, r.patient FROM brief_old i LEFT JOIN record r ON r.key = i.key
		ORDER BY i.time_in, i.key LIMIT ?`, upgradeAtOnce)
	if err != nil || len(all) == 0 {
		return false, err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // after Commit it does nothing
	last := all[len(all)-1]
	done, err := tx.ExecContext(ctx, `DELETE FROM brief_old WHERE (time_in, key) <= (?, ?)`, last.time, last.key)
	if err != nil {
		return false, err
	}
	if n, err := done.RowsAffected(); err != nil || n != int64(len(all)) {
		return false, errors.Join(errAnotherUpgrades, err)
	}
	if err := insertBriefs(ctx, tx, all); err != nil {
		return false, err
	}
	return true, tx.Commit()
}

var errAnotherUpgrades = errors.New("another program is upgrading the same file")
