package sqlite

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/mycarerecord/mcr/audit/spool"
)

// bytesAtOnce bounds the documents that are given at once: a record may be a megabyte long.
var bytesAtOnce int64 = 64 << 20

// all is each for many, which are kept: in the order of the query, unpacked on all
// processors. They end with the one that makes them more than bytesAtOnce.
func (s *Store) all(ctx context.Context, query string, args ...any) ([]spool.Entry, error) {
	rows, blocks, err := s.packed(ctx, bytesAtOnce, query, args)
	if err != nil {
		return nil, err
	}
	entries, parts := make([]spool.Entry, len(rows)), byBlock(rows)
	failed := make([]error, len(parts))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		wait.Go(func() {
			for at := next.Add(1) - 1; at < int64(len(parts)); at = next.Add(1) - 1 {
				failed[at] = fill(entries, rows, parts[at], blocks[rows[parts[at][0]].block])
			}
		})
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// fill makes the entries of the rows that are in one block. They share the bytes of what it
// unpacks to when they are most of that.
func fill(entries []spool.Entry, rows []stored, some []int, in *block) error {
	text, err := in.unpack(nil)
	if err != nil {
		return rows[some[0]].failed(err)
	}
	sum := 0
	for _, i := range some {
		document, err := rows[i].document(text)
		if err != nil {
			return err
		}
		entries[i] = spool.Entry{Seq: seq(rows[i].key), Hash: rows[i].hash, Payload: document}
		sum += len(document)
	}
	if sum < len(text)/2 {
		for _, i := range some {
			entries[i].Payload = bytes.Clone(entries[i].Payload)
		}
	}
	return nil
}
