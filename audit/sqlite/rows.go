package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// rowsQuery counts records that are there, whole and in brief, by chain, day and kind.
const rowsQuery = `
	SELECT r.key >> 48, i.time_in / 86400000000, i.kind, count(*)
	FROM brief i CROSS JOIN record r ON r.key = i.key
	WHERE i.time_in >= ? AND i.time_in < ? GROUP BY 1, 2, 3`

// CountRows counts records by chain, day and organisation: see audit.RowCounter.
func (s *Store) CountRows(ctx context.Context, since, until time.Time) ([]audit.Rows, error) {
	all, err := s.countRows(ctx, since, until)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	return all, nil
}

func (s *Store) countRows(ctx context.Context, since, until time.Time) ([]audit.Rows, error) {
	brokers, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, rowsQuery, since.UnixMicro(), until.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type cell struct{ broker, day, kind, n int64 }
	var cells []cell
	for rows.Next() {
		var c cell
		if err := rows.Scan(&c.broker, &c.day, &c.kind, &c.n); err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	kinds, err := s.readKinds(ctx) // after the rows: they are kept before their records
	if err != nil {
		return nil, err
	}
	var all []audit.Rows
	at := map[[3]string]int{}
	for _, c := range cells {
		if c.kind < 0 || c.kind >= int64(len(kinds)) || kinds[c.kind] == nil {
			return nil, fmt.Errorf("no kind %d", c.kind)
		}
		kind := kinds[c.kind]
		k := [3]string{brokers[c.broker], time.Unix(c.day*secondsOfDay, 0).UTC().Format(time.DateOnly), kind.SourceOrg}
		i, known := at[k]
		if !known {
			i = len(all)
			at[k], all = i, append(all, audit.Rows{Broker: k[0], Day: k[1], SourceOrg: k[2]})
		}
		if audit.OfRequest(kind.Source) {
			all[i].Requests += c.n
		} else {
			all[i].Others += c.n
		}
	}
	return all, nil
}

var _ audit.RowCounter = (*Store)(nil)
