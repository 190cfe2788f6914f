package sqlite

import (
	"context"
	"fmt"

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
		if err := s.fillBriefs(ctx); err != nil {
			return fmt.Errorf("upgrading from version %d: %w", version, err)
		}
		_, err := s.write.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; DROP INDEX IF EXISTS record_time; PRAGMA user_version = %d; COMMIT", schemaVersion))
		return err
	default:
		return errVersion(version)
	}
}

// fillBriefs gives the records of a file of version 1 their briefs. An upgrade
// that was interrupted begins again, and finds done what it had done: the version
// is written last.
func (s *Store) fillBriefs(ctx context.Context) error {
	for after := int64(-1 << 63); ; {
		rows, err := s.write.QueryContext(ctx, `SELECT key, document FROM record WHERE key > ? ORDER BY key LIMIT ?`, after, upgradeAtOnce)
		if err != nil {
			return err
		}
		var keys []int64
		b := audit.Batch{}
		for rows.Next() {
			var key int64
			var e spool.Entry
			if err := rows.Scan(&key, &e.Payload); err != nil {
				rows.Close()
				return err
			}
			c, _ := audit.ReadColumns(e.Payload) // what is not a record is kept as it is
			keys, b.Entries, b.Columns = append(keys, key), append(b.Entries, e), append(b.Columns, c)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if len(keys) == 0 {
			return rows.Err()
		}
		briefs, err := s.briefs(ctx, 0, b)
		if err != nil {
			return err
		}
		for i := range briefs {
			briefs[i].key = keys[i]
		}
		tx, err := s.write.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err = insertBriefs(ctx, tx, briefs); err == nil {
			err = tx.Commit()
		}
		if err != nil {
			_ = tx.Rollback()
			return err
		}
		after = keys[len(keys)-1]
	}
}
