package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// tx is the one transaction that writes.
type tx struct {
	store *Store
	conn  *connection // nil once it is over
	began time.Time
}

// Begin takes the writing connection and the file's write lock.
func (s *Store) Begin(ctx context.Context) (registry.Tx, error) {
	if err := s.inPlace(); err != nil {
		return nil, err
	}
	var c *connection
	var open bool
	select {
	case c, open = <-s.writer:
		if !open {
			return nil, registry.ErrClosed
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", registry.ErrBusy, ctx.Err())
	}
	if err := c.lock(ctx, s.opt.Wait); err != nil {
		s.writer <- c
		return nil, err
	}
	return &tx{s, c, s.opt.Clock()}, nil
}

// Lock has nothing to do: there is one writer.
func (*tx) Lock(context.Context, ...nhs.Number) error { return nil }

// Time is the clock's.
func (t *tx) Time() time.Time { return t.began }

// Versions reads as [Store.Versions] does.
func (t *tx) Versions(ctx context.Context, number nhs.Number, take func(*registry.Entry) error) error {
	return t.conn.entries(ctx, askPatient, take, number.Digits())
}

// Newest reads as [Store.Newest] does.
func (t *tx) Newest(ctx context.Context, keys []string, take func(*registry.Entry) error) error {
	return t.conn.newest(ctx, keys, take)
}

// Add adds one row a version.
func (t *tx) Add(ctx context.Context, entries ...registry.Entry) error {
	for i := range entries {
		if err := add(ctx, t.conn, &entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// Commit returns when it is on the disk.
func (t *tx) Commit() error { return t.end("COMMIT") }

// Rollback drops it.
func (t *tx) Rollback() { _ = t.end("ROLLBACK") }

var errOver = errors.New("the transaction is over")

// end ends the transaction and hands the writing connection on. A connection that
// cannot even roll back is replaced: SQLite rolls back what it leaves behind.
func (t *tx) end(how string) error {
	ctx, c, s := context.Background(), t.conn, t.store
	if c == nil {
		return errOver
	}
	t.conn = nil
	err := c.run(ctx, how)
	if err != nil && (how == "ROLLBACK" || c.run(ctx, "ROLLBACK") != nil) {
		if fresh, failed := dial(s.path, s.opt.Wait, false); failed == nil {
			_ = c.close()
			c = fresh
		}
	}
	s.writer <- c
	return err
}
