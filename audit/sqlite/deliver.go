package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// seqBits is how many bits of a key hold the number within the broker.
const seqBits = 48

// rowsAtOnce is how many rows one INSERT takes. SQLite copies each page that a
// statement changes, once a statement: 100 rows cost a quarter less than 20, and
// 300 save nothing more.
const (
	rowsAtOnce   = 100
	columnsOfRow = 9
)

func insert(rows int) string {
	return `INSERT INTO record (key, hash, id, time_in, refused, patient, block, at, length) VALUES ` +
		strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?,?,?,?),", rows), ",")
}

// Deliver stores a batch: see audit.Store. The batch is compared before the
// commit, so that a conflict changes nothing, and once more after it over
// another connection, which reads what the file holds: every hash, and every document
// as it unpacks.
func (s *Store) Deliver(ctx context.Context, b audit.Batch) error {
	no, err := s.number(ctx, b.Broker)
	if err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	if b.Last()>>seqBits != 0 {
		return fmt.Errorf("delivering to sqlite: number %d is beyond 2^%d", b.Last(), seqBits)
	}
	base := no << seqBits
	if err := s.add(ctx, base, b); err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	if err := s.readBack(ctx, base, b); err != nil {
		return fmt.Errorf("reading back from sqlite: %w", err)
	}
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("reading back from sqlite: %w", err)
	}
	return nil
}

// add stores the records of a batch that are not there.
func (s *Store) add(ctx context.Context, base int64, b audit.Batch) (err error) {
	briefs, err := s.briefs(ctx, base, b)
	if err != nil {
		return err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	left, of, err := missing(ctx, tx, base, b, briefs)
	if err != nil {
		return err
	}
	if len(left.Entries) < len(b.Entries) {
		// What is there may lack in brief, if somebody has meddled with the file.
		if err := insertBriefs(ctx, tx, briefs); err != nil {
			return err
		}
	}
	if len(left.Entries) == 0 {
		return tx.Commit()
	}
	return s.insert(ctx, tx, left, of)
}

// missing gives of a batch, and its briefs, what is not there. What is there must be
// the same.
func missing(ctx context.Context, tx *sql.Tx, base int64, b audit.Batch, briefs []brief) (audit.Batch, []brief, error) {
	there, other := map[uint64]bool{}, 0
	var key int64
	var hash sql.RawBytes
	err := list(ctx, tx, func() error {
		no := seq(key)
		there[no] = true
		if !bytes.Equal(hash, b.Entries[no-b.First()].Hash[:]) {
			other++
		}
		return nil
	}, []any{&key, &hash}, `SELECT key, hash FROM record WHERE key BETWEEN ? AND ?`, base|int64(b.First()), base|int64(b.Last()))
	if err != nil || len(there) == 0 {
		return b, briefs, err
	}
	if other > 0 {
		return b, nil, fmt.Errorf("%d of %d records from %s/%d: %w", other, len(b.Entries), b.Broker, b.First(), audit.ErrConflict)
	}
	left, of := audit.Batch{Broker: b.Broker}, []brief(nil)
	for i, e := range b.Entries {
		if !there[e.Seq] {
			left.Entries, left.Columns, of = append(left.Entries, e), append(left.Columns, b.Columns[i]), append(of, briefs[i])
		}
	}
	return left, of, nil
}

// insert stores records that are not there under the keys of their briefs, and commits.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, b audit.Batch, briefs []brief) (err error) {
	defer func() {
		if err != nil {
			s.pack.forget()
		}
	}()
	places, err := s.pack.pack(ctx, tx, b)
	if err != nil {
		return err
	}
	if err := insertRows(ctx, tx, b, briefs, places); err != nil {
		return err
	}
	if err := insertBriefs(ctx, tx, briefs); err != nil {
		return err
	}
	return tx.Commit()
}

func insertRows(ctx context.Context, tx *sql.Tx, b audit.Batch, briefs []brief, places []place) error {
	var full *sql.Stmt
	args := make([]any, 0, rowsAtOnce*columnsOfRow)
	for i := range briefs {
		args = appendRow(args, briefs[i].key, &b.Entries[i], &b.Columns[i], places[i])
		if len(args) < rowsAtOnce*columnsOfRow && i+1 < len(briefs) {
			continue
		}
		var err error
		switch {
		case len(args) < rowsAtOnce*columnsOfRow: // the rest
			_, err = tx.ExecContext(ctx, insert(len(args)/columnsOfRow), args...)
		case full == nil:
			if full, err = tx.PrepareContext(ctx, insert(rowsAtOnce)); err != nil {
				return err
			}
			defer full.Close()
			fallthrough
		default:
			_, err = full.ExecContext(ctx, args...)
		}
		if err != nil {
			return err
		}
		args = args[:0]
		runtime.Gosched() // requests first: a batch takes longer than their patience
	}
	return nil
}

func appendRow(args []any, key int64, e *spool.Entry, c *audit.Columns, p place) []any {
	refused, patient := 0, any(nil)
	if c.Outcome != string(audit.Released) {
		refused = 1
	}
	if hmac := packedPatient(c.PatientHMAC); hmac != nil {
		patient = hmac
	}
	return append(args, key, e.Hash[:], packedID(c.ID), micros(c.TimeIn), refused, patient, p.block, p.at, p.length)
}

// readBack compares what the file holds with a batch.
func (s *Store) readBack(ctx context.Context, base int64, b audit.Batch) error {
	same := 0
	err := s.each(ctx, func(key int64, hash spool.Hash, document []byte) error {
		e := &b.Entries[seq(key)-b.First()]
		if hash != e.Hash || !bytes.Equal(document, e.Payload) && audit.EntryOf(document) != audit.EntryOf(e.Payload) { // which one that was erased keeps
			return fmt.Errorf("record %d is not what was sent", seq(key))
		}
		same++
		return nil
	}, rangeQuery, base|int64(b.First()), base|int64(b.Last()))
	if err == nil && same != len(b.Entries) {
		err = fmt.Errorf("%d of %d records from %s/%d are there", same, len(b.Entries), b.Broker, b.First())
	}
	return err
}

// micros is the time as the column has it; times that it cannot hold are zero.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// number gives the number of a broker, and gives it one at its first record.
func (s *Store) number(ctx context.Context, broker string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if no, ok := s.numbers[broker]; ok {
		return no, nil
	}
	var no int64
	err := s.write.QueryRowContext(ctx, `SELECT no FROM broker WHERE name = ?`, broker).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.write.QueryRowContext(ctx, `INSERT INTO broker (name) VALUES (?) RETURNING no`, broker).Scan(&no)
	}
	if err != nil {
		return 0, fmt.Errorf("numbering broker: %w", err)
	}
	s.numbers[broker] = no
	return no, nil
}
