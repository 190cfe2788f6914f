package clickhouse

import (
	"context"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// CountRows counts records by chain, day and organisation: see audit.RowCounter. A
// record that stands twice before a merge is counted once.
func (s *Store) CountRows(ctx context.Context, since, until time.Time) ([]audit.Rows, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	p := with().signed("since", max(0, since.UnixMicro())).signed("until", until.UnixMicro()).list("others", []string{"", audit.SourceConsole, audit.SourceCollector})
	rows, err := s.conn.Query(ctx1(ctx, p), `
		SELECT broker, toString(toDate(time_in, 'UTC')), source_org,
			groupBitmapIf(seq, source NOT IN {others:Array(String)}), groupBitmapIf(seq, source IN {others:Array(String)})
		FROM records
		WHERE time_in >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND time_in < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []audit.Rows
	for rows.Next() {
		var r audit.Rows
		var requests, others uint64
		if err := rows.Scan(&r.Broker, &r.Day, &r.SourceOrg, &requests, &others); err != nil {
			return nil, wrap(err)
		}
		r.Requests, r.Others = int64(requests), int64(others)
		all = append(all, r)
	}
	return all, wrap(rows.Err())
}

var _ audit.RowCounter = (*Store)(nil)
