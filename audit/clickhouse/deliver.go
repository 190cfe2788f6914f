package clickhouse

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mycarerecord/mcr/audit"
)

// batchRecords and batchBytes bound a batch (audit.Sized). Each costs the server a part
// with a file for each column, all of them synced; beyond this size that is no longer
// what takes the time.
const (
	batchRecords = 50_000
	batchBytes   = 24 << 20
)

// pieceRecords is how many records are made into columns and sent at once: while the server
// unpacks one piece the next is made, and what both hold of a batch as columns is a few
// megabytes.
const pieceRecords = 1000

// BatchSize gives the batch that suits the server: see audit.Sized.
func (s *Store) BatchSize() (records, bytes int) { return batchRecords, batchBytes }

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
	if err := s.sureOf(ctx); err != nil {
		return fmt.Errorf("delivering to ClickHouse: %w", err)
	}
	if err := s.deliver(ctx, b); err != nil {
		s.doubt()
		return fmt.Errorf("delivering to ClickHouse: %w", err)
	}
	return nil
}

func (s *Store) deliver(ctx context.Context, b audit.Batch) error {
	want := sumOf(b)
	there, err := s.sum(ctx, b, want)
	if err != nil {
		return err
	}
	// A statement that the server answered with yes was stored in by_patient and hourly too;
	// one that it did not answer may have been stored in records alone.
	certain := !b.Resent && there.records == 0
	if there != want {
		rest := b
		if there.records > 0 {
			if rest, err = s.rest(ctx, b); err != nil {
				return err
			}
		}
		rest.Again = b.Again
		sent := s.insert(ctx, rest)
		certain = certain && sent == nil
		// Sent or not: only what is read back counts.
		if there, err = s.sum(ctx, b, want); err != nil || there != want {
			if sent == nil && err == nil {
				sent = fmt.Errorf("read back %d records of %d, or other hashes", there.records, want.records)
				if there.records < want.records {
					// Taken, and not there: the token was that of an earlier sending, whose
					// records somebody has taken away since.
					sent = errors.Join(sent, audit.ErrForgotten)
				}
			}
			return errors.Join(sent, err)
		}
	}
	if certain {
		return nil
	}
	return s.feed(ctx, b)
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
func (s *Store) sum(ctx context.Context, b audit.Batch, want sum) (got sum, err error) {
	// As rows first, which costs the server half: where they are as many as the batch has,
	// and their hashes are its hashes, none of them stands twice.
	if got, err = s.sumOf(ctx, b, `records`, ``); err == nil && got != want && got.records > 0 {
		got, err = s.sumOf(ctx, b, `(SELECT DISTINCT seq, hash FROM records`, `)`)
	}
	if err != nil {
		err = fmt.Errorf("reading back: %w", err)
	}
	return got, err
}

func (s *Store) sumOf(ctx context.Context, b audit.Batch, from, end string) (got sum, err error) {
	err = s.conn.QueryRow(ctx1(s.sure(ctx, nil), with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last())), `
		SELECT count(),
			groupBitXor(reinterpretAsUInt64(substring(hash, 1, 8))), groupBitXor(reinterpretAsUInt64(substring(hash, 9, 8))),
			groupBitXor(reinterpretAsUInt64(substring(hash, 17, 8))), groupBitXor(reinterpretAsUInt64(substring(hash, 25, 8)))
		FROM `+from+`
			WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}`+end,
	).Scan(&got.records, &got.hashes[0], &got.hashes[1], &got.hashes[2], &got.hashes[3])
	return got, err
}

// rest gives the part of a batch that is not stored yet, or ErrConflict.
func (s *Store) rest(ctx context.Context, b audit.Batch) (audit.Batch, error) {
	rows, err := s.conn.Query(ctx1(s.sure(ctx, nil), with().text("broker", b.Broker).number("first", b.First()).number("last", b.Last())),
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

// insert sends a batch, which the server stores as one block. An error means that the outcome is unknown.
func (s *Store) insert(ctx context.Context, b audit.Batch) error {
	if len(b.Entries) == 0 {
		return nil
	}
	s.filling.Lock()
	defer s.filling.Unlock()
	now := s.opt.Clock().UTC()
	batch, err := s.conn.PrepareBatch(s.sure(ctx, clickhouse.Settings{
		"insert_deduplication_token": fmt.Sprintf("%s/%d-%d/%d%s", b.Broker, b.First(), b.Last(), len(b.Entries), b.Again),
		// However many pieces it comes in, the server makes one block of it.
		"min_insert_block_size_rows": 1 << 20, "min_insert_block_size_bytes": 0,
		// Columns travel as plain texts; the server makes its dictionaries.
		"low_cardinality_allow_in_native_format": 0,
	}), insertion)
	if err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	p := pieces{ctx: ctx, batch: batch, sent: make(chan error, 1)}
	for from := 0; from < len(b.Entries); from += pieceRecords {
		to := min(from+pieceRecords, len(b.Entries))
		s.block.fill(audit.Batch{Broker: b.Broker, Entries: b.Entries[from:to], Columns: b.Columns[from:to]}, now)
		if err := p.send(s.block.all()); err != nil {
			return fmt.Errorf("inserting: %w", err)
		}
	}
	if err := p.wait(); err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	return nil
}

// ctx1 gives a context that carries the values of one query.
func ctx1(ctx context.Context, p *parameters) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(p.all))
}
