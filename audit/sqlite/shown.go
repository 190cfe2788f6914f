package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"sync"
)

// few is each for records that are shown: the query gives the block of each beside it (see
// shown), so that there is one question, and what was unpacked lately is not unpacked again.
func (s *Store) few(ctx context.Context, visit func(key int64, document []byte) error, query string, args ...any) error {
	var rows []stored
	blocks := map[int64]*block{}
	var r stored
	var dictionary sql.NullInt64
	var packed sql.RawBytes
	err := list(ctx, &s.asks, func() error {
		rows = append(rows, r)
		if blocks[r.block] == nil && packed != nil {
			blocks[r.block] = &block{dictionary: dictionary.Int64, bytes: bytes.Clone(packed)}
		}
		return nil
	}, []any{&r.key, &r.block, &r.at, &r.length, &dictionary, &packed}, query, args...)
	if err != nil {
		return err
	}
	for _, some := range byBlock(rows) {
		first := &rows[some[0]]
		in := blocks[first.block]
		if in != nil {
			// Dictionaries are never changed, and come before the blocks that need them.
			if in.decoder, err = s.decoder(ctx, s.read, in.dictionary); err != nil {
				return err
			}
		}
		text, err := s.lately.text(first.block, in)
		if err != nil {
			return first.failed(err)
		}
		for _, i := range some {
			document, err := rows[i].document(text)
			if err != nil {
				return err
			}
			if err := visit(rows[i].key, document); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepared are queries that were prepared when they were first asked.
type prepared struct {
	*sql.DB
	mu   sync.Mutex
	asks map[string]*sql.Stmt
}

// QueryContext is that of the database, for a query that is one of few.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ask, err := p.prepare(ctx, query) //nolint:sqlclosecheck // it is kept, and closed with the database
	if err != nil {
		return nil, err
	}
	return ask.QueryContext(ctx, args...)
}

func (p *prepared) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ask := p.asks[query]; ask != nil {
		return ask, nil
	}
	ask, err := p.DB.PrepareContext(ctx, query) //nolint:sqlclosecheck // it is kept, and closed with the database
	if err == nil {
		p.asks[query] = ask
	}
	return ask, err
}
