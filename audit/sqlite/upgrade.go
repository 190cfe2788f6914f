package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// upgradeAtOnce is how many records an upgrade reads before it commits.
const upgradeAtOnce = 5000

// migrate makes the schema, or brings that of an older file up to date.
func (s *Store) migrate(ctx context.Context) error {
	var version int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch version {
	case schemaVersion:
		return nil
	case 0, 1:
		if _, err := s.write.ExecContext(ctx, "BEGIN IMMEDIATE;"+schema+"COMMIT"); err != nil {
			return err
		}
		// An upgrade of many records takes longer than a start may otherwise.
		ctx = context.WithoutCancel(ctx)
		if err := s.fillBriefs(ctx); err != nil {
			return fmt.Errorf("upgrading from version %d: %w", version, err)
		}
		_, err := s.write.ExecContext(ctx, fmt.Sprintf(
			"BEGIN IMMEDIATE; DROP TABLE upgrade; DROP INDEX IF EXISTS record_time; PRAGMA user_version = %d; COMMIT", schemaVersion))
		return err
	default:
		return errVersion(version)
	}
}

// fillBriefs gives the records of a file of version 1 their briefs: some 30 s for
// a million on an idle machine. An upgrade that was interrupted goes on where it
// was; the version is written last.
func (s *Store) fillBriefs(ctx context.Context) error {
	const begin = `CREATE TABLE IF NOT EXISTS upgrade (one INTEGER PRIMARY KEY CHECK (one = 1), after INTEGER NOT NULL) STRICT`
	if _, err := s.write.ExecContext(ctx, begin); err != nil {
		return err
	}
	var after int64
	err := s.write.QueryRowContext(ctx, `SELECT after FROM upgrade`).Scan(&after)
	if errors.Is(err, sql.ErrNoRows) {
		after, err = math.MinInt64, nil
	}
	for err == nil {
		var more bool
		if after, more, err = s.fillSome(ctx, after); !more {
			return err
		}
	}
	return err
}

// fillSome gives the next records after a key their briefs.
func (s *Store) fillSome(ctx context.Context, after int64) (last int64, more bool, err error) {
	rows, err := s.write.QueryContext(ctx, `SELECT key, document FROM record WHERE key > ? ORDER BY key LIMIT ?`, after, upgradeAtOnce)
	if err != nil {
		return after, false, err
	}
	defer rows.Close()
	var keys []int64
	b := audit.Batch{}
	for rows.Next() {
		var key int64
		var e spool.Entry
		if err := rows.Scan(&key, &e.Payload); err != nil {
			return after, false, err
		}
		c, _ := audit.ReadColumns(e.Payload) // what is not a record is kept as it is
		keys, b.Entries, b.Columns = append(keys, key), append(b.Entries, e), append(b.Columns, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(keys) == 0 {
		return after, false, err
	}
	briefs, err := s.briefs(ctx, 0, b)
	if err != nil {
		return after, false, err
	}
	for i := range briefs {
		briefs[i].key = keys[i]
	}
	last = keys[len(keys)-1]
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return after, false, err
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := insertBriefs(ctx, tx, briefs); err != nil {
		return after, false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO upgrade (one, after) VALUES (1, ?)`, last); err != nil {
		return after, false, err
	}
	return last, true, tx.Commit()
}
