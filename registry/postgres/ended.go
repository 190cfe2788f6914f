package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mycarerecord/mcr/token/ended"
)

// endedAs gives a row of registry.ended_session as ended.Entry is read.
const endedAs = `json_build_object('iss', s.issuer, 'jti', s.id, 'sid', s.session, 'sub', s.subject, 'token', s.token, 'before', s.before, 'until', s.until)`

const (
	// endedWith is what ended with the change c.
	endedWith = `(SELECT json_agg(` + endedAs + `) FROM registry.ended_session s WHERE s.mark = c.mark)`
	askEnded  = `SELECT ` + endedAs + ` FROM registry.ended_session s WHERE s.until > extract(epoch FROM clock_timestamp())`
	addEnded  = `INSERT INTO registry.ended_session (mark, issuer, id, session, subject, token, before, until)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
		ON CONFLICT (issuer, id) DO NOTHING`
	dropEnded = `SELECT registry.forget_ended()`
)

// Tell has every broker know of entries, by a change of their own (ended.Feed).
func (s *Store) Tell(ctx context.Context, entries ...ended.Entry) (fresh int, err error) {
	fresh, err = s.tellEnded(ctx, entries)
	if err != nil {
		return 0, fmt.Errorf("telling what has ended: %w", err)
	}
	s.dropEnded()
	return fresh, nil
}

func (s *Store) tellEnded(ctx context.Context, entries []ended.Entry) (fresh int, err error) {
	begun, err := s.Begin(ctx)
	if err != nil {
		return 0, err
	}
	t := begun.(*tx)
	// In one order, so that no two brokers wait for each other.
	entries = slices.SortedFunc(slices.Values(entries), func(a, b ended.Entry) int {
		return cmp.Or(cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.ID, b.ID))
	})
	var texts [5][]string
	var times [2][]int64
	for _, e := range entries {
		for i, text := range [5]string{e.Issuer, e.ID, e.Session, e.Subject, e.Token} {
			texts[i] = append(texts[i], text)
		}
		times[0], times[1] = append(times[0], e.Before), append(times[1], e.Until)
	}
	added, err := t.conn.Exec(ctx, addEnded, t.mark, texts[0], texts[1], texts[2], texts[3], texts[4], times[0], times[1])
	if err != nil {
		t.Rollback()
		return 0, t.plainly(ctx, err)
	}
	fresh = int(added.RowsAffected())
	t.ends = fresh > 0
	return fresh, t.Commit()
}

// allEnded asks for all that is not over.
func allEnded(ctx context.Context, c *pgx.Conn) ([]ended.Entry, error) {
	rows, err := c.Query(ctx, askEnded)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[ended.Entry])
}

// dropEnded takes away what is over, once an hour.
func (s *Store) dropEnded() {
	now := time.Now().Unix()
	if last := s.dropped.Load(); now < last+3600 || !s.dropped.CompareAndSwap(last, now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.Statement)
	defer cancel()
	if _, err := s.readers.Exec(ctx, dropEnded); err != nil {
		s.opt.Logger.Error("ended sessions that are over could not be taken away", "error", err)
	}
}

var _ ended.Feed = (*Store)(nil)
