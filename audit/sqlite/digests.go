package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// digestedAtOnce is how many numbers one query reads: while rows are read, no record can be
// stored.
const digestedAtOnce = audit.BlockRecords

// Digests says what is stored, by block: see audit.Store. A record that is not there in brief
// is not there: no search would find it, and delivering it again puts it there.
func (s *Store) Digests(ctx context.Context, broker string, first, last, each uint64) ([]audit.Digest, error) {
	var no int64
	err := s.read.QueryRowContext(ctx, `SELECT no FROM broker WHERE name = ?`, broker).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking sqlite for digests: %w", err)
	}
	var all []audit.Digest
	last = min(last, 1<<seqBits-1)
	for from := first; from <= last && err == nil; from += digestedAtOnce {
		all, err = s.digested(ctx, all, no<<seqBits, from, min(last, from+digestedAtOnce-1), each)
	}
	if err == nil {
		err = s.inPlace()
	}
	if err != nil {
		return nil, fmt.Errorf("asking sqlite for digests: %w", err)
	}
	return all, nil
}

// digested adds the blocks of a range to those before, the last of which it may go on with.
func (s *Store) digested(ctx context.Context, all []audit.Digest, base int64, first, last, each uint64) ([]audit.Digest, error) {
	rows, err := s.read.QueryContext(ctx, digestsQuery, base|int64(first), base|int64(last))
	if err != nil {
		return all, err
	}
	defer rows.Close()
	var hash, id sql.RawBytes
	for rows.Next() {
		var key int64
		if err := rows.Scan(&key, &hash, &id); err != nil {
			return all, err
		}
		var h spool.Hash
		copy(h[:], hash) // one of another length was altered, and sums up to something else
		n := seq(key)
		if len(all) == 0 || all[len(all)-1].Last/each != n/each {
			all = append(all, audit.Digest{})
		}
		all[len(all)-1].Add(n, h, unpackedID(id))
	}
	return all, rows.Err()
}

const digestsQuery = `
	SELECT r.key, r.hash, r.id FROM record r
	WHERE r.key BETWEEN ?1 AND ?2 AND EXISTS (SELECT 1 FROM brief i WHERE i.time_in = r.time_in AND i.key = r.key)
	ORDER BY r.key`
