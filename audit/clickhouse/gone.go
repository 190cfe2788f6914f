package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// ErrLeft says that rows are deleted, and that the server's files may hold them still: its
// text names the parts.
var ErrLeft = errors.New("the rows are deleted, and these parts of tables may hold them still")

// ErrNotDeleted says that the server could not delete rows yet. It goes on trying by
// itself, after a restart too.
var ErrNotDeleted = errors.New("the server could not delete rows yet, and tries again")

// goneWithin bounds how long the parts of before are waited for. The server removes them
// when nobody reads them any more (old_parts_lifetime = 0, migration 006) and it looks for
// them: a second or two after a nudge, where its settings are those of migration 006.
const goneWithin = 15 * time.Minute

// holding are the tables that hold something of a record.
var holding = []string{"records", "by_patient"}

// changing says whether this store may change what is stored, and makes sure of the server.
func (s *Store) changing(ctx context.Context) error {
	if s.opt.Asking {
		return errors.New("opened for asking only")
	}
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	return s.sureOf(ctx)
}

// remove deletes the rows of a table that meet one of some conditions, and returns when
// the server has written every part of the table without them. A condition that no row
// meets is left out, so that removing again costs little. The conditions are part of the
// statement's text, which is all that the server goes by after a restart.
func (s *Store) remove(ctx context.Context, table string, conditions []string) error {
	for _, condition := range conditions {
		var found uint64
		ctx := s.sure(ctx, clickhouse.Settings{"max_query_size": longStatement, "mutations_sync": s.waiting()})
		if err := s.conn.QueryRow(ctx, `SELECT count() FROM (SELECT 1 FROM `+table+` WHERE `+condition+` LIMIT 1)`).Scan(&found); err != nil {
			return fmt.Errorf("looking for rows of %s: %w", table, err)
		}
		if found == 0 {
			continue
		}
		if err := s.conn.Exec(ctx, `ALTER TABLE `+table+` DELETE WHERE `+condition); err != nil {
			return fmt.Errorf("deleting rows of %s: %w", table, err)
		}
	}
	return s.mutated(ctx, table)
}

// longStatement is how long the text of a statement may be, in bytes.
const longStatement = 16 << 20

// waiting is the setting mutations_sync: several mutations of one server are carried out in
// one go where none is waited for (mutated does); replicas are waited for each time.
func (s *Store) waiting() int {
	if s.replicated.Load() {
		return 2
	}
	return 0
}

// mutated waits until no mutation of a table is left to do, those of a program that was
// killed among them.
func (s *Store) mutated(ctx context.Context, table string) error {
	return until(ctx, often, func() (bool, error) {
		var left uint64
		var reason string
		err := s.conn.QueryRow(ctx1(ctx, with().text("table", table)), `SELECT count(), max(latest_fail_reason) FROM system.mutations
			WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done`).Scan(&left, &reason)
		switch {
		case err != nil:
			return false, fmt.Errorf("waiting for deletions: %w", err)
		case left > 0 && reason != "":
			return false, fmt.Errorf("%w: %s: %s", ErrNotDeleted, table, reason)
		}
		return left == 0, nil
	})
}

// gone returns when the server has removed from its disk all parts of before, and says by
// ErrLeft what it keeps: parts that somebody reads still, and detached ones, which belong
// to no table and which only an administrator can drop. A row that somebody deleted lightly
// is masked and not gone: such masks are applied first.
func (s *Store) gone(ctx context.Context) error {
	for _, table := range holding {
		masked, err := s.parts(ctx, `SELECT name FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active AND has_lightweight_delete`, table)
		if err != nil {
			return err
		}
		if len(masked) == 0 {
			continue
		}
		if err := s.conn.Exec(s.sure(ctx, clickhouse.Settings{"mutations_sync": s.waiting()}), `ALTER TABLE `+table+` APPLY DELETED MASK`); err != nil {
			return fmt.Errorf("applying masks of %s: %w", table, err)
		}
		if err := s.mutated(ctx, table); err != nil {
			return err
		}
	}
	var left []string
	for _, table := range holding {
		before, err := s.parts(ctx, old, table)
		if err != nil {
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, goneWithin)
		err = until(waiting, seldom, func() (bool, error) {
			now, err := s.parts(ctx, old, table)
			before = slices.DeleteFunc(before, func(name string) bool { return !slices.Contains(now, name) })
			if err == nil && len(before) > 0 {
				err = s.nudge(ctx, table)
			}
			return len(before) == 0, err
		})
		cancel()
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return err
		}
		left = append(left, before...)
		detached, err := s.parts(ctx, `SELECT concat('detached/', name) FROM system.detached_parts WHERE database = currentDatabase() AND table = {table:String}`, table)
		if err != nil {
			return err
		}
		left = append(left, detached...)
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: %s", ErrLeft, strings.Join(left, ", "))
	}
	return nil
}

// often and seldom are the pauses between two looks. Whoever asks for parts holds them while
// the answer is made, and what is held is not removed.
const (
	often  = 100 * time.Millisecond
	seldom = time.Second
)

// nudge makes one server look for what it can remove: that is what it does when a mutation
// is done, and this one deletes nothing. Since 26.2 it does so where there are twice as many
// such parts as cleanup_thread_preferred_points_per_iteration (1, migration 006; 150 by
// default, so that nothing would come of it), and this mutation leaves as many as the table
// has. Of those that were tried (an insert, OPTIMIZE, SYSTEM START MERGES) no other does,
// and it needs no further right.
func (s *Store) nudge(ctx context.Context, table string) error {
	if s.replicated.Load() { // they look by themselves (cleanup_delay_period)
		return nil
	}
	if err := s.conn.Exec(s.sure(ctx, clickhouse.Settings{"mutations_sync": 0}), `ALTER TABLE `+table+` DELETE WHERE 0`); err != nil {
		return fmt.Errorf("making the server look for parts to remove: %w", err)
	}
	return nil
}

// old gives the parts that no question is asked of any more. Only where _state is asked for
// does the server name those whose files it is about to remove.
const old = `SELECT concat({table:String}, '/', name) FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND _state != 'Active'`

func (s *Store) parts(ctx context.Context, query, table string) (names []string, err error) {
	rows, err := s.conn.Query(ctx1(ctx, with().text("table", table)), query)
	if err != nil {
		return nil, fmt.Errorf("asking for parts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("asking for parts: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// until asks again and again whether something is so.
func until(ctx context.Context, pause time.Duration, so func() (bool, error)) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if is, err := so(); is || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// literal writes a text as a statement has it.
func literal(text string) string { return "'" + tsv.Replace(text) + "'" }

// numbers writes numbers with commas between.
func numbers(all []uint64) string {
	var b []byte
	for i, n := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	return string(b)
}
