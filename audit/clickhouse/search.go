package clickhouse

import (
	"context"
	"errors"

	"github.com/mycarerecord/mcr/audit"
)

var errNotYet = errors.New("asking ClickHouse: searching is not built yet")

// Search gives a page of records: see audit.Trail.
func (s *Store) Search(context.Context, audit.Scope, audit.Filter, string) (audit.Found, error) {
	return audit.Found{}, errNotYet
}

// Count counts records: see audit.Trail.
func (s *Store) Count(context.Context, audit.Scope, audit.Filter, audit.Dimension) ([]audit.Count, error) {
	return nil, errNotYet
}
