package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
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
	c, err := s.counted(ctx, wanted{scope: sc, filter: f, user: by == audit.ByUser, visit: true})
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

	kinds  []*audit.Record
	cells  []cell
	counts []int // of the records of each cell
	// visits are the cells of each visit's records, one visit after the other; ends
	// says where each ends.
	visits []uint32
	ends   []uint32
}

type cell struct {
	kind, day int64
	user      string // "" unless it is counted by
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
			c = &counted{done: make(chan struct{}), err: errors.New("counting broke off")}
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
	type visitor struct{ trace, user, org string }
	cells, visits := map[cell]uint32{}, map[visitor]uint32{}
	var records []pair
	next := uint32(0)
	err := s.walk(ctx, want, nil, func(r *row, kind *audit.Record) bool {
		in := cell{kind: r.kind, day: r.TimeIn.Unix() / secondsOfDay}
		if want.user {
			in.user = r.user
		}
		if r.TimeIn.Unix() < 0 && r.TimeIn.Unix()%secondsOfDay != 0 {
			in.day-- // before 1970
		}
		no, known := cells[in]
		if !known {
			no = uint32(len(c.cells))
			cells[in], c.cells, c.counts = no, append(c.cells, in), append(c.counts, 0)
		}
		c.counts[no]++
		by := visitor{r.trace, r.user, kind.UserOrg}
		visit, known := visits[by]
		if !known {
			visit = next
			next++
		}
		if r.trace != "" { // without one each is its own
			visits[by] = visit
		}
		records = append(records, pair{visit, no})
		return true
	})
	if err == nil {
		c.sort(records, int(next))
		c.kinds, err = s.readKinds(ctx)
	}
	c.err = err
}

// pair is a record: the number of its visit, and of its cell.
type pair struct{ visit, cell uint32 }

// sort puts the cells of each visit together.
func (c *counted) sort(records []pair, visits int) {
	c.visits, c.ends = make([]uint32, len(records)), make([]uint32, visits+1)
	for _, r := range records {
		c.ends[r.visit+1]++
	}
	for i := range visits {
		c.ends[i+1] += c.ends[i]
	}
	for _, r := range records { // each end moves from where its visit begins
		c.visits[c.ends[r.visit]] = r.cell
		c.ends[r.visit]++
	}
	c.ends = c.ends[:visits]
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
	numbers := make([][]uint32, len(c.cells)) // of the keys of each cell
	counts := make([]uint16, len(c.cells))    // which measures count it
	for i, in := range c.cells {
		r := *c.kinds[in.kind]
		r.TimeIn, r.UserID = time.Unix(in.day*secondsOfDay, 0), in.user
		tally.AddMany(&r, c.counts[i])
		for bit, m := range audit.Measures() {
			if m.Counts(&r) {
				counts[i] |= 1 << bit
			}
		}
		for _, key := range tally.Keys(&r) {
			no, known := keys[key]
			if !known {
				no = uint32(len(names))
				keys[key], names = no, append(names, key)
			}
			numbers[i] = append(numbers[i], no)
		}
	}
	visits := c.tellVisits(numbers, counts, len(names))
	for no, name := range names {
		for bit, m := range audit.Measures() {
			tally.SetVisits(name, m, visits[no][bit])
		}
	}
}

// tellVisits counts for each key, and each measure, the visits of which a record is
// counted there.
func (c *counted) tellVisits(keys [][]uint32, counts []uint16, n int) [][16]int {
	visits, seen := make([][16]int, n), make([]uint16, n)
	var touched []uint32
	begin := uint32(0)
	for _, end := range c.ends {
		for _, in := range c.visits[begin:end] {
			for _, no := range keys[in] {
				if seen[no] == 0 {
					touched = append(touched, no)
				}
				seen[no] |= counts[in]
			}
		}
		for _, no := range touched {
			for ; seen[no] != 0; seen[no] &= seen[no] - 1 {
				visits[no][bits.TrailingZeros16(seen[no])]++
			}
		}
		begin, touched = end, touched[:0]
	}
	return visits
}
