package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Erase puts other documents in the place of those of a chain: see retention.Eraser. It returns
// when the server has written every part anew that held one of the old ones, and has removed
// the parts of before from its disk; otherwise with ErrLeft, which names them.
//
// The new rows come first, and say when (the column erased); then every other row under the
// same numbers is deleted, whenever it came. So no record is away at any moment, and where
// both rows stand, since the server or the caller was killed in between, Entries gives the
// old one: the verification says so, and erasing again finishes. The broker's own user need
// not have the right (ALTER DELETE on records and by_patient).
func (s *Store) Erase(ctx context.Context, chain string, all []retention.Replacement) error {
	err := s.changing(ctx)
	if err == nil {
		err = s.erase(ctx, chain, all)
	}
	if err == nil {
		err = s.gone(ctx)
	}
	if err != nil {
		return fmt.Errorf("erasing from ClickHouse: %w", err)
	}
	return nil
}

// erasedAtOnce is how many records' replacements are one insert, and one statement of
// deletion.
const erasedAtOnce = 5000

func (s *Store) erase(ctx context.Context, chain string, all []retention.Replacement) error {
	all = slices.SortedFunc(slices.Values(all), func(a, b retention.Replacement) int { return cmp.Compare(a.Seq, b.Seq) })
	var batches []audit.Batch
	for some := range slices.Chunk(all, erasedAtOnce) {
		b, err := replacing(chain, some)
		if err == nil {
			err = s.asBefore(ctx, b)
		}
		if err != nil {
			return err
		}
		batches = append(batches, b)
	}
	at := s.opt.Clock().UTC().Truncate(time.Microsecond)
	var patients, others []string
	for _, b := range batches {
		if err := s.replace(ctx, b, at); err != nil {
			return err
		}
		rows := "broker = " + literal(chain) + " AND seq IN (" + numbers(seqs(b, anyone)) + ")"
		others = append(others, rows+fmt.Sprintf(" AND erased != fromUnixTimestamp64Micro(%d, 'UTC')", at.UnixMicro()))
		if nobody := seqs(b, func(c *audit.Columns) bool { return c.PatientHMAC == "" }); len(nobody) > 0 {
			patients = append(patients, "broker = "+literal(chain)+" AND seq IN ("+numbers(nobody)+")")
		}
	}
	// by_patient first: what is left to do shows in records.
	if err := s.remove(ctx, "by_patient", patients); err != nil {
		return err
	}
	return s.remove(ctx, "records", others)
}

// replacing makes the batch of some replacements. Its numbers grow.
func replacing(chain string, some []retention.Replacement) (audit.Batch, error) {
	b := audit.Batch{Broker: chain}
	for i, r := range some {
		if i > 0 && some[i-1].Seq == r.Seq {
			return b, fmt.Errorf("record %d is to be replaced twice", r.Seq)
		}
		c, err := audit.ReadColumns(r.Document)
		if err != nil {
			return b, fmt.Errorf("record %d: %w", r.Seq, err)
		}
		b.Entries = append(b.Entries, spool.Entry{Seq: r.Seq, Hash: r.Hash, Payload: r.Document})
		b.Columns = append(b.Columns, c)
	}
	return b, nil
}

func anyone(*audit.Columns) bool { return true }

// seqs gives the numbers of a batch whose columns are so.
func seqs(b audit.Batch, so func(*audit.Columns) bool) (all []uint64) {
	for i := range b.Entries {
		if so(&b.Columns[i]) {
			all = append(all, b.Entries[i].Seq)
		}
	}
	return all
}

// asBefore fails when a record is not there as the replacement has it.
func (s *Store) asBefore(ctx context.Context, b audit.Batch) error {
	rows, err := s.conn.Query(ctx1(s.sure(ctx, nil), with().text("broker", b.Broker).numbers("seqs", seqs(b, anyone))),
		`SELECT DISTINCT seq, hash, id FROM records WHERE broker = {broker:String} AND seq IN {seqs:Array(UInt64)}`)
	if err != nil {
		return fmt.Errorf("looking for the records: %w", err)
	}
	defer rows.Close()
	there := map[uint64]int{}
	for rows.Next() {
		var seq uint64
		var hash, id string
		if err := rows.Scan(&seq, &hash, &id); err != nil {
			return fmt.Errorf("looking for the records: %w", err)
		}
		i, _ := slices.BinarySearchFunc(b.Entries, seq, func(e spool.Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
		if hash != string(b.Entries[i].Hash[:]) || id != b.Columns[i].ID {
			return fmt.Errorf("record %d is not there as it was", seq)
		}
		there[seq]++
	}
	for i := range b.Entries {
		if there[b.Entries[i].Seq] == 0 {
			return errors.Join(fmt.Errorf("record %d is not there as it was", b.Entries[i].Seq), rows.Err())
		}
	}
	return rows.Err()
}

// erasure is the statement by which replacements are inserted.
var erasure = insertion[:len(insertion)-1] + ", erased)"

// replace inserts the replacements, and reads back that they are there.
func (s *Store) replace(ctx context.Context, b audit.Batch, at time.Time) error {
	if err := s.insertReplacing(ctx, b, at); err != nil {
		return fmt.Errorf("inserting what replaces: %w", err)
	}
	var there uint64
	err := s.conn.QueryRow(ctx1(s.sure(ctx, nil), with().text("broker", b.Broker).numbers("seqs", seqs(b, anyone)).signed("at", at.UnixMicro())),
		`SELECT uniqExact(seq) FROM records WHERE broker = {broker:String} AND seq IN {seqs:Array(UInt64)} AND erased = fromUnixTimestamp64Micro({at:Int64}, 'UTC')`).Scan(&there)
	if err == nil && there != uint64(len(b.Entries)) {
		err = fmt.Errorf("%d of %d are there", there, len(b.Entries))
	}
	if err != nil {
		return fmt.Errorf("reading back what replaces: %w", err)
	}
	return nil
}

func (s *Store) insertReplacing(ctx context.Context, b audit.Batch, at time.Time) error {
	s.filling.Lock()
	defer s.filling.Unlock()
	s.block.fill(b, time.Unix(0, 0).UTC()) // they were not delivered
	batch, err := s.conn.PrepareBatch(s.sure(ctx, clickhouse.Settings{
		"insert_deduplicate": 0, "deduplicate_insert": "disable", // one that is there twice is one
		"max_partitions_per_insert_block":        0, // the months of as many years as there are
		"low_cardinality_allow_in_native_format": 0,
	}), erasure)
	if err != nil {
		return err
	}
	for i, column := range append(s.block.all(), slices.Repeat([]time.Time{at}, len(b.Entries))) {
		if err := batch.Column(i).Append(column); err != nil {
			return errors.Join(fmt.Errorf("column %d: %w", i, err), batch.Abort())
		}
	}
	return batch.Send()
}

var _ retention.Eraser = (*Store)(nil)
