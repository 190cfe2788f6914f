package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// wanted says which rows a question is about: those of some kinds, and what a
// kind does not know. Each kind is judged once, in Go, by audit's own words.
type wanted struct {
	scope   audit.Scope
	filter  audit.Filter
	refused bool // only what was refused, failed or came incomplete
	// What is read of a row beside its place and its kind: its user, and its visit,
	// which is its user and trace.
	user, visit bool
}

func (w wanted) keeps(kind *audit.Record) bool {
	return w.scope.HoldsKind(kind) && w.filter.KeepsKind(kind) && (!w.refused || kind.Outcome != audit.Released)
}

// chosen are the kinds that are wanted.
type chosen struct {
	kinds   []*audit.Record // by number; nil: not wanted, or no such kind
	wanted  []int64
	unasked int // how many are not wanted
}

// choose judges the kinds that came after those that were judged before.
func (s *Store) choose(ctx context.Context, w wanted, c *chosen) error {
	all, err := s.readKinds(ctx)
	if err != nil {
		return err
	}
	for no := len(c.kinds); no < len(all); no++ {
		kind := all[no]
		if kind == nil || !w.keeps(kind) {
			kind = nil
			c.unasked++
		} else {
			c.wanted = append(c.wanted, int64(no))
		}
		c.kinds = append(c.kinds, kind)
	}
	return nil
}

// readKinds gives all kinds by their number. Kinds never change: only those that
// came since are read.
func (s *Store) readKinds(ctx context.Context) ([]*audit.Record, error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	rows, err := s.read.QueryContext(ctx, `SELECT no, traits FROM kind WHERE no >= ? ORDER BY no`, len(s.traits))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := s.traits
	for rows.Next() {
		var no int64
		var traits []byte
		if err := rows.Scan(&no, &traits); err != nil {
			return nil, err
		}
		if no < int64(len(all)) || no > int64(len(all))+1<<20 {
			return nil, fmt.Errorf("kind %d: out of order", no)
		}
		for int64(len(all)) < no {
			all = append(all, nil)
		}
		kind, err := audit.ParseTraits(traits)
		if err != nil {
			return nil, fmt.Errorf("kind %d: %w", no, err)
		}
		all = append(all, kind)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	s.traits = all
	return all, nil
}

// listedKinds is how many kinds are named to SQLite, so that it passes over the
// others by itself; of more it gives every row.
const listedKinds = 3000

// sql gives what is read and the conditions on brief i, with their values. A kind
// that comes while the question is asked is let through, to be judged then.
func (w wanted) sql(c *chosen) (columns, conditions string, args []any, err error) {
	columns = `SELECT i.time_in, i.key, i.kind, `
	for _, column := range []struct {
		name string
		read bool
	}{{"i.user_id, ", w.user || w.visit}, {"i.trace", w.visit}} {
		if column.read {
			columns += column.name
		} else {
			columns += map[string]string{"i.user_id, ": "'', ", "i.trace": "''"}[column.name]
		}
	}
	if c.unasked > 0 && len(c.wanted) <= listedKinds {
		list, err := json.Marshal(append([]int64{}, c.wanted...))
		if err != nil {
			return "", "", nil, err
		}
		conditions += ` AND (i.kind IN (SELECT value FROM json_each(?)) OR i.kind >= ?)`
		args = append(args, string(list), len(c.kinds))
	}
	for _, user := range []string{w.scope.UserID, w.filter.UserID} {
		if user != "" {
			conditions += ` AND i.user_id = ?`
			args = append(args, user)
		}
	}
	if slices.Contains(w.filter.Without, audit.ByUser) {
		conditions += ` AND i.user_id = ''`
	}
	if w.filter.Trace != "" {
		conditions += ` AND i.trace = ?`
		args = append(args, packed(w.filter.Trace))
	}
	return columns, conditions, args, nil
}
