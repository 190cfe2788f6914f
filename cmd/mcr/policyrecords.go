package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/replay"
)

// records are those of a trail, or of a file.
type records struct {
	io.Closer
	source replay.Source
	// far gives how much is done after so many records, and how much there is: 0 where that is
	// not known.
	far func(records int64) (done, all int64)
}

// sqliteMark is how a file of SQLite begins.
const sqliteMark = "SQLite format 3\x00"

// openRecords opens the trail that the settings name, or a file of records. It reads only, and
// needs no keys.
func openRecords(ctx context.Context, cmd *cobra.Command, s *settings, scope audit.Scope) (*records, error) {
	if s.says("trail") && s.dsn == "-" {
		return recordsOfFile(cmd.InOrStdin(), nil, scope)
	}
	if s.trailFile() {
		f, err := os.Open(s.dsn)
		if err != nil {
			return nil, err
		}
		begin, _ := bufio.NewReaderSize(f, len(sqliteMark)).Peek(len(sqliteMark))
		if len(begin) > 0 && string(begin) != sqliteMark {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			return recordsOfFile(f, f, scope)
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	store, err := openAsking(ctx, s)
	if err != nil {
		return nil, err
	}
	counts, err := store.Count(ctx, scope, audit.Filter{}, audit.Overall)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	all := int64(0)
	for _, c := range counts {
		all += int64(c.Total)
	}
	return &records{
		Closer: store, source: replay.Trail(store, scope, audit.Filter{}),
		far: func(n int64) (int64, int64) { return n, all },
	}, nil
}

// recordsOfFile are the records of a file that has one a line; f is nil where its size is not known.
func recordsOfFile(from io.Reader, f *os.File, scope audit.Scope) (*records, error) {
	if f == nil {
		return &records{Closer: io.NopCloser(from), source: replay.Lines(from, scope), far: func(int64) (int64, int64) { return 0, 0 }}, nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	counted := &countingReader{Reader: from}
	return &records{
		Closer: f, source: replay.Lines(counted, scope),
		far: func(int64) (int64, int64) { return counted.n.Load(), info.Size() },
	}, nil
}

// countingReader counts what is read.
type countingReader struct {
	io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
