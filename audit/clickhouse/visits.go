package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// What a visit is, in SQL: migration 009 says it in the same lines, as the view visits, for
// dashboards and questions. A visitor is a column (visitor_no); what is left are the times
// at which a visit begins that is not the first of its visitor's. Most visitors have one
// visit, and only of the others are there such times.

// later joins to each row the beginnings of its visitor's later visits, among the rows of a
// table that meet some conditions. GLOBAL, where the table is all shards' together, lets
// them be found out once, from the rows of all.
func later(table string, which *conditions) string {
	return `
GLOBAL ANY LEFT JOIN (
    SELECT visitor_no, arrayFilter((time, pause) -> pause > {gap:UInt64}, arraySort(times) AS sorted, arrayDifference(sorted)) AS begins
    FROM (
        SELECT visitor_no, groupArray(toUnixTimestamp64Micro(time_in)) AS times
        FROM ` + table + `
        WHERE ` + which.String() + `
        GROUP BY visitor_no
        HAVING toUnixTimestamp64Micro(max(time_in)) - toUnixTimestamp64Micro(min(time_in)) > {gap:UInt64}
    )
) AS later USING (visitor_no)
`
}

// visitOf is the visit of a row to which its visitor's beginnings are joined: a number that
// means something within one question.
const visitOf = `bitXor(visitor_no, intHash64(arrayCount(begin -> begin <= toUnixTimestamp64Micro(time_in), begins)))`

// visiting gives the conditions of the rows of which visits are made: all inside a scope, but
// for those of visitors of whom the filter keeps nothing.
func visiting(sc audit.Scope, since, until time.Time, f audit.Filter) *conditions {
	c := within(sc, since, until)
	c.number("gap", uint64(sc.Gap().Microseconds()))
	c.filter(f.OfVisitor())
	return c
}

// Visits gives a page of visits: see audit.Trail. Which they are is asked first, without any
// document, and of the newest time first; then their records.
func (s *Store) Visits(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Visited, error) {
	page := audit.Visited{}
	if err := f.Check(); err != nil {
		return page, wrap(err)
	}
	var from *audit.Place
	if before != "" {
		place, err := audit.ParseCursor(before)
		if err != nil {
			return page, wrap(err)
		}
		from = &place
		// A visit that goes on beyond the cursor has a record within the gap behind it, and
		// was given before.
		if end := place.TimeIn.Add(sc.Gap() + 2*time.Microsecond); sc.Until.IsZero() || end.Before(sc.Until) {
			sc.Until = end
		}
	}
	most := sc.Most()
	sc.Limit = most + 1 // one more says that there is more
	begin, _ := bounds(sc)
	var found []visit
	err := s.backwards(ctx, sc, len(f.Patient) > 0 || f.ID != "" || f.Trace != "", func(since, until time.Time) (n int, err error) {
		found, err = s.visits(ctx, sc, f, from, since, until)
		if err != nil || since.Equal(begin) {
			return len(found), err
		}
		// What begins within the gap behind since may have begun before it.
		if slices.ContainsFunc(found, func(v visit) bool { return !v.whole }) {
			return 0, nil
		}
		return len(found), nil
	})
	if err != nil {
		return page, err
	}
	records := 0
	for i := range found {
		if i == most || records >= audit.MostOfPage {
			page.Older = found[i-1].last.Cursor()
			found = found[:i]
			break
		}
		records += min(int(found[i].size), audit.MostOfPage)
	}
	page.Visits, err = s.recordsOf(ctx, sc, found)
	return page, err
}

// visit is a visit as it is found, before its records are read.
type visit struct {
	visitor uint64
	id      string // of its first record
	from    time.Time
	last    audit.Place
	size    uint64
	whole   bool // it began within the time that was asked about
}

