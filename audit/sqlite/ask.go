package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Highest gives the highest number stored of a broker: see audit.Store.
func (s *Store) Highest(ctx context.Context, broker string) (uint64, spool.Hash, error) {
	var key int64
	var hash []byte
	err := s.read.QueryRowContext(ctx, highestQuery, broker).Scan(&key, &hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, spool.Hash{}, nil
	case err != nil:
		return 0, spool.Hash{}, fmt.Errorf("asking sqlite: %w", err)
	case len(hash) != len(spool.Hash{}):
		return 0, spool.Hash{}, fmt.Errorf("asking sqlite: a hash of %d bytes", len(hash))
	}
	return seq(key), spool.Hash(hash), nil
}

func seq(key int64) uint64 { return uint64(key) & (1<<seqBits - 1) }

// Show gives one record: see audit.Trail.
func (s *Store) Show(ctx context.Context, id string, sc audit.Scope) (*audit.Record, error) {
	found, err := s.records(ctx, showQuery, id)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	for _, r := range found {
		if sc.Holds(r) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("asking sqlite: %w", audit.ErrNotFound)
}

// span gives the times of a scope as the columns have them.
func span(sc audit.Scope) (since, until int64) {
	since, until = math.MinInt64, math.MaxInt64
	if !sc.Since.IsZero() {
		since = micros(sc.Since)
	}
	if !sc.Until.IsZero() {
		until = micros(sc.Until)
	}
	return since, until
}

// args are the values of narrowed.
func args(sc audit.Scope) []any {
	since, until := span(sc)
	return []any{since, until, sc.SourceOrg, sc.SourceOrg, sc.UserID, sc.UserID}
}

// Tail gives the newest records: see audit.Trail.
func (s *Store) Tail(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	return s.walked(ctx, sc, audit.Filter{}, nil)
}

// Refused gives the newest records that were not released: see audit.Trail. They
// are few, and have an index of their own, which does not know whose staff asked.
func (s *Store) Refused(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	if sc.OwnStaff && sc.SourceOrg != "" {
		return s.walked(ctx, sc, audit.Filter{}, func(kind *audit.Record) bool { return kind.Outcome != audit.Released })
	}
	return s.newest(ctx, refusedQuery, append(args(sc), sc.Most())...)
}

// Patient gives the newest records about a patient: see audit.Trail.
func (s *Store) Patient(ctx context.Context, patient []string, sc audit.Scope) ([]*audit.Record, error) {
	if len(patient) == 0 {
		return nil, nil
	}
	return s.walked(ctx, sc, audit.Filter{Patient: patient}, nil)
}

// newest runs a query that gives the newest first, and turns its answer round.
func (s *Store) newest(ctx context.Context, query string, args ...any) ([]*audit.Record, error) {
	found, err := s.records(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	slices.SortStableFunc(found, func(a, b *audit.Record) int {
		return cmp.Or(a.TimeIn.Compare(b.TimeIn), cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Sequence, b.Sequence))
	})
	return found, nil
}

func (s *Store) records(ctx context.Context, query string, args ...any) ([]*audit.Record, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []*audit.Record
	for rows.Next() {
		_, r, err := scanned(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// scanned reads a key and its document.
func scanned(rows *sql.Rows) (key int64, r *audit.Record, err error) {
	var document sql.RawBytes
	if err := rows.Scan(&key, &document); err != nil {
		return 0, nil, err
	}
	r = new(audit.Record)
	if err := json.Unmarshal(document, r); err != nil {
		return 0, nil, fmt.Errorf("record %d: %w", seq(key), err)
	}
	r.Sequence = seq(key)
	return key, r, nil
}

// Brokers gives the brokers that have records: see audit.Trail.
func (s *Store) Brokers(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, brokersQuery)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("asking sqlite: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// Entries gives the documents of a broker in order: see audit.Trail.
func (s *Store) Entries(ctx context.Context, broker string, after uint64, max int) ([]spool.Entry, error) {
	rows, err := s.read.QueryContext(ctx, entriesQuery, broker, int64(after), max)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	defer rows.Close()
	var entries []spool.Entry
	for rows.Next() {
		var key int64
		var hash, document []byte
		if err := rows.Scan(&key, &hash, &document); err != nil {
			return nil, fmt.Errorf("asking sqlite: %w", err)
		}
		e := spool.Entry{Seq: seq(key), Payload: document}
		copy(e.Hash[:], hash) // another length gives another hash, which proof reports
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
