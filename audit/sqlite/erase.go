package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Erase puts other documents in the place of those of a chain: see retention.Eraser. The file
// is written anew afterwards (VACUUM), so that neither a free page nor the unused part of
// one holds anything of the old ones: that takes as much room again as the trail has, and
// some minutes for ten million records. Nobody may have the file open meanwhile.
func (s *Store) Erase(ctx context.Context, chain string, all []retention.Replacement) error {
	if err := s.erase(ctx, chain, all); err != nil {
		return fmt.Errorf("erasing from sqlite: %w", err)
	}
	return s.compact(ctx)
}

func (s *Store) erase(ctx context.Context, chain string, all []retention.Replacement) error {
	no, err := s.number(ctx, chain)
	if err != nil {
		return err
	}
	b := audit.Batch{Broker: chain}
	for _, r := range all {
		c, err := audit.ReadColumns(r.Document)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		b.Entries = append(b.Entries, spool.Entry{Seq: r.Seq, Hash: r.Hash, Payload: r.Document})
		b.Columns = append(b.Columns, c)
	}
	base := no << seqBits
	briefs, err := s.briefs(ctx, base, b)
	if err != nil {
		return err
	}
	return s.thoroughly(ctx, func(tx *sql.Tx) error {
		w := rewriting{store: s, tx: tx}
		for i := range b.Entries {
			if err := w.replace(ctx, base|int64(b.Entries[i].Seq), &b.Entries[i], &b.Columns[i]); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM brief WHERE time_in = ? AND key = ?`, briefs[i].time, briefs[i].key); err != nil {
				return err
			}
		}
		if err := w.keep(ctx); err != nil {
			return err
		}
		return insertBriefs(ctx, tx, briefs)
	})
}

// replace puts a document in the place of that of a record that is there as it was.
func (w *rewriting) replace(ctx context.Context, key int64, e *spool.Entry, c *audit.Columns) error {
	var at place
	err := w.tx.QueryRowContext(ctx, `SELECT block, at, length FROM record WHERE key = ? AND hash = ? AND id = ?`,
		key, e.Hash[:], packedID(c.ID)).Scan(&at.block, &at.at, &at.length)
	if err != nil {
		return errors.Join(fmt.Errorf("record %d is not there as it was", e.Seq), err)
	}
	now, err := w.exchange(ctx, at, e.Payload)
	if err != nil {
		return fmt.Errorf("record %d: %w", e.Seq, err)
	}
	_, err = w.tx.ExecContext(ctx, `UPDATE record SET patient = ?, at = ?, length = ? WHERE key = ?`,
		packedPatient(c.PatientHMAC), now.at, now.length, key)
	return err
}

// thoroughly runs a transaction in which what is deleted is written over with zeros.
func (s *Store) thoroughly(ctx context.Context, do func(*sql.Tx) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	defer s.lately.forget()
	return tx.Commit()
}

// compact writes the file anew. It has a connection of its own, which keeps what it
// needs meanwhile in a file beside it and not in memory.
func (s *Store) compact(ctx context.Context) error {
	db, err := sql.Open("sqlite", dsn(s.path, "journal_mode(truncate)", "synchronous(full)", "secure_delete(on)"))
	if err != nil {
		return fmt.Errorf("writing the trail's file anew: %w", err)
	}
	_, err = db.ExecContext(ctx, `VACUUM`)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("writing the trail's file anew: %w", err)
	}
	return s.inPlace()
}

var _ retention.Eraser = (*Store)(nil)
