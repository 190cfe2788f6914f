package clickhouse

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mycarerecord/mcr/audit"
)

// Deliver stores a batch: see audit.Store.
//
// What is there of the batch is asked first, so that another document under a
// taken number is refused before anything is written, and a batch that was
// stored by an earlier sending is not sent again. The token stands against the
// earlier sending that is still on its way through the server.
func (s *Store) Deliver(ctx context.Context, b audit.Batch) error {
	if s.opt.Asking {
		return errors.New("delivering to ClickHouse: opened for asking only")
	}
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	there, err := s.sum(ctx, b)
	if err != nil {
		return fmt.Errorf("delivering to ClickHouse: %w", err)
	}
	want := sumOf(b)
	if there != want {
		rest := b
		if there.records > 0 {
			if rest, err = s.rest(ctx, b); err != nil {
				return fmt.Errorf("delivering to ClickHouse: %w", err)
			}
		}
		rest.Again = b.Again
		sent := s.insert(ctx, rest)
		// Sent or not: only what is read back counts.
		if there, err = s.sum(ctx, b); err != nil || there != want {
			if sent == nil && err == nil {
				sent = fmt.Errorf("read back %d records of %d, or other hashes", there.records, want.records)
				if there.records < want.records {
					// Taken, and not there: the token was that of an earlier sending, whose
					// records somebody has taken away since.
					sent = errors.Join(sent, audit.ErrForgotten)
				}
			}
			return fmt.Errorf("delivering to ClickHouse: %w", errors.Join(sent, err))
		}
	}
	if err := s.feed(ctx, b); err != nil {
		return fmt.Errorf("delivering to ClickHouse: %w", err)
	}
	return nil
}

// sum is what is compared of a batch: how many records, and their hashes, xored.
type sum struct {
	records uint64
	hashes  [4]uint64
}

func sumOf(b audit.Batch) sum {
	s := sum{records: uint64(len(b.Entries))}
	for i := range b.Entries {
		for w := range s.hashes {
			s.hashes[w] ^= binary.LittleEndian.Uint64(b.Entries[i].Hash[8*w:])
		}
	}
	return s
}

// sum reads back what is stored between the batch's first and last number. A
// record that stands twice before a merge is counted once; two documents under
// one number are counted twice, and so never equal a batch.
func (s *Store) sum(ctx context.Context, b audit.Batch) (got sum, err error) {
	err = s.conn.QueryRow(ctx1(ctx, with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last())), `
		SELECT count(),
			groupBitXor(reinterpretAsUInt64(substring(hash, 1, 8))), groupBitXor(reinterpretAsUInt64(substring(hash, 9, 8))),
			groupBitXor(reinterpretAsUInt64(substring(hash, 17, 8))), groupBitXor(reinterpretAsUInt64(substring(hash, 25, 8)))
		FROM (SELECT DISTINCT seq, hash FROM records
			WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64})`,
	).Scan(&got.records, &got.hashes[0], &got.hashes[1], &got.hashes[2], &got.hashes[3])
	if err != nil {
		err = fmt.Errorf("reading back: %w", err)
	}
	return got, err
}

// rest gives the part of a batch that is not stored yet, or ErrConflict.
func (s *Store) rest(ctx context.Context, b audit.Batch) (audit.Batch, error) {
	rows, err := s.conn.Query(ctx1(ctx, with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last())),
		`SELECT DISTINCT seq, hash FROM records WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`)
	if err != nil {
		return b, err
	}
	defer rows.Close()
	stored := make([]bool, len(b.Entries))
	for rows.Next() {
		var seq uint64
		var hash string
		if err := rows.Scan(&seq, &hash); err != nil {
			return b, err
		}
		i := seq - b.First()
		if hash != string(b.Entries[i].Hash[:]) {
			return b, fmt.Errorf("record %s/%d: %w", b.Broker, seq, audit.ErrConflict)
		}
		stored[i] = true
	}
	if err := rows.Err(); err != nil {
		return b, err
	}
	left := audit.Batch{Broker: b.Broker}
	for i, is := range stored {
		if !is {
			left.Entries = append(left.Entries, b.Entries[i])
			left.Columns = append(left.Columns, b.Columns[i])
		}
	}
	return left, nil
}

