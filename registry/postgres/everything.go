package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/mycarerecord/mcr/registry"
)

const (
	// The server sorts the first on its own disk; the second is the order of the primary key.
	askRecorded  = "SELECT " + columns + " FROM registry.entry e ORDER BY e.seq"
	askByPatient = "SELECT " + columns + " FROM registry.entry e ORDER BY e.patient, e.seq"
)

// Everything reads all of it in one snapshot, on a connection of its own without a limit of time.
// The server needs temporary room on its disk, about as much as the table has.
func (s *Store) Everything(ctx context.Context, in registry.Order, take func(*registry.Entry) error) (err error) {
	if s.closed.Load() {
		return registry.ErrClosed
	}
	c, err := s.dialer.dial(ctx, func(c *pgx.ConnConfig) {
		c.RuntimeParams["statement_timeout"] = "0"
		c.RuntimeParams["tcp_user_timeout"] = "0" // whoever takes what it reads may stand still
	})
	if err != nil {
		return s.plainly(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	snapshot, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return s.plainly(err)
	}
	// What is under way on the connection ends with it.
	if _, err := look(ctx, snapshot, s.last()); err != nil {
		return s.plainly(err)
	}
	query := askRecorded
	if in == registry.ByPatient {
		query = askByPatient
	}
	var taken error
	if err := each(ctx, snapshot, query, func(e *registry.Entry) error {
		taken = take(e)
		return taken
	}); err != nil && (taken == nil || !errors.Is(err, taken)) {
		return s.plainly(err)
	}
	return taken
}

// each reads entries without a guard.
func each(ctx context.Context, tx pgx.Tx, query string, take func(*registry.Entry) error) error {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r row
	var e registry.Entry
	for columns := r.columns()[len(r.found.columns()):]; rows.Next(); {
		if err := rows.Scan(columns...); err != nil {
			return err
		}
		if err := r.entry(&e); err != nil {
			return err
		}
		if err := take(&e); err != nil {
			return err
		}
	}
	return rows.Err()
}
