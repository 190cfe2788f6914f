package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Erase puts other documents in the place of those of a chain: see audit.Eraser. The file
// is written anew afterwards (VACUUM), so that neither a free page nor the unused part of
// one holds anything of the old ones: that takes as much room again as the trail has, and
// some minutes for ten million records. Nobody may have the file open meanwhile.
func (s *Store) Erase(ctx context.Context, chain string, all []audit.Replacement) error {
	if err := s.erase(ctx, chain, all); err != nil {
		return fmt.Errorf("erasing from sqlite: %w", err)
	}
	return s.compact(ctx)
}

func (s *Store) erase(ctx context.Context, chain string, all []audit.Replacement) error {
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
		for i := range b.Entries {
			e, c := &b.Entries[i], &b.Columns[i]
			key := base | int64(e.Seq)
			done, err := tx.ExecContext(ctx, `UPDATE record SET user_id = ?, patient = ?, document = ? WHERE key = ? AND hash = ? AND id = ?`,
				c.UserID, patient(c.PatientHMAC), textOf(e.Payload), key, e.Hash[:], c.ID)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n != 1 {
				return errors.Join(fmt.Errorf("record %d is not there as it was", e.Seq), err)
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM brief WHERE time_in = ? AND key = ?`, briefs[i].time, key); err != nil {
				return err
			}
		}
		return insertBriefs(ctx, tx, briefs)
	})
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

var _ audit.Eraser = (*Store)(nil)
