package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

const (
	askPatient = "SELECT " + guarded + ", " + columns + " FROM " + guard + " LEFT JOIN registry.entry e ON e.patient = $3 ORDER BY e.seq"
	askHistory = "SELECT " + guarded + ", " + columns + " FROM " + guard + " LEFT JOIN registry.entry e ON e.id = $3 ORDER BY e.version"
	// Entries of one resource are those whose id is its key, or its key, a '#' and a part. '$' is
	// the character after '#', and no key has either.
	askResources = "SELECT " + guarded + ", " + columns + " FROM " + guard + ` LEFT JOIN (unnest($3::text[]) k CROSS JOIN LATERAL
		(SELECT DISTINCT ON (id) * FROM registry.entry WHERE id >= k AND id < (k || '$')
			ORDER BY id DESC, version DESC) e) ON true`
)

// Versions reads what is on record under a number.
func (s *Store) Versions(ctx context.Context, number nhs.Number, take func(*registry.Entry) error) error {
	n, err := bare(number)
	if err != nil {
		return err
	}
	return s.read(ctx, askPatient, n, take)
}

// Newest asks for all resources at once.
func (s *Store) Newest(ctx context.Context, keys []string, take func(*registry.Entry) error) error {
	return s.read(ctx, askResources, keys, take)
}

// History reads every version of one entry.
func (s *Store) History(ctx context.Context, id string, take func(*registry.Entry) error) error {
	return s.read(ctx, askHistory, id, take)
}

// read asks once, and once more on a new connection where the one that it had turned out to be
// gone, or to lead to a database that lacks what was seen, before there was any answer. An answer that
// takes longer than what is known may be old would say what was so then.
func (s *Store) read(ctx context.Context, query string, arg any, take func(*registry.Entry) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(s.opt.Statement, s.opt.StaleAfter))
	defer cancel()
	for again := false; ; again = true {
		c, err := s.readers.Acquire(ctx)
		if err != nil {
			return s.plainly(err)
		}
		took := false
		newest, err := ask(ctx, c.Conn(), s.last(), query, arg, func(e *registry.Entry) error {
			took = true
			return take(e)
		})
		gone := c.Conn().IsClosed()
		c.Release()
		if err == nil {
			s.saw(newest) // nothing older is believed from now on
			return nil
		}
		if took || again || !gone && !errors.Is(err, ErrBehind) {
			return s.plainly(err)
		}
		s.readers.Reset()
	}
}

// ask asks on one connection, judges the database before it believes it, and gives the newest
// point that it has.
func ask(ctx context.Context, c *pgx.Conn, last point, query string, arg any, take func(*registry.Entry) error) (point, error) {
	rows, err := c.Query(ctx, query, last.seq, last.mark, arg)
	if err != nil {
		return nowhere, err
	}
	defer rows.Close()
	var r row
	var e registry.Entry
	answered := false
	for columns := r.columns(); rows.Next(); answered = true {
		if err := rows.Scan(columns...); err != nil {
			return nowhere, err
		}
		if err := r.judge(); err != nil {
			return nowhere, err
		}
		if !r.id.Valid {
			continue // there is none
		}
		if err := r.entry(&e); err != nil {
			return nowhere, err
		}
		if err := take(&e); err != nil {
			return nowhere, err
		}
	}
	if err := rows.Err(); err != nil {
		return nowhere, err
	}
	if !answered {
		return nowhere, errNoAnswer
	}
	return r.newest, nil
}

// plainly gives an error without anything that a row holds: PostgreSQL tells of it in what it adds
// to the message, and the driver does not print that.
func (s *Store) plainly(err error) error {
	switch {
	case err == nil:
		return nil
	case s.closed.Load():
		return registry.ErrClosed
	}
	var told *pgconn.PgError
	if errors.As(err, &told) && told.Code == "42P01" { // undefined_table
		return fits(0)
	}
	return fmt.Errorf("asking the registry's database: %w", err)
}
