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
	hours := f.Hours
	f.Hours = nil // each looks for its own among those that were read
	c, err := s.counted(ctx, wanted{scope: sc, filter: f, user: true})
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	c.tell(tally, by, audit.Filter{Hours: hours})
	return tally.Counts(), nil
}

// counted are records by what can be told apart when they are counted. It is read
// by many once it is done, and changed by nobody.
type counted struct {
	done chan struct{}
	err  error

	kinds   []*audit.Record
	users   []string
	records []one    // the records of one visit after those of another
	ends    []uint32 // where each visit ends
}

// one is a record as it is counted.
type one struct {
	kind  uint32
	hour  int32  // in which it came in: of all since 1970
	user  uint32 // the number of who asked
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
		text, err := json.Marshal([]any{sc.Since, sc.Until, sc.SourceOrg, sc.OwnStaff, sc.UserID, sc.Gap(), want.filter, state})
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
	var records []one
	users, visits := map[string]uint32{}, visits{gap: want.scope.Gap().Microseconds()}
	err := s.among(ctx, want, func(r *row, _ *audit.Record, kept bool) bool {
		visit := visits.of(r)
		if !kept {
			return true
		}
		user, known := users[r.user]
		if !known {
			user = uint32(len(c.users))
			users[r.user], c.users = user, append(c.users, r.user)
		}
		records = append(records, one{uint32(r.kind), hourOf(r.TimeIn), user, visit})
		return true
	})
	if err == nil {
		c.sort(records, int(visits.n))
		c.kinds, err = s.readKinds(ctx)
	}
	c.err = err
}

// sort puts the records of each visit together.
func (c *counted) sort(records []one, visits int) {
	c.records, c.ends = make([]one, len(records)), make([]uint32, visits+1)
	for _, r := range records {
		c.ends[r.visit+1]++
	}
	for i := range visits {
		c.ends[i+1] += c.ends[i]
	}
	for _, r := range records { // each end moves from where its visit begins
		c.records[c.ends[r.visit]] = r
		c.ends[r.visit]++
	}
	c.ends = c.ends[:visits]
}

const secondsOfDay, secondsOfHour = 24 * 60 * 60, 60 * 60

// hourOf numbers the hours since 1970, those before it downwards. An hour in London is one
// in UTC, in summer too.
func hourOf(t time.Time) int32 {
	seconds := t.Unix()
	return int32((seconds - ((seconds%secondsOfHour)+secondsOfHour)%secondsOfHour) / secondsOfHour)
}

func timeOf(hour int32) time.Time { return time.Unix(int64(hour)*secondsOfHour, 0) }

// cell is what records have in common that are counted alike.
type cell struct {
	kind uint32
	hour int32  // the first that was met of those that have the same key, 0 where hours play no part
	user uint32 // 0 where people play none
	n    int
}

// cells gives the cells of records that are counted by a dimension, and of each record the
// number of its cell, 1 more than its index: 0 is none, of those that came in at no hour
// of the filter's.
func (c *counted) cells(by audit.Dimension, f audit.Filter) (cells []cell, of []uint32) {
	of = make([]uint32, len(c.records))
	timed := by == audit.ByDay || by == audit.ByHourOfWeek
	hours, first := map[int32]int32{}, map[string]int32{} // each hour is asked about once
	passed := map[int32]bool{}
	ofKind, numbers := make([]uint32, len(c.kinds)), map[cell]uint32{} // most dimensions are the kind's alone
	for i, r := range c.records {
		in := cell{kind: r.kind}
		if timed || len(f.Hours) > 0 {
			hour, known := hours[r.hour]
			if !known {
				passed[r.hour] = !f.KeepsTime(timeOf(r.hour))
				if timed {
					key := by.Of(&audit.Record{TimeIn: timeOf(r.hour)})[0]
					if hour, known = first[key]; !known {
						hour, first[key] = r.hour, r.hour
					}
				}
				hours[r.hour] = hour
			}
			if len(f.Hours) > 0 && passed[r.hour] {
				continue
			}
			in.hour = hour
		}
		if by == audit.ByUser {
			in.user = r.user
		}
		no := ofKind[r.kind]
		if in.hour != 0 || in.user != 0 {
			no = numbers[in]
		}
		if no == 0 {
			cells = append(cells, in)
			no = uint32(len(cells))
			if in.hour != 0 || in.user != 0 {
				numbers[in] = no
			} else {
				ofKind[r.kind] = no
			}
		}
		cells[no-1].n++
		of[i] = no
	}
	return cells, of
}

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

// tell counts what was read into a tally, of that what came in at the filter's hours.
func (c *counted) tell(tally *audit.Tally, by audit.Dimension, f audit.Filter) {
	cells, of := c.cells(by, f)
	names, keys := map[string]uint32{}, []string(nil)
	in := make([]counting, len(cells)+1) // 0 is counted nowhere
	for i, like := range cells {
		r := *c.kinds[like.kind]
		r.TimeIn, r.UserID = timeOf(like.hour), c.users[like.user]
		tally.Add(&r, like.n)
		for bit, m := range measured {
			if m.Counts(&r) {
				in[i+1].measures |= 1 << bit
			}
		}
		for _, key := range tally.Keys(&r) {
			no, known := names[key]
			if !known {
				no = uint32(len(keys))
				names[key], keys = no, append(keys, key)
			}
			in[i+1].keys = append(in[i+1].keys, no)
		}
	}
	visits := c.tellVisits(of, in, len(keys))
	for no, key := range keys {
		for bit, m := range measured {
			tally.SetVisits(key, m, visits[no][bit])
		}
	}
}

// measured are the measures of which visits are counted, each a bit of 16.
var measured = append(audit.Measures(), audit.Everything)

// counting says where the records of a cell are counted.
type counting struct {
	keys     []uint32
	measures uint16
}

// tellVisits counts for each key, and each measure, the visits of which a record is
// counted there.
func (c *counted) tellVisits(of []uint32, in []counting, keys int) [][16]int {
	visits, seen := make([][16]int, keys), make([]uint16, keys)
	var touched []uint32
	begin := uint32(0)
	for _, end := range c.ends {
		for _, cell := range of[begin:end] {
			for _, no := range in[cell].keys {
				if seen[no] == 0 {
					touched = append(touched, no)
				}
				seen[no] |= in[cell].measures
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
