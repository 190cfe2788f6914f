package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

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
	var found *audit.Record
	var first int64
	err := s.records(ctx, func(key int64, r *audit.Record) {
		if sc.Holds(r) && (found == nil || key < first) {
			found, first = r, key
		}
	}, showQuery, packedID(id))
	if err == nil && found == nil {
		err = audit.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	return found, nil
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

// Tail gives the newest records: see audit.Trail.
func (s *Store) Tail(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	return s.walked(ctx, wanted{scope: sc})
}

// Refused gives the newest records that were not released: see audit.Trail. They are
// few, and have an index of their own.
func (s *Store) Refused(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
	return s.walked(ctx, wanted{scope: sc, refused: true})
}

// Patient gives the newest records about a patient: see audit.Trail.
func (s *Store) Patient(ctx context.Context, patient []string, sc audit.Scope) ([]*audit.Record, error) {
	if len(patient) == 0 {
		return nil, nil
	}
	return s.walked(ctx, wanted{scope: sc, filter: audit.Filter{Patient: patient}})
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
func (s *Store) Entries(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error) {
	entries, err := s.all(ctx, entriesQuery, broker, int64(after), most)
	if err != nil {
		return nil, fmt.Errorf("asking sqlite: %w", err)
	}
	return entries, nil
}
