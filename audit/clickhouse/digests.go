package clickhouse

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
)

// Digests says what is stored, by block: see audit.Store. A record about a patient that
// by_patient lacks is not there: the questions about the patient would not find it, and
// delivering it again feeds it.
func (s *Store) Digests(ctx context.Context, broker string, first, last, each uint64) ([]audit.Digest, error) {
	if err := s.Prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := s.conn.Query(ctx1(ctx, with().text("broker", broker).number("first", first).number("last", last).number("each", each)), digestsQuery)
	if err != nil {
		return nil, fmt.Errorf("asking ClickHouse for digests: %w", err)
	}
	defer rows.Close()
	var all []audit.Digest
	for rows.Next() {
		var no uint64
		var words [4]uint64
		var d audit.Digest
		if err := rows.Scan(&no, &d.First, &d.Last, &d.Count, &words[0], &words[1], &words[2], &words[3]); err != nil {
			return nil, fmt.Errorf("asking ClickHouse for digests: %w", err)
		}
		for i, word := range words {
			binary.LittleEndian.PutUint64(d.Sum[8*i:], word)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("asking ClickHouse for digests: %w", err)
	}
	return all, nil
}

const digestsQuery = `
	SELECT intDiv(seq, {each:UInt64}) AS no, min(seq), max(seq), count(),
		groupBitXor(reinterpretAsUInt64(substring(sum, 1, 8))), groupBitXor(reinterpretAsUInt64(substring(sum, 9, 8))),
		groupBitXor(reinterpretAsUInt64(substring(sum, 17, 8))), groupBitXor(reinterpretAsUInt64(substring(sum, 25, 8)))
	FROM (
		SELECT seq, SHA256(concat(reinterpretAsFixedString(seq), hash, id)) AS sum
		FROM records
		WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}
			AND (patient_hmac = '' OR seq IN (
				SELECT seq FROM by_patient WHERE broker = {broker:String} AND seq BETWEEN {first:UInt64} AND {last:UInt64}))
		GROUP BY seq, hash, id)
	GROUP BY no ORDER BY no`