// visits finds the newest visits of some time of which the filter keeps a record, and those
// of which it cannot be said.
func (s *Store) visits(ctx context.Context, sc audit.Scope, f audit.Filter, from *audit.Place, since, until time.Time) ([]visit, error) {
	c := visiting(sc, since, until, f)
	kept := &conditions{parameters: c.parameters}
	kept.filter(f)
	keeps := `1`
	if len(kept.texts) > 0 {
		keeps = kept.String()
	}
	having := `countIf(` + keeps + `) > 0`
	if begin, _ := bounds(sc); !since.Equal(begin) {
		having = `(` + having + ` OR NOT whole)`
	} else if len(kept.texts) > 0 {
		c.and(`visitor_no GLOBAL IN (SELECT visitor_no FROM ` + s.table() + ` WHERE ` + within(sc, since, until).String() + ` AND ` + keeps + `)`)
	}
	if from != nil {
		c.signed("before", max(0, from.TimeIn.UnixMicro())).text("before_broker", from.Broker).number("before_seq", from.Seq)
		having += ` AND last < (fromUnixTimestamp64Micro({before:Int64}, 'UTC'), {before_broker:String}, {before_seq:UInt64})`
	}
	rows, err := s.conn.Query(ctx1(ctx, c.parameters), `
		SELECT visitor_no, argMin(id, (time_in, toString(broker), seq)), min(time_in) AS began,
			(max((time_in, toString(broker), seq)) AS last).1, last.2, last.3, uniqExact(broker, seq),
			toUnixTimestamp64Micro(began) >= {since:Int64} + {gap:UInt64} AS whole
		FROM `+s.table()+later(s.table(), c)+`
		WHERE `+c.String()+`
		GROUP BY visitor_no, `+visitOf+`
		HAVING `+having+`
		ORDER BY last DESC LIMIT {most:UInt64}`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var found []visit
	for rows.Next() {
		var v visit
		if err := rows.Scan(&v.visitor, &v.id, &v.from, &v.last.TimeIn, &v.last.Broker, &v.last.Seq, &v.size, &v.whole); err != nil {
			return nil, wrap(err)
		}
		found = append(found, v)
	}
	return found, wrap(rows.Err())
}

// recordsOf reads the records of visits, at most the newest audit.MostOfPage of each.
func (s *Store) recordsOf(ctx context.Context, sc audit.Scope, found []visit) ([]audit.Visit, error) {
	if len(found) == 0 {
		return nil, nil
	}
	since, until := found[0].from, found[0].last.TimeIn
	var visitors, begins, ends []uint64
	for _, v := range found {
		if v.from.Before(since) {
			since = v.from
		}
		visitors = append(visitors, v.visitor)
		begins, ends = append(begins, uint64(v.from.UnixMicro())), append(ends, uint64(v.last.TimeIn.UnixMicro()))
	}
	c := within(sc, since, until.Add(time.Microsecond))
	c.numbers("visitors", visitors).numbers("begins", begins).numbers("ends", ends).number("of_one", audit.MostOfPage)
	c.and(`visitor_no IN {visitors:Array(UInt64)}`)
	rows, err := s.conn.Query(ctx1(ctx, c.parameters), `
		SELECT visit, broker, seq, document FROM (
			SELECT arrayFirstIndex((visitor, begin, end) -> visitor_no = visitor AND toUnixTimestamp64Micro(time_in) BETWEEN begin AND end,
				{visitors:Array(UInt64)}, {begins:Array(UInt64)}, {ends:Array(UInt64)}) AS visit, time_in, broker, seq, document
			FROM `+s.table()+` WHERE `+c.String()+` AND visit > 0
			ORDER BY time_in DESC, broker DESC, seq DESC LIMIT 1 BY broker, seq)
		ORDER BY time_in DESC, broker DESC, seq DESC LIMIT {of_one:UInt64} BY visit`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	records := make([][]*audit.Record, len(found))
	for rows.Next() {
		var no uint32
		var broker, document string
		var seq uint64
		if err := rows.Scan(&no, &broker, &seq, &document); err != nil {
			return nil, wrap(err)
		}
		r := new(audit.Record)
		if err := json.Unmarshal([]byte(document), r); err != nil {
			return nil, wrap(fmt.Errorf("record %s/%d: %w", broker, seq, err))
		}
		r.Sequence = seq
		records[no-1] = append(records[no-1], r)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err)
	}
	var all []audit.Visit
	for i, of := range records {
		if len(of) == 0 {
			continue // they were taken out meanwhile
		}
		slices.Reverse(of)
		v := audit.VisitOf(of)
		if size := int(found[i].size); size > len(of) {
			v.ID, v.From, v.Size = found[i].id, found[i].from, size
		}
		all = append(all, v)
	}
	return all, nil
}
