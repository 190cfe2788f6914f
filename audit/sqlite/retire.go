package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mycarerecord/mcr/audit/retention"
)

// retiredTable keeps how many records were retired, by chain, day and kind, so that what
// was stored can be compared with what was recorded for as long as that is counted.
const retiredTable = `CREATE TABLE IF NOT EXISTS retired (
	broker INTEGER NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL, records INTEGER NOT NULL,
	PRIMARY KEY (broker, day, kind)) STRICT, WITHOUT ROWID`

// Retire takes runs of a chain out of the store: see retention.Retirer. The file is written
// anew afterwards, as after an erasure.
func (s *Store) Retire(ctx context.Context, chain string, runs []retention.RetiredRun) error {
	no, err := s.number(ctx, chain)
	if err == nil {
		err = s.thoroughly(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, retiredTable); err != nil {
				return err
			}
			for _, r := range runs {
				if err := s.retire(ctx, tx, no<<seqBits|int64(r.First), no<<seqBits|int64(r.Last)); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM block WHERE no NOT IN (SELECT block FROM record)`)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("retiring from sqlite: %w", err)
	}
	return s.compact(ctx)
}

// retiredAtOnce is how many records' blocks are held while they are changed.
const retiredAtOnce = 10_000

func (s *Store) retire(ctx context.Context, tx *sql.Tx, first, last int64) error {
	for from := first; from <= last; from += retiredAtOnce {
		if err := s.blank(ctx, tx, from, min(last, from+retiredAtOnce-1)); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`INSERT INTO retired (broker, day, kind, records)
			SELECT r.key >> 48, i.time_in / 86400000000, i.kind, count(*)
			FROM record r CROSS JOIN brief i ON i.time_in = r.time_in AND i.key = r.key
			WHERE r.key BETWEEN ?1 AND ?2 GROUP BY 1, 2, 3
			ON CONFLICT DO UPDATE SET records = records + excluded.records`,
		`DELETE FROM brief WHERE (time_in, key) IN (SELECT time_in, key FROM record WHERE key BETWEEN ?1 AND ?2)`,
		`DELETE FROM record WHERE key BETWEEN ?1 AND ?2`,
	} {
		if _, err := tx.ExecContext(ctx, query, first, last); err != nil {
			return err
		}
	}
	return nil
}

// blank takes the documents of records out of their blocks, which others are in too.
func (s *Store) blank(ctx context.Context, tx *sql.Tx, first, last int64) error {
	var all []place
	var at place
	err := list(ctx, tx, func() error { all = append(all, at); return nil }, []any{&at.block, &at.at, &at.length},
		`SELECT block, at, length FROM record WHERE key BETWEEN ? AND ?`, first, last)
	if err != nil {
		return err
	}
	w := rewriting{store: s, tx: tx}
	for _, at := range all {
		if _, err := w.exchange(ctx, at, nil); err != nil {
			return fmt.Errorf("retiring records %d to %d: %w", seq(first), seq(last), err)
		}
	}
	return w.keep(ctx)
}

var _ retention.Retirer = (*Store)(nil)
