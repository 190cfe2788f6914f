package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

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

// documents gives the records of keys, in the order of the keys. One that
// somebody has taken out of the file is left out: proof tells of it.
func (s *Store) documents(ctx context.Context, keys []int64) ([]*audit.Record, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]*audit.Record, len(keys))
	err = s.records(ctx, func(key int64, r *audit.Record) { at[key] = r }, documentsQuery, string(list))
	if err != nil {
		return nil, err
	}
	var found []*audit.Record
	for _, key := range keys {
		if r := at[key]; r != nil {
			found = append(found, r)
		}
	}
	return found, nil
}

// written gives the documents of keys, in the order of the keys, as documents gives records.
func (s *Store) written(ctx context.Context, keys []int64) ([][]byte, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	at := make(map[int64][]byte, len(keys))
	err = s.each(ctx, func(key int64, _ spool.Hash, document []byte) error {
		at[key] = bytes.Clone(document)
		return nil
	}, keysQuery, string(list))
	if err != nil {
		return nil, err
	}
	found := make([][]byte, 0, len(keys))
	for _, key := range keys {
		if document := at[key]; document != nil {
			found = append(found, document)
		}
	}
	return found, nil
}

// records gives the records that a query finds by a value: see Store.few.
func (s *Store) records(ctx context.Context, take func(key int64, r *audit.Record), query string, value any) error {
	return s.few(ctx, func(key int64, document []byte) error {
		r := new(audit.Record)
		if err := json.Unmarshal(document, r); err != nil {
			return fmt.Errorf("record %d: %w", seq(key), err)
		}
		r.Sequence = seq(key)
		take(key, r)
		return nil
	}, query, value, bytesOfDocument+1<<20)
}
