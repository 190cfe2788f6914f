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
	// What is read of a row beside its place, its kind and its visitor.
	user, trace bool
}

func (w wanted) keeps(kind *audit.Record) bool {
	return w.scope.HoldsKind(kind) && w.filter.KeepsKind(kind) && (!w.refused || kind.Outcome != audit.Released)
}

// chosen are the kinds, of which those that rows are of are judged: whoever finds a page
// among the newest rows, or a patient's, meets few of them.
type chosen struct {
	want  wanted
	kinds []*audit.Record // by number; nil: no such kind
	judge []verdict       // by number
}

type verdict byte

const (
	unjudged verdict = iota
	kept
	passedOver
)

// kind gives the kind of a row when it is wanted, nil when it is not. A kind is judged once.
func (c *chosen) kind(no int64) *audit.Record {
	kind := c.kinds[no]
	if c.judge[no] == unjudged {
		c.judge[no] = passedOver
		if kind != nil && c.want.keeps(kind) {
			c.judge[no] = kept
		}
	}
	if c.judge[no] == kept {
		return kind
	}
	return nil
}

// has says whether a kind is known.
func (c *chosen) has(no int64) bool { return no >= 0 && no < int64(len(c.kinds)) && c.kinds[no] != nil }

// choose reads the kinds that came since.
func (s *Store) choose(ctx context.Context, c *chosen) error {
	all, err := s.readKinds(ctx)
	if err != nil {
		return err
	}
	c.kinds, c.judge = all, append(c.judge, make([]verdict, len(all)-len(c.judge))...)
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

// columns gives what is read of brief i.
func (w wanted) columns() string {
	columns := `SELECT i.time_in, i.key, i.kind, i.visitor`
	for _, column := range []struct {
		name string
		read bool
	}{{", i.user_id", w.user}, {", i.trace", w.trace}} {
		if !column.read {
			column.name = ", ''"
		}
		columns += column.name
	}
	return columns
}

// ofKinds gives the condition on brief i that its kind is wanted, with its values: all are
// judged for it. Empty when all are wanted, or too many. A kind that comes while the
// question is asked is let through, to be judged then. some says that one is.
func (c *chosen) ofKinds() (condition string, args []any, some bool) {
	wanted, others := []int64{}, 0
	for no := range c.kinds {
		if c.kind(int64(no)) != nil {
			wanted = append(wanted, int64(no))
		} else if c.kinds[no] != nil {
			others++
		}
	}
	if others == 0 || len(wanted) > listedKinds {
		return "", nil, len(wanted) > 0
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		panic("sqlite: encoding numbers: " + err.Error())
	}
	return ` AND (i.kind IN (SELECT value FROM json_each(?)) OR i.kind >= ?)`, []any{string(list), len(c.kinds)}, len(wanted) > 0
}

// conditions gives the others on brief i, with their values.
func (w wanted) conditions() (conditions string, args []any) {
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
	return conditions, args
}
