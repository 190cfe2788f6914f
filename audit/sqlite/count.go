package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Count counts records: see audit.Trail. An overview counts the same records by
// one dimension after another, all at once: those that ask for the same records
// while they are being read wait for that, and each counts them in its own way.
func (s *Store) Count(ctx context.Context, sc audit.Scope, f audit.Filter, by audit.Dimension) ([]audit.Count, error) {
	tally, err := audit.NewTally(f, by)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	c, err := s.counted(ctx, wanted{scope: sc, filter: f, user: by == audit.ByUser, trace: true})
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	c.tell(tally)
	return tally.Counts(), nil
}

// counted are records by what can be told apart when they are counted. It is read
// by many once it is done, and changed by nobody.
type counted struct {
	done chan struct{}
	err  error

	cells map[cell]int
	kinds []*audit.Record
	views []view
}

type cell struct {
	kind, day int64
	user      string // "" unless it is read
}

// view is a view's cell and its visit: equal traces have equal numbers.
type view struct {
	cell
	visit uint32
}

// counted reads the records that are wanted, or waits for somebody who does: who
// began with just what is stored now.
func (s *Store) counted(ctx context.Context, want wanted) (*counted, error) {
	for {
		state, err := s.state(ctx)
		if err != nil {
			return nil, err
		}
		sc := want.scope
		text, err := json.Marshal([]any{sc.Since, sc.Until, sc.SourceOrg, sc.OwnStaff, sc.UserID, want.filter, want.user, state})
		if err != nil {
			return nil, err
		}
		s.counting.Lock()
		c, underway := s.walks[string(text)]
		if !underway {
			c = &counted{done: make(chan struct{}), cells: map[cell]int{}, err: errors.New("counting broke off")}
			s.walks[string(text)] = c
		}
		s.counting.Unlock()
		if !underway {
			s.readFor(ctx, want, c, string(text))
			return c, c.err
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !errors.Is(c.err, context.Canceled) && !errors.Is(c.err, context.DeadlineExceeded) {
			return c, c.err
		}
		// Whoever was reading went away: somebody else must.
	}
}

// readFor reads for all who wait under a name.
func (s *Store) readFor(ctx context.Context, want wanted, c *counted, name string) {
	defer func() {
		s.counting.Lock()
		delete(s.walks, name)
		s.counting.Unlock()
		close(c.done)
	}()
	visits := map[string]uint32{}
	next := uint32(0)
	err := s.walk(ctx, want, nil, func(r *row, kind *audit.Record) bool {
		in := cell{r.kind, r.TimeIn.Unix() / secondsOfDay, r.user}
		if r.TimeIn.Unix() < 0 && r.TimeIn.Unix()%secondsOfDay != 0 {
			in.day-- // before 1970
		}
		c.cells[in]++
		if audit.Views.Counts(kind) {
			visit, known := visits[r.trace]
			if !known {
				visit = next
				next++
			}
			if r.trace != "" { // without one each is its own
				visits[r.trace] = visit
			}
			c.views = append(c.views, view{in, visit})
		}
		return true
	})
	if err == nil {
		c.kinds, err = s.readKinds(ctx)
	}
	c.err = err
}

const secondsOfDay = 24 * 60 * 60

// state gives what changes with every record that is stored.
func (s *Store) state(ctx context.Context) ([]int64, error) {
	rows, err := s.read.QueryContext(ctx, stateQuery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var no int64
		var key sql.NullInt64
		if err := rows.Scan(&no, &key); err != nil {
			return nil, err
		}
		all = append(all, no, key.Int64)
	}
	return all, rows.Err()
}

// tell counts what was read into a tally.
func (c *counted) tell(tally *audit.Tally) {
	keys, names := map[string]uint32{}, []string(nil)
	numbers := make(map[cell][]uint32, len(c.cells)) // of the keys of each cell
	for in, n := range c.cells {
		r := *c.kinds[in.kind]
		r.TimeIn, r.UserID = time.Unix(in.day*secondsOfDay, 0), in.user
		tally.AddMany(&r, n)
		if !audit.Views.Counts(&r) {
			continue
		}
		for _, key := range tally.Keys(&r) {
			no, known := keys[key]
			if !known {
				no = uint32(len(names))
				keys[key], names = no, append(names, key)
			}
			numbers[in] = append(numbers[in], no)
		}
	}
	pairs := make([]uint64, 0, len(c.views))
	for _, v := range c.views {
		for _, no := range numbers[v.cell] {
			pairs = append(pairs, uint64(no)<<32|uint64(v.visit))
		}
	}
	slices.Sort(pairs)
	visits := make([]int, len(names))
	for _, pair := range slices.Compact(pairs) {
		visits[pair>>32]++
	}
	for no, n := range visits {
		tally.SetVisits(names[no], n)
	}
}
