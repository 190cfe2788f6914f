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

// retiredQuery gives what was retired, as it was counted when it was: retire.go.
const retiredQuery = `SELECT broker, day, kind, records FROM retired WHERE day >= ? AND day < ?`

// rowCell are records of one chain, day and kind.
type rowCell struct {
	broker, day, kind, n int64
	retired              bool
}

func (s *Store) rowCells(ctx context.Context, retired bool, query string, args ...any) ([]rowCell, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var cells []rowCell
	for rows.Next() {
		c := rowCell{retired: retired}
		if err := rows.Scan(&c.broker, &c.day, &c.kind, &c.n); err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	return cells, rows.Err()
}

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
	cells, err := s.rowCells(ctx, false, rowsQuery, since.UnixMicro(), until.UnixMicro())
	if err != nil {
		return nil, err
	}
	var some bool
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'retired'`).Scan(&some); err != nil {
		return nil, err
	}
	if some {
		gone, err := s.rowCells(ctx, true, retiredQuery, since.Unix()/secondsOfDay, until.Unix()/secondsOfDay)
		if err != nil {
			return nil, err
		}
		cells = append(cells, gone...)
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
		switch request := audit.OfRequest(kind.Source); {
		case request && c.retired:
			all[i].RetiredRequests += c.n
		case request:
			all[i].Requests += c.n
		case c.retired:
			all[i].RetiredOthers += c.n
		default:
			all[i].Others += c.n
		}
	}
	return all, nil
}

var _ audit.RowCounter = (*Store)(nil)
