package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/mycarerecord/mcr/audit/spool"
)

// stored is a record's row, as far as its document is concerned.
type stored struct {
	key  int64
	hash spool.Hash // another length gives another hash, which proof reports
	place
}

// block is a row of the table, without its number.
type block struct {
	dictionary int64
	bytes      []byte
	decoder    *zstd.Decoder // of the dictionary
}

// document gives a row's document out of what its block unpacks to.
func (r *stored) document(text []byte) ([]byte, error) {
	if r.at < 0 || r.length < 0 || r.at > int64(len(text)) || r.length > int64(len(text))-r.at {
		return nil, fmt.Errorf("record %d: its document is said to be %d bytes from %d on, and block %d has %d", seq(r.key), r.length, r.at, r.block, len(text))
	}
	return text[r.at : r.at+r.length : r.at+r.length], nil
}

// failed names the first record that cannot be had.
func (r *stored) failed(err error) error {
	return fmt.Errorf("record %d: its document is in block %d, %w", seq(r.key), r.block, err)
}

// byBlock puts together which rows are in one block.
func byBlock(rows []stored) (blocks [][]int) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rows[i].block, rows[j].block) })
	for from, to := 0, 0; from < len(order); from = to {
		for to = from + 1; to < len(order) && rows[order[to]].block == rows[order[from]].block; to++ {
		}
		blocks = append(blocks, order[from:to])
	}
	return blocks
}

// each gives the documents of the records that a query finds by key, hash, block, at and
// length: to visit, which must not keep the bytes. They come block by block, not in the
// order of the query. All of it is of one moment, and the file is let go of before anything is
// unpacked. A document that cannot be had is an error that names its record.
func (s *Store) each(ctx context.Context, visit func(key int64, hash spool.Hash, document []byte) error, query string, args ...any) error {
	rows, blocks, err := s.packed(ctx, math.MaxInt64, query, args)
	if err != nil {
		return err
	}
	var text []byte
	for _, some := range byBlock(rows) {
		first := &rows[some[0]]
		if text, err = blocks[first.block].unpack(text[:0]); err != nil {
			return first.failed(err)
		}
		for _, i := range some {
			document, err := rows[i].document(text)
			if err != nil {
				return err
			}
			if err := visit(rows[i].key, rows[i].hash, document); err != nil {
				return err
			}
		}
	}
	return nil
}

// packed reads rows, their blocks, and the dictionaries that were never read before. The rows
// end with the one whose document makes all of them more than most bytes.
func (s *Store) packed(ctx context.Context, most int64, query string, args []any) (rows []stored, blocks map[int64]*block, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer tx.Rollback() // there is nothing to commit
	var numbers []int64
	var hash sql.RawBytes
	var r stored
	err = list(ctx, tx, func() error {
		clear(r.hash[:])
		copy(r.hash[:], hash)
		rows, numbers = append(rows, r), append(numbers, r.block)
		if most -= max(r.length, 0); most < 0 {
			return errEnough
		}
		return nil
	}, []any{&r.key, &hash, &r.block, &r.at, &r.length}, query, args...)
	if err != nil && !errors.Is(err, errEnough) || len(rows) == 0 {
		return nil, nil, err
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	wanted, err := json.Marshal(numbers)
	if err != nil {
		return nil, nil, err
	}
	blocks = make(map[int64]*block, len(numbers))
	var no int64
	var b block
	err = list(ctx, tx, func() (err error) {
		read := b
		read.decoder, err = s.decoder(ctx, tx, b.dictionary)
		blocks[no] = &read
		return err
	}, []any{&no, &b.dictionary, &b.bytes}, blocksQuery, string(wanted), bytesOfDocument+1<<20)
	return rows, blocks, err
}

// errEnough ends a list early.
var errEnough = errors.New("enough")

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// list runs a query and takes each of its rows into variables.
func list(ctx context.Context, from queryer, take func() error, variables []any, query string, args ...any) error {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(variables...); err != nil {
			return err
		}
		if err := take(); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// decodersMost is how many dictionaries are held; of more all are read again.
const decodersMost = 16

// decoder gives what unpacks with a dictionary, and reads that when it is not known
// yet; nil when it is not there.
func (s *Store) decoder(ctx context.Context, from queryer, no int64) (*zstd.Decoder, error) {
	s.unpacking.Lock()
	known := s.decoders[no]
	s.unpacking.Unlock()
	if known != nil {
		return known, nil
	}
	var content []byte
	if no != 0 {
		err := from.QueryRowContext(ctx, `SELECT bytes FROM dictionary WHERE no = ? AND length(bytes) <= ?`, no, dictionaryMost).Scan(&content)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	options := []zstd.DOption{zstd.WithDecoderMaxMemory(bytesOfDocument), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(0)}
	if len(content) > 0 {
		options = append(options, zstd.WithDecoderDictRaw(0, content))
	}
	decoder, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, err
	}
	s.unpacking.Lock()
	defer s.unpacking.Unlock()
	if len(s.decoders) >= decodersMost {
		clear(s.decoders)
	}
	s.decoders[no] = decoder
	return decoder, nil
}

// unpack appends what a block holds to text.
func (b *block) unpack(text []byte) ([]byte, error) {
	switch {
	case b == nil || b.bytes == nil:
		return nil, errors.New("which is not there, or is too long")
	case b.decoder == nil:
		return nil, fmt.Errorf("which needs dictionary %d, which is not there", b.dictionary)
	}
	text, err := b.decoder.DecodeAll(b.bytes, text)
	if err != nil {
		return nil, fmt.Errorf("which cannot be unpacked: %w", err)
	}
	return text, nil
}
