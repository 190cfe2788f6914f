package clickhouse

import (
	"context"

	"github.com/mycarerecord/mcr/audit"
)

// People gives everybody who asked: see audit.Trail. A record that stands twice, before a
// merge makes it one, says the same twice.
func (s *Store) People(ctx context.Context, sc audit.Scope) ([]audit.Person, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	since, until := bounds(sc)
	c := within(sc, since, until)
	c.and(`user_id != ''`)
	rows, err := s.conn.Query(ctx1(ctx, c.parameters), `
		WITH argMax((user_name, time_in, broker, seq), (time_in, broker, seq)) AS last
		SELECT toString(user_id), toString(last.1), last.2, toString(last.3), last.4
		FROM `+s.table()+` WHERE `+c.String()+` GROUP BY user_id, user_org, role_code`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var named []audit.Named
	for rows.Next() {
		var n audit.Named
		if err := rows.Scan(&n.UserID, &n.Name, &n.Last.TimeIn, &n.Last.Broker, &n.Last.Seq); err != nil {
			return nil, wrap(err)
		}
		named = append(named, n)
	}
	return audit.People(named), wrap(rows.Err())
}
