package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// life is a time in which a server has lost nothing that could be seen: from its promotion, which
// begins a timeline, or from its start. When one of its processes is killed, it starts again within
// the same first process, and says so only by its statistics, which it then begins anew
// (PostgreSQL 15, "The Cumulative Statistics System").
type life struct {
	timeline int64
	started  time.Time
}

const askLife = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint, " +
	"greatest(pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_wal))"

func lifeOf(ctx context.Context, c *pgx.Conn) (l life, err error) {
	err = c.QueryRow(ctx, askLife).Scan(&l.timeline, &l.started)
	return l, err
}

// after reports whether the server may have lost what was seen last in another life, and was not yet
// on the disk: it was promoted since, or started again. A primary that was replaced was neither.
func (l life) after(before life, seen point) bool {
	return l.timeline > before.timeline || l.timeline == before.timeline && l.started.After(seen.at)
}
