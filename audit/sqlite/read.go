package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// row is a record in brief, with its place and its kind.
type row struct {
	audit.Place
	key   int64
	kind  int64
	user  string
	trace string
}

// A first look reads a page, and each further one four times as much, up to some
// tens of milliseconds: while rows are read, no record can be stored.
const (
	readFirst  = 256
	readAtOnce = 16 << 10
)

// walk gives the rows between two times, the newest first, from a place on when
// one is given, until each says no. What the filter says that an index finds is
// looked for there.
func (s *Store) walk(ctx context.Context, sc audit.Scope, f audit.Filter, from *audit.Place, each func(*row) (more bool, err error)) error {
	since, until := span(sc)
	if from != nil && until > from.TimeIn.UnixMicro() {
		until = from.TimeIn.UnixMicro() + 1
	}
	brokers, err := s.names(ctx)
	if err != nil {
		return err
	}
	w := &walker{from: from, each: each, brokers: brokers}
	switch {
	case f.ID != "":
		return w.all(s.read.QueryContext(ctx, briefOfIDQuery, f.ID, f.Patient, f.Patient, since, until))
	case f.Patient != "":
		first := patient(f.Patient)
		if first == nil {
			return nil
		}
		return w.all(s.read.QueryContext(ctx, briefOfPatientQuery, first, f.Patient, since, until))
	}
	key := int64(math.MinInt64)
	for most := readFirst; ; most = min(4*most, readAtOnce) {
		rows, err := w.read(s.read.QueryContext(ctx, briefQuery, until, key, since, most))
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			last := rows[len(rows)-1]
			until, key = last.TimeIn.UnixMicro(), last.key
		}
		if more, err := w.give(rows, len(rows) < most); err != nil || !more {
			return err
		}
	}
}

// walker puts rows of one time in the order of their brokers' names.
type walker struct {
	from    *audit.Place
	each    func(*row) (bool, error)
	brokers map[int64]string
	held    []row // of one time, of which there may be more
}

func (w *walker) all(rows *sql.Rows, err error) error {
	found, err := w.read(rows, err)
	if err == nil {
		_, err = w.give(found, true)
	}
	return err
}

func (w *walker) read(rows *sql.Rows, err error) ([]row, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []row
	var user, trace sql.RawBytes
	for rows.Next() {
		var r row
		var in int64
		if err := rows.Scan(&in, &r.key, &r.kind, &user, &trace); err != nil {
			return nil, err
		}
		r.TimeIn, r.Broker, r.Seq = time.UnixMicro(in).UTC(), w.brokers[r.key>>seqBits], seq(r.key)
		r.user, r.trace = string(user), string(trace)
		found = append(found, r)
	}
	return found, rows.Err()
}

// give gives the rows; those of the last time are held back unless they are the
// last of all.
func (w *walker) give(rows []row, last bool) (more bool, err error) {
	for i := range rows {
		if len(w.held) > 0 && !w.held[0].TimeIn.Equal(rows[i].TimeIn) {
			if more, err := w.flush(); err != nil || !more {
				return false, err
			}
		}
		w.held = append(w.held, rows[i])
	}
	if last {
		_, err = w.flush()
	}
	return !last, err
}

func (w *walker) flush() (more bool, err error) {
	if len(w.held) > 1 {
		slices.SortFunc(w.held, func(a, b row) int { return b.Compare(a.Place) })
	}
	for i := range w.held {
		if w.from != nil && w.held[i].Compare(*w.from) >= 0 {
			continue
		}
		if more, err := w.each(&w.held[i]); err != nil || !more {
			return false, err
		}
	}
	w.held = w.held[:0]
	return true, nil
}

// names gives the brokers by their numbers.
func (s *Store) names(ctx context.Context) (map[int64]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT no, name FROM broker`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[int64]string{}
	for rows.Next() {
		var no int64
		var name string
		if err := rows.Scan(&no, &name); err != nil {
			return nil, err
		}
		names[no] = name
	}
	return names, rows.Err()
}

// kindOf gives what a kind has in common. Kinds are only ever added: what was
// read once holds.
func (s *Store) kindOf(ctx context.Context, no int64) (*audit.Record, error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	if r, ok := s.traits[no]; ok {
		return r, nil
	}
	var traits []byte
	if err := s.read.QueryRowContext(ctx, `SELECT traits FROM kind WHERE no = ?`, no).Scan(&traits); err != nil {
		return nil, fmt.Errorf("kind %d: %w", no, err)
	}
	r, err := audit.ParseTraits(traits)
	if err != nil {
		return nil, fmt.Errorf("kind %d: %w", no, err)
	}
	s.traits[no] = r
	return r, nil
}

// documents gives the records of keys, in the order of the keys. One that
// somebody has taken out of the file is left out: proof tells of it.
func (s *Store) documents(ctx context.Context, keys []int64) ([]*audit.Record, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, documentsQuery, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make(map[int64]*audit.Record, len(keys))
	for rows.Next() {
		key, r, err := scanned(rows)
		if err != nil {
			return nil, err
		}
		at[key] = r
	}
	var found []*audit.Record
	for _, key := range keys {
		if r := at[key]; r != nil {
			found = append(found, r)
		}
	}
	return found, rows.Err()
}
