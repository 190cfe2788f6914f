package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Search gives a page of records: see audit.Trail.
func (s *Store) Search(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Found, error) {
	found, older, err := s.page(ctx, sc, f, before)
	if err != nil {
		return audit.Found{}, err
	}
	page := audit.Found{Older: older}
	for i := range found {
		r, err := found[i].record()
		if err != nil {
			return audit.Found{}, err
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

// Documents gives a page of records as they were written: see audit.Trail.
func (s *Store) Documents(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Documents, error) {
	found, older, err := s.page(ctx, sc, f, before)
	if err != nil {
		return audit.Documents{}, err
	}
	page := audit.Documents{Older: older}
	for i := range found {
		page.Texts = append(page.Texts, []byte(found[i].document))
	}
	return page, nil
}

// page gives the newest documents from a place on, and where the next page begins.
func (s *Store) page(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (found []placed, older string, err error) {
	if err := f.Check(); err != nil {
		return nil, "", wrap(err)
	}
	var from *audit.Place
	if before != "" {
		place, err := audit.ParseCursor(before)
		if err != nil {
			return nil, "", wrap(err)
		}
		from = &place
		if end := place.TimeIn.Add(time.Microsecond); sc.Until.IsZero() || end.Before(sc.Until) {
			sc.Until = end
		}
	}
	most := sc.Most()
	sc.Limit = most + 1 // one more says that there is more
	err = s.backwards(ctx, sc, len(f.Patient) > 0 || f.ID != "" || f.Trace != "", func(since, until time.Time) (n int, err error) {
		c := within(sc, since, until)
		c.filter(f)
		if from != nil {
			c.signed("before", max(0, from.TimeIn.UnixMicro())).text("before_broker", from.Broker).number("before_seq", from.Seq)
			c.and(`(time_in, broker, seq) < (fromUnixTimestamp64Micro({before:Int64}, 'UTC'), {before_broker:String}, {before_seq:UInt64})`)
		}
		found, err = s.placed(ctx, c)
		return len(found), err
	})
	if err != nil || len(found) <= most {
		return found, "", err
	}
	return found[:most], found[most-1].Cursor(), nil
}

// placed is a record's document with its place, by the columns by which it is found.
type placed struct {
	audit.Place
	document string
}

func (p *placed) record() (*audit.Record, error) {
	r := new(audit.Record)
	if err := json.Unmarshal([]byte(p.document), r); err != nil {
		return nil, wrap(fmt.Errorf("record %s/%d: %w", p.Broker, p.Seq, err))
	}
	r.Sequence = p.Seq
	return r, nil
}

// placed gives each record that meets the conditions once, before a merge has
// made it one too, the newest first.
func (s *Store) placed(ctx context.Context, c *conditions) ([]placed, error) {
	rows, err := s.conn.Query(ctx1(ctx, c.parameters), `SELECT time_in, broker, seq, document FROM `+s.table()+` WHERE `+c.String()+newestFirst)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var found []placed
	for rows.Next() {
		var p placed
		if err := rows.Scan(&p.TimeIn, &p.Broker, &p.Seq, &p.document); err != nil {
			return nil, wrap(err)
		}
		found = append(found, p)
	}
	return found, wrap(rows.Err())
}

// Count counts records: see audit.Trail. FINAL counts a record that stands twice
// once, before a merge too.
func (s *Store) Count(ctx context.Context, sc audit.Scope, f audit.Filter, by audit.Dimension) ([]audit.Count, error) {
	if err := f.Check(); err != nil {
		return nil, wrap(err)
	}
	if !by.Known() {
		return nil, wrap(fmt.Errorf("counting by a dimension: %w", audit.ErrQuestion))
	}
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	since, until := bounds(sc)
	of := visiting(sc, since, until, f)
	c := &conditions{texts: slices.Clone(of.texts), parameters: of.parameters}
	c.filter(f)
	c.number("keys", audit.MostKeys)
	key, order := keys[by], `total DESC, key`
	if by == audit.ByDay {
		order = `key DESC`
	}
	for dimension, wanted := range map[audit.Dimension]string{audit.ByRule: f.Rule, audit.ByReason: f.Reason} {
		if by == dimension && wanted != "" {
			c.text("only", wanted) // see audit.Tally: one of its rules is asked for, one is counted
			key = `[{only:String}]`
		}
	}
	numbers, measures := countColumns()
	rows, err := s.conn.Query(ctx1(ctx, c.parameters), `
		SELECT arrayJoin(`+key+`) AS key, count() AS total`+numbers+`
		FROM (SELECT *, `+visitOf+` AS visit FROM `+s.table()+` FINAL`+later(s.table(), of)+`WHERE `+c.String()+`)
		GROUP BY key ORDER BY `+order+` LIMIT {keys:UInt64}
		SETTINGS do_not_merge_across_partitions_select_final = 1`) // a record that stands twice stands in one partition
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	all := []audit.Count{}
	for rows.Next() {
		var one audit.Count
		n := make([]uint64, 1+2*len(measures))
		into := []any{&one.Key}
		for i := range n {
			into = append(into, &n[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, wrap(err)
		}
		one.Total = int(n[0])
		for i, m := range measures {
			one.Set(m, int(n[1+2*i]))
			one.SetVisits(m, int(n[2+2*i]))
		}
		all = append(all, one)
	}
	if by == audit.ByDay {
		slices.Reverse(all)
	}
	return all, wrap(rows.Err())
}
