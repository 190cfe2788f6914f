package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mycarerecord/mcr/audit"
)

// Documents is what Trail asks.
type Documents interface {
	Documents(ctx context.Context, s audit.Scope, f audit.Filter, before string) (audit.Documents, error)
}

// The records of a page, and of a batch.
const (
	pageSize  = 1024
	batchSize = 256
)

// Trail gives the records of a part of a trail, the newest first. The scope's limit plays no part.
func Trail(trail Documents, s audit.Scope, f audit.Filter) Source {
	s.Limit = pageSize
	return func(ctx context.Context, yield func([][]byte) error) error {
		for before := ""; ; {
			page, err := trail.Documents(ctx, s, f, before)
			if err != nil {
				return err
			}
			for all := page.Texts; len(all) > 0; {
				n := min(batchSize, len(all))
				if err := yield(all[:n:n]); err != nil {
					return err
				}
				all = all[n:]
			}
			if page.Older == "" || page.Older == before {
				return nil
			}
			before = page.Older
		}
	}
}

// longestLine bounds a line of a file: longer than any record.
const longestLine = 4 << 20

// Lines gives the records of a file that has one a line, as "mcr audit tail --json" writes them.
// A line that is no JSON object ends it, with its number: of half a file nothing is said. Those
// outside the scope are passed over; its limit plays no part. It ends with its context though
// nothing comes: standard input may be somebody who types.
func Lines(from io.Reader, s audit.Scope) Source {
	return func(ctx context.Context, yield func([][]byte) error) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		batches, ended := make(chan [][]byte), make(chan error, 1)
		go func() {
			ended <- lines(from, s, func(batch [][]byte) error {
				select {
				case batches <- batch:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
		for {
			select {
			case batch := <-batches:
				if err := yield(batch); err != nil {
					return err
				}
			case err := <-ended:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// lines reads a file to its end.
func lines(from io.Reader, s audit.Scope, yield func([][]byte) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), longestLine)
	var batch [][]byte
	for no := 1; lines.Scan(); no++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		document, ok := audit.Compact(make([]byte, 0, len(lines.Bytes())), lines.Bytes())
		if !ok || document[0] != '{' {
			return fmt.Errorf("line %d is no record: want one JSON object a line, as \"mcr audit tail --json\" writes them", no)
		}
		if !holds(s, document) {
			continue
		}
		if batch = append(batch, document); len(batch) == batchSize {
			if err := yield(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("a line of more than %d MiB is no record", longestLine>>20)
	} else if err != nil {
		return err
	}
	if len(batch) == 0 {
		return nil
	}
	return yield(batch)
}

// holds says whether a record is inside a scope; one that cannot be read is, to be counted.
func holds(s audit.Scope, document []byte) bool {
	d, err := audit.ReadDecided(document)
	if err != nil {
		return true
	}
	return s.Holds(&audit.Record{TimeIn: d.TimeIn, UserID: d.UserID, UserOrg: d.UserOrg, SourceOrg: d.SourceOrg, Action: d.Action, Source: d.Source})
}
