package clickhouse

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Highest gives the highest number stored of a broker, on the server that the broker
// delivers to: see audit.Store.
func (s *Store) Highest(ctx context.Context, broker string) (seq uint64, hash spool.Hash, err error) {
	if err := s.Prepare(ctx); err != nil {
		return 0, hash, err
	}
	err = s.conn.QueryRow(ctx1(ctx, with().text("broker", broker)), `SELECT max(seq) FROM records WHERE broker = {broker:String}`).Scan(&seq)
	if err != nil || seq == 0 {
		return 0, hash, wrap(err)
	}
	var text string
	err = s.conn.QueryRow(ctx1(ctx, with().text("broker", broker).number("seq", seq)),
		`SELECT hash FROM records WHERE broker = {broker:String} AND seq = {seq:UInt64} LIMIT 1`).Scan(&text)
	copy(hash[:], text)
	return seq, hash, wrap(err)
}

func wrap(err error) error {
	if isCode(err, networkError, socketTimeout, allTriesFailed) {
		return fmt.Errorf("asking ClickHouse: %w: %w", ErrShardAway, err)
	}
	if err != nil {
		return fmt.Errorf("asking ClickHouse: %w", err)
	}
	return nil
}

// Show gives one record: see audit.Trail. The id is a UUIDv7, which says when it
// was made; so the record is looked for around that time first, then everywhere.
func (s *Store) Show(ctx context.Context, id string, sc audit.Scope) (*audit.Record, error) {
	since, until := bounds(sc)
	c := within(sc, since, until)
	c.text("id", id)
	c.and(`id = {id:String}`)
	everywhere := c.String()
	if u, err := uuid.Parse(id); err == nil && u.Version() == 7 {
		seconds, nanos := u.Time().UnixTime()
		c.signed("made", time.Unix(seconds, nanos).UnixMicro())
		c.and(`time_in BETWEEN fromUnixTimestamp64Micro({made:Int64}, 'UTC') - INTERVAL 1 HOUR
			AND fromUnixTimestamp64Micro({made:Int64}, 'UTC') + INTERVAL 1 HOUR`)
	}
	for _, where := range []string{c.String(), everywhere} {
		found, err := s.records(ctx, c.parameters, `SELECT broker, seq, document FROM `+s.table()+` WHERE `+where+` ORDER BY broker, seq LIMIT 1`)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return nil, wrap(audit.ErrNotFound)
}

// newestFirst gives each record once, before a merge has made it one too.
const newestFirst = ` ORDER BY time_in DESC, broker DESC, seq DESC LIMIT 1 BY broker, seq LIMIT {most:UInt64}`

// Tail gives the newest records: see audit.Trail.
func (s *Store) Tail(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	return s.newest(ctx, sc, audit.Filter{}, "")
}

// Refused gives the newest records that were not released: see audit.Trail.
func (s *Store) Refused(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	return s.newest(ctx, sc, audit.Filter{}, `outcome != 'released'`)
}

// Patient gives the newest records about a patient: see audit.Trail.
func (s *Store) Patient(ctx context.Context, patient []string, sc audit.Scope) ([]*audit.Record, error) {
	if len(patient) == 0 {
		return nil, nil
	}
	return s.newest(ctx, sc, audit.Filter{Patient: patient}, "")
}

// newest gives the newest records that a filter keeps, the oldest of them first.
func (s *Store) newest(ctx context.Context, sc audit.Scope, f audit.Filter, also string) (found []*audit.Record, err error) {
	err = s.backwards(ctx, sc, len(f.Patient) > 0, func(since, until time.Time) (int, error) {
		c := within(sc, since, until)
		c.filter(f)
		if also != "" {
			c.and(also)
		}
		found, err = s.records(ctx, c.parameters, `SELECT broker, seq, document FROM `+s.table()+` WHERE `+c.String()+newestFirst)
		return len(found), err
	})
	return inOrder(found), err
}

// mostOfTheNewest is how many records, or visits, somebody may ask for who is served by the
// newest: a page, not a file.
const mostOfTheNewest = 10_000

// backwards asks for the last hour first, then for the last day, the last month
// and everything, until there are enough: the sort key begins with the
// organisation, so the newest of all are not beside each other. What an index
// finds is asked for once, and so is what the newest alone cannot be enough for.
func (s *Store) backwards(ctx context.Context, sc audit.Scope, indexed bool, ask func(since, until time.Time) (int, error)) error {
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	since, until := bounds(sc)
	if indexed || sc.Most() > mostOfTheNewest {
		_, err := ask(since, until)
		return err
	}
	var newest time.Time // from the parts' own bounds: nothing is read for it
	if err := s.conn.QueryRow(ctx, `SELECT max(time_in) FROM `+s.table()).Scan(&newest); err != nil {
		return wrap(err)
	}
	if newest.Before(until) {
		until = newest.Add(time.Second)
	}
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 31 * 24 * time.Hour, 0} {
		from := until.Add(-back)
		if back == 0 || from.Before(since) {
			from = since
		}
		n, err := ask(from, until)
		if err != nil || n == sc.Most() || from.Equal(since) {
			return err
		}
	}
	return nil // not reached: the last round asks for everything
}

