package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

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
	return `INSERT OR IGNORE INTO record (key, hash, id, time_in, outcome, source_org, user_id, patient, document) VALUES ` +
		strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?,?,?,?),", rows), ",")
}

// Deliver stores a batch: see audit.Store. The batch is compared before the
// commit, so that a conflict changes nothing, and once more after it over
// another connection, which reads what the file holds.
func (s *Store) Deliver(ctx context.Context, b audit.Batch) error {
	no, err := s.number(ctx, b.Broker)
	if err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	if b.Last()>>seqBits != 0 {
		return fmt.Errorf("delivering to sqlite: number %d is beyond 2^%d", b.Last(), seqBits)
	}
	base := no << seqBits
	briefs, err := s.briefs(ctx, base, b)
	if err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	defer tx.Rollback() // after Commit it does nothing
	fresh, err := insertAll(ctx, tx, base, b)
	if err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	if err := insertBriefs(ctx, tx, briefs); err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	hashes := hashes(b.Entries)
	if fresh != int64(len(b.Entries)) {
		same, err := matching(ctx, tx, base, b, hashes)
		if err != nil {
			return fmt.Errorf("delivering to sqlite: %w", err)
		}
		if same != len(b.Entries) {
			return fmt.Errorf("delivering to sqlite: %d of %d records from %s/%d: %w",
				len(b.Entries)-same, len(b.Entries), b.Broker, b.First(), audit.ErrConflict)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("delivering to sqlite: %w", err)
	}
	same, err := matching(ctx, s.read, base, b, hashes)
	if err != nil {
		return fmt.Errorf("reading back from sqlite: %w", err)
	}
	if same != len(b.Entries) {
		return fmt.Errorf("reading back from sqlite: %d of %d records from %s/%d are there", same, len(b.Entries), b.Broker, b.First())
	}
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("reading back from sqlite: %w", err)
	}
	return nil
}

// insertAll inserts what is not there and gives how many rows that were.
func insertAll(ctx context.Context, tx *sql.Tx, base int64, b audit.Batch) (fresh int64, err error) {
	var stmt *sql.Stmt
	args := make([]any, 0, rowsAtOnce*columnsOfRow)
	for i, e := range b.Entries {
		args = appendRow(args, base|int64(e.Seq), &b.Entries[i], &b.Columns[i])
		left := len(b.Entries) - i - 1
		if len(args) < rowsAtOnce*columnsOfRow && left > 0 {
			continue
		}
		var done sql.Result
		if len(args) < rowsAtOnce*columnsOfRow { // the rest
			done, err = tx.ExecContext(ctx, insert(len(args)/columnsOfRow), args...)
		} else {
			if stmt == nil {
				if stmt, err = tx.PrepareContext(ctx, insert(rowsAtOnce)); err != nil {
					return 0, err
				}
				defer stmt.Close()
			}
			done, err = stmt.ExecContext(ctx, args...)
		}
		if err != nil {
			return 0, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		fresh += n
		args = args[:0]
		runtime.Gosched() // requests first: a batch takes longer than their patience
	}
	return fresh, nil
}

func appendRow(args []any, key int64, e *spool.Entry, c *audit.Columns) []any {
	return append(args, key, e.Hash[:], c.ID, micros(c.TimeIn), c.Outcome, c.SourceOrg, c.UserID, patient(c.PatientHMAC), textOf(e.Payload))
}

// textOf gives a document as a text without copying it: nobody changes it while
// it is bound, and the driver makes its own copy.
func textOf(document []byte) string { return unsafe.String(unsafe.SliceData(document), len(document)) }

// micros is the time as the column has it; times that it cannot hold are zero.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// patient gives the first 64 bits of an HMAC, or nil.
func patient(hmac string) any {
	if len(hmac) < 16 {
		return nil
	}
	first, err := strconv.ParseUint(hmac[:16], 16, 64)
	if err != nil {
		return nil
	}
	return int64(first)
}

func hashes(entries []spool.Entry) []byte {
	all := make([]byte, 0, 32*len(entries))
	for i := range entries {
		all = append(all, entries[i].Hash[:]...)
	}
	return all
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// matching counts the records of b that are stored with the hash that they have
// in b. One query compares them all inside SQLite.
func matching(ctx context.Context, q queryer, base int64, b audit.Batch, hashes []byte) (n int, err error) {
	err = q.QueryRowContext(ctx,
		`SELECT count(*) FROM record WHERE key BETWEEN ?1 AND ?2 AND hash = substr(?3, (key - ?1) * 32 + 1, 32)`,
		base|int64(b.First()), base|int64(b.Last()), hashes).Scan(&n)
	return n, err
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
