package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit/retention"
)

// Retire takes runs of a chain out of the store: see retention.Retirer. They are counted first
// (the table retired). Like Erase it returns when they are gone from the server's disk, or
// with ErrLeft.
func (s *Store) Retire(ctx context.Context, chain string, runs []retention.RetiredRun) error {
	err := s.changing(ctx)
	if err == nil {
		err = s.retire(ctx, chain, slices.Clone(runs))
	}
	if err == nil {
		err = s.gone(ctx)
	}
	if err != nil {
		return fmt.Errorf("retiring from ClickHouse: %w", err)
	}
	return nil
}

// retiredAtOnce is how many runs are counted by one statement.
const retiredAtOnce = 1000

// What one statement deletes: so many numbers that it names, and so many stretches of more
// than shortStretch. A set of numbers costs the server a look for each row, however many they
// are; each stretch costs a comparison.
const (
	deletedNumbers   = 50_000
	deletedStretches = 20
	shortStretch     = 1000
)

// deletions gives the conditions by which stretches of a chain are deleted.
func deletions(chain string, all []retention.RetiredRun) (conditions []string) {
	var one []uint64
	var long []string
	first, last := uint64(0), uint64(0)
	emit := func() {
		if last == 0 {
			return
		}
		if len(one) > 0 {
			long = append(long, "seq IN ("+numbers(one)+")")
		}
		conditions = append(conditions, fmt.Sprintf("broker = %s AND seq BETWEEN %d AND %d AND (%s)", literal(chain), first, last, strings.Join(long, " OR ")))
		one, long, first, last = nil, nil, 0, 0
	}
	for _, r := range all {
		if len(one) >= deletedNumbers || len(long) >= deletedStretches {
			emit()
		}
		if last == 0 {
			first = r.First
		}
		last = r.Last
		if r.Last-r.First >= shortStretch {
			long = append(long, fmt.Sprintf("seq BETWEEN %d AND %d", r.First, r.Last))
			continue
		}
		for seq := r.First; seq <= r.Last; seq++ {
			one = append(one, seq)
		}
	}
	emit()
	return conditions
}

func (s *Store) retire(ctx context.Context, chain string, runs []retention.RetiredRun) error {
	slices.SortFunc(runs, func(a, b retention.RetiredRun) int { return cmp.Compare(a.First, b.First) })
	for some := range slices.Chunk(runs, retiredAtOnce) {
		if err := s.countRetired(ctx, chain, some); err != nil {
			return fmt.Errorf("counting them: %w", err)
		}
	}
	conditions := deletions(chain, stretches(runs))
	// by_patient first: what is left to do shows in records.
	for _, table := range []string{"by_patient", "records"} {
		if err := s.remove(ctx, table, conditions); err != nil {
			return err
		}
	}
	return s.recountRetired(ctx, chain, runs)
}

// recountRetired makes the hours anew of which records were retired, as the table retired has
// their days: also those that an earlier try took out.
func (s *Store) recountRetired(ctx context.Context, chain string, runs []retention.RetiredRun) error {
	if len(runs) == 0 {
		return nil
	}
	var first, last time.Time
	var days uint64
	err := s.conn.QueryRow(ctx1(s.sure(ctx, nil), with().text("broker", chain).number("first", runs[0].First).number("last", runs[len(runs)-1].Last)), `
		SELECT min(day), max(day), count() FROM retired
		WHERE broker = {broker:String} AND begins >= {first:UInt64} AND ends <= {last:UInt64}`).Scan(&first, &last, &days)
	if err != nil {
		return fmt.Errorf("finding the days of what was retired: %w", err)
	}
	if days == 0 {
		return nil
	}
	return s.Recount(ctx, first, last.AddDate(0, 0, 1))
}

// stretches joins runs that follow each other: one ends where a block ends.
func stretches(runs []retention.RetiredRun) (all []retention.RetiredRun) {
	for _, r := range runs {
		if n := len(all); n > 0 && r.First <= all[n-1].Last+1 {
			all[n-1].Last = max(all[n-1].Last, r.Last)
		} else {
			all = append(all, retention.RetiredRun{First: r.First, Last: r.Last})
		}
	}
	return all
}

// countRetired notes how many records there are of each run.
func (s *Store) countRetired(ctx context.Context, chain string, runs []retention.RetiredRun) error {
	var begins, ends []uint64
	for _, r := range runs {
		begins, ends = append(begins, r.First), append(ends, r.Last)
	}
	p := with().text("broker", chain).numbers("begins", begins).numbers("ends", ends).list("others", notRequests).
		number("first", begins[0]).number("last", slices.Max(ends))
	return s.conn.Exec(ctx1(s.sure(ctx, nil), p), `
		INSERT INTO retired (broker, begins, ends, day, source_org, requests, others)
		SELECT {broker:String}, run.begins, run.ends, toDate(r.time_in, 'UTC') AS day, r.source_org,
			uniqExactIf(r.seq, r.source NOT IN {others:Array(String)}), uniqExactIf(r.seq, r.source IN {others:Array(String)})
		FROM (SELECT 1 AS one, seq, time_in, source, source_org FROM records
			WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}) AS r
		ASOF JOIN (SELECT 1 AS one, both.1 AS begins, both.2 AS ends
			FROM (SELECT arrayJoin(arrayZip({begins:Array(UInt64)}, {ends:Array(UInt64)})) AS both)) AS run
		ON r.one = run.one AND r.seq >= run.begins
		WHERE r.seq <= run.ends
		GROUP BY run.begins, run.ends, day, r.source_org`)
}

var _ retention.Retirer = (*Store)(nil)