func inOrder(found []*audit.Record) []*audit.Record {
	slices.SortStableFunc(found, func(a, b *audit.Record) int {
		return cmp.Or(a.TimeIn.Compare(b.TimeIn), cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Sequence, b.Sequence))
	})
	return found
}

func (s *Store) records(ctx context.Context, p *parameters, query string) ([]*audit.Record, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := s.conn.Query(ctx1(ctx, p), query)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var found []*audit.Record
	for rows.Next() {
		var broker, document string
		r := new(audit.Record)
		var seq uint64
		if err := rows.Scan(&broker, &seq, &document); err != nil {
			return nil, wrap(err)
		}
		if err := json.Unmarshal([]byte(document), r); err != nil {
			return nil, wrap(fmt.Errorf("record %s/%d: %w", broker, seq, err))
		}
		r.Sequence = seq
		found = append(found, r)
	}
	return found, wrap(rows.Err())
}

// Brokers gives the brokers that have records: see audit.Trail.
func (s *Store) Brokers(ctx context.Context) ([]string, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := s.conn.Query(ctx, `SELECT DISTINCT broker FROM `+s.table()+` ORDER BY broker`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, wrap(err)
		}
		names = append(names, name)
	}
	return names, wrap(rows.Err())
}

// Entries gives the documents of a broker in order: see audit.Trail. It asks for
// a window of numbers, so that the server need not sort all that follow; only
// where a window is empty does it look for the next number.
func (s *Store) Entries(ctx context.Context, broker string, after uint64, limit int) ([]spool.Entry, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	for range 2 {
		entries, err := s.window(ctx, broker, after, limit)
		if err != nil || len(entries) > 0 {
			return entries, err
		}
		var next uint64
		err = s.conn.QueryRow(ctx1(ctx, with().text("broker", broker).number("after", after)),
			`SELECT min(seq) FROM `+s.table()+` WHERE broker = {broker:String} AND seq > {after:UInt64}`).Scan(&next)
		if err != nil || next == 0 {
			return nil, wrap(err)
		}
		after = next - 1
	}
	return nil, nil
}

// window gives each record once. Where a row that was erased stands beside one that was
// not, since an erasure is not done or an old row came late, it gives the one that was not:
// whoever verifies is to see it.
func (s *Store) window(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error) {
	rows, err := s.conn.Query(ctx1(ctx, with().text("broker", broker).number("after", after).number("last", after+uint64(most)).number("most", uint64(most))), `
		SELECT seq, hash, document FROM `+s.table()+` WHERE broker = {broker:String} AND seq > {after:UInt64} AND seq <= {last:UInt64}
		ORDER BY seq, hash, erased LIMIT 1 BY seq, hash LIMIT {most:UInt64}`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var entries []spool.Entry
	for rows.Next() {
		var e spool.Entry
		var hash string
		if err := rows.Scan(&e.Seq, &hash, &e.Payload); err != nil {
			return nil, wrap(err)
		}
		copy(e.Hash[:], hash)
		entries = append(entries, e)
	}
	return entries, wrap(rows.Err())
}
