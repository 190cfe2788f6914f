package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// point is a place in a registry's history: a change by its number, and the mark that tells it
// from the change with that number in another history.
type point struct {
	seq, mark int64
	at        time.Time // by the database's clock
}

// nowhere is the point before anything was seen: nothing is asked of a database then.
var nowhere = point{seq: -1}

// ErrBehind says that the database lacks what was seen of it, or of what was committed here.
var ErrBehind = errors.New("the registry's database does not have what this broker has seen of it: it was restored from a backup, " +
	"promoted with loss, or is a primary that was replaced; connect to the right one, or look and then run mcr registry accept-loss")

// guard is what goes with every question, by the parameters $1 and $2: whether the database has a
// point in its history, the version of its schema, and the newest point that it has, all in the
// same snapshot as the answer. It costs three looks at ends of indexes.
const guard = `(SELECT $1::bigint < 0 OR EXISTS (SELECT FROM registry.change WHERE seq = $1 AND mark = $2) AS knows,
	(SELECT coalesce(max(version), 0) FROM registry.schema_version) AS schema, n.seq AS newest, n.mark AS mark, n.at AS at
	FROM (SELECT seq, mark, at FROM registry.change ORDER BY seq DESC LIMIT 1) n) g`

// guarded are the columns of a guard, in the order of found.
const guarded = "g.knows, g.schema, g.newest, g.mark, g.at"

// found is what a guard finds.
type found struct {
	knows  bool
	schema int32
	newest point
}

// columns are where its columns are read to.
func (f *found) columns() []any {
	return []any{&f.knows, &f.schema, &f.newest.seq, &f.newest.mark, &f.newest.at}
}

// judge returns nil if it is as it must be.
func (f *found) judge() error {
	if err := fits(int(f.schema)); err != nil {
		return err
	}
	if !f.knows {
		return ErrBehind
	}
	return nil
}

// errNoAnswer says that not even a guard was answered, though one always is.
var errNoAnswer = errors.New("the registry's database has lost its changes")

// querier is a connection or a pool of them.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// look asks a guard alone.
func look(ctx context.Context, c querier, last point) (point, error) {
	var f found
	err := c.QueryRow(ctx, "SELECT "+guarded+" FROM "+guard, last.seq, last.mark).Scan(f.columns()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nowhere, errNoAnswer
	}
	if err != nil {
		return nowhere, err
	}
	return f.newest, f.judge()
}

// AcceptLoss says, for all brokers, that what the database lacks of what they have seen is lost,
// and why: they take it as it is from then on. It connects as the owner. What was lost must have
// been recorded again before, or nobody will ever know of it. It gives the number of the change.
func AcceptLoss(ctx context.Context, address string, opt Options, why string) (seq int64, err error) {
	if why == "" {
		return 0, errors.New("accepting loss: say why")
	}
	d, err := newDialer(address, opt.withDefaults())
	if err != nil {
		return 0, fmt.Errorf("accepting loss: %w", err)
	}
	c, err := d.dial(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("accepting loss: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	have, err := schemaOf(ctx, c)
	if err == nil {
		err = fits(have)
	}
	if err == nil {
		err = c.QueryRow(ctx, "SELECT seq FROM registry.append($1, NULL, $2)", newMark(), why).Scan(&seq)
	}
	if err != nil {
		return 0, fmt.Errorf("accepting loss: %w", d.told(err))
	}
	return seq, nil
}

// accepted finds where to go on from when the database lacks a point: at the newest change, if an
// operator has accepted the loss since. An acceptance that is older than the point is of another
// loss.
const accepted = `SELECT c.seq, c.mark, c.at FROM registry.change c WHERE c.seq = (SELECT max(seq) FROM registry.change)
	AND EXISTS (SELECT FROM registry.change a WHERE a.accepts IS NOT NULL AND a.at > $1)`

const newest = `SELECT c.seq, c.mark, c.at FROM registry.change c ORDER BY c.seq DESC LIMIT 1`

func pointOf(ctx context.Context, c *pgx.Conn, query string, args ...any) (p point, err error) {
	err = c.QueryRow(ctx, query, args...).Scan(&p.seq, &p.mark, &p.at)
	return p, err
}
