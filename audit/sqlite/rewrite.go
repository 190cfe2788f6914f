package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// rewriting changes documents in their blocks. The other documents of a block stay where
// they are: one that goes leaves zeros, and one that comes stands at the end.
type rewriting struct {
	store    *Store
	tx       *sql.Tx
	blocks   map[int64]*opened
	encoders map[int64]*zstd.Encoder // by dictionary
}

// opened is a block that is being changed, unpacked.
type opened struct {
	dictionary int64
	text       []byte
}

// open unpacks a block, once.
func (w *rewriting) open(ctx context.Context, no int64) (*opened, error) {
	if o := w.blocks[no]; o != nil {
		return o, nil
	}
	var b block
	err := w.tx.QueryRowContext(ctx, `SELECT dictionary, bytes FROM block WHERE no = ? AND length(bytes) <= ?`, no, bytesOfDocument+1<<20).
		Scan(&b.dictionary, &b.bytes)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if b.decoder, err = w.store.decoder(ctx, w.tx, b.dictionary); err != nil {
		return nil, err
	}
	o := &opened{dictionary: b.dictionary}
	if o.text, err = b.unpack(nil); err != nil {
		return nil, fmt.Errorf("its document is in block %d, %w", no, err)
	}
	if w.blocks == nil {
		w.blocks, w.encoders = map[int64]*opened{}, map[int64]*zstd.Encoder{}
	}
	w.blocks[no] = o
	return o, nil
}

// exchange takes a document out of its block, and puts another into it, if there is one. It
// gives where that is.
func (w *rewriting) exchange(ctx context.Context, at place, document []byte) (place, error) {
	o, err := w.open(ctx, at.block)
	if err != nil {
		return place{}, err
	}
	if at.at < 0 || at.length < 0 || at.at > int64(len(o.text)) || at.length > int64(len(o.text))-at.at {
		return place{}, fmt.Errorf("its document is not in block %d", at.block)
	}
	clear(o.text[at.at : at.at+at.length])
	now := place{block: at.block, at: int64(len(o.text)), length: int64(len(document))}
	o.text = append(o.text, document...)
	return now, nil
}

// keep packs what was changed.
func (w *rewriting) keep(ctx context.Context) error {
	for no, o := range w.blocks {
		encoder, err := w.encoder(ctx, o.dictionary)
		if err != nil {
			return err
		}
		if _, err := w.tx.ExecContext(ctx, `UPDATE block SET bytes = ? WHERE no = ?`, encoder.EncodeAll(o.text, nil), no); err != nil {
			return err
		}
	}
	clear(w.blocks)
	return nil
}

func (w *rewriting) encoder(ctx context.Context, dictionary int64) (*zstd.Encoder, error) {
	if e := w.encoders[dictionary]; e != nil {
		return e, nil
	}
	var content []byte
	if dictionary != 0 {
		if err := w.tx.QueryRowContext(ctx, `SELECT bytes FROM dictionary WHERE no = ?`, dictionary).Scan(&content); err != nil {
			return nil, err
		}
	}
	e, err := newEncoder(content)
	if err == nil {
		w.encoders[dictionary] = e
	}
	return e, err
}
