package clickhouse

import (
	"context"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// notRequests are the sources of records that are of no request: audit.OfRequest.
var notRequests = []string{"", audit.SourceConsole, audit.SourceCollector}

// CountRows counts records by chain, day and organisation: see audit.RowCounter. A
// record that stands twice before a merge is counted once; so is a retired run that was
// counted twice.
func (s *Store) CountRows(ctx context.Context, since, until time.Time) ([]audit.Rows, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	p := with().signed("since", max(0, since.UnixMicro())).signed("until", until.UnixMicro()).list("others", notRequests)
	rows, err := s.conn.Query(ctx1(ctx, p), `
		SELECT broker, toString(day), source_org, sum(requests), sum(others), sum(gone_requests), sum(gone_others) FROM (
			SELECT broker, toDate(time_in, 'UTC') AS day, source_org, groupBitmapIf(seq, source NOT IN {others:Array(String)}) AS requests,
				groupBitmapIf(seq, source IN {others:Array(String)}) AS others, 0 AS gone_requests, 0 AS gone_others
			FROM records
			WHERE time_in >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND time_in < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
			GROUP BY broker, day, source_org
			UNION ALL
			SELECT broker, day, source_org, 0, 0, max(requests), max(others)
			FROM retired
			WHERE day >= toDate(fromUnixTimestamp64Micro({since:Int64}, 'UTC')) AND day < toDate(fromUnixTimestamp64Micro({until:Int64}, 'UTC'))
			GROUP BY broker, begins, ends, day, source_org)
		GROUP BY broker, day, source_org ORDER BY broker, day, source_org`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []audit.Rows
	for rows.Next() {
		var r audit.Rows
		var requests, others, goneRequests, goneOthers uint64
		if err := rows.Scan(&r.Broker, &r.Day, &r.SourceOrg, &requests, &others, &goneRequests, &goneOthers); err != nil {
			return nil, wrap(err)
		}
		r.Requests, r.Others = int64(requests), int64(others)
		r.RetiredRequests, r.RetiredOthers = int64(goneRequests), int64(goneOthers)
		all = append(all, r)
	}
	return all, wrap(rows.Err())
}

var _ audit.RowCounter = (*Store)(nil)
