package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// documentsAtOnce is how many documents are read by one query.
const documentsAtOnce = 500

// People gives everybody who asked: see audit.Trail. Names are in the documents alone:
// of each person one is read for each organisation and role.
func (s *Store) People(ctx context.Context, sc audit.Scope) ([]audit.Person, error) {
	type post struct{ user, org, role string }
	met := map[post]bool{}
	var keys []int64
	err := s.walk(ctx, wanted{scope: sc, user: true}, nil, func(r *row, kind *audit.Record) bool {
		if at := (post{r.user, kind.UserOrg, kind.RoleCode}); r.user != "" && !met[at] {
			met[at], keys = true, append(keys, r.key)
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	var named []audit.Named
	for some := range slices.Chunk(keys, documentsAtOnce) {
		records, err := s.documents(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("asking sqlite: %w", err)
		}
		for _, r := range records {
			named = append(named, audit.Named{UserID: r.UserID, Name: r.UserName, Last: audit.PlaceOf(r)})
		}
	}
	return audit.People(named), nil
}