// insert sends a batch as one block. An error means that the outcome is unknown.
func (s *Store) insert(ctx context.Context, b audit.Batch) error {
	if len(b.Entries) == 0 {
		return nil
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token": fmt.Sprintf("%s/%d-%d/%d%s", b.Broker, b.First(), b.Last(), len(b.Entries), b.Again),
		"insert_deduplicate":         1,
		"async_insert":               0,
	}))
	batch, err := s.conn.PrepareBatch(ctx, `INSERT INTO records
		(broker, seq, hash, id, time_in, outcome, effect, reason, user_id, user_org, source, source_org, patient_hmac, document, delivered_at)`)
	if err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	n := len(b.Entries)
	seqs, hashes, times, documents, delivered := make([]uint64, n), make([]string, n), make([]time.Time, n), make([]string, n), make([]time.Time, n)
	now := s.opt.Clock().UTC()
	for i := range b.Entries {
		e := &b.Entries[i]
		seqs[i], hashes[i], times[i], documents[i] = e.Seq, string(e.Hash[:]), storable(b.Columns[i].TimeIn), string(e.Payload)
		delivered[i] = now
	}
	text := func(of func(*audit.Columns) string) []string {
		all := make([]string, n)
		for i := range b.Columns {
			all[i] = of(&b.Columns[i])
		}
		return all
	}
	for i, column := range []any{
		text(func(*audit.Columns) string { return b.Broker }), seqs, hashes,
		text(func(c *audit.Columns) string { return c.ID }), times,
		text(func(c *audit.Columns) string { return c.Outcome }),
		text(func(c *audit.Columns) string { return c.Effect }),
		text(func(c *audit.Columns) string { return c.Reason }),
		text(func(c *audit.Columns) string { return c.UserID }),
		text(func(c *audit.Columns) string { return c.UserOrg }),
		text(func(c *audit.Columns) string { return c.Source }),
		text(func(c *audit.Columns) string { return c.SourceOrg }),
		text(func(c *audit.Columns) string { return c.PatientHMAC }), documents, delivered,
	} {
		if err := batch.Column(i).Append(column); err != nil {
			return errors.Join(fmt.Errorf("inserting: column %d: %w", i, err), batch.Abort())
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	return nil
}

// feed sees to it that the batch is in by_patient too: a server that ended
// between the table and its view has it in the one and not in the other.
func (s *Store) feed(ctx context.Context, b audit.Batch) error {
	want := uint64(0)
	for i := range b.Columns {
		if b.Columns[i].PatientHMAC != "" {
			want++
		}
	}
	ctx = ctx1(ctx, with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last()))
	for try := 0; ; try++ {
		var got uint64
		err := s.conn.QueryRow(ctx, `SELECT uniqExact(seq) FROM by_patient
			WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`).Scan(&got)
		switch {
		case err != nil:
			return fmt.Errorf("reading back by_patient: %w", err)
		case got == want:
			return nil
		case try > 0:
			return fmt.Errorf("reading back by_patient: %d records of %d", got, want)
		}
		// Without deduplication: the server may remember the same rows from before they went.
		err = s.conn.Exec(ctx, `INSERT INTO by_patient (patient_hmac, time_in, broker, seq, source_org)
			SETTINGS insert_deduplicate = 0
			SELECT patient_hmac, time_in, broker, seq, source_org FROM records
			WHERE patient_hmac != '' AND broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`)
		if err != nil {
			return fmt.Errorf("feeding by_patient: %w", err)
		}
	}
}

// storable gives a time that DateTime64(6) can hold.
func storable(t time.Time) time.Time {
	if y := t.Year(); y < 1970 || y > 2200 {
		return time.Unix(0, 0).UTC()
	}
	return t.UTC()
}

// ctx1 gives a context that carries the values of one query.
func ctx1(ctx context.Context, p *parameters) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(p.all))
}
