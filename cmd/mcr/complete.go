package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/protect"
)

// complete compares what the broker answered with its records and with what the store
// has, over all days of which it has counts. Nothing is compared without counts.
func (t *trail) complete(ctx context.Context, out io.Writer, counts string) (bool, error) {
	if counts == "" {
		counts = filepath.Join(filepath.Dir(t.keysPath), "counts")
		if _, err := os.Stat(counts); errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
	}
	rows, ok := t.Trail.(audit.RowCounter)
	broker, err := brokerOf(filepath.Join(filepath.Dir(counts), "checkpoint"), t.keys)
	if err != nil || !ok {
		return true, err
	}
	days, err := completeness.ReadDays(counts, "0000", "9999")
	if err != nil || len(days) == 0 {
		return true, err
	}
	from, _ := time.Parse(time.DateOnly, days[0].Day) // they were checked when they were read
	to, _ := time.Parse(time.DateOnly, days[len(days)-1].Day)
	lines, err := completeness.Lines(ctx, completeness.Sources{
		Broker: broker, Rows: rows,
		Days: func(from, to string) ([]completeness.Day, error) { return completeness.ReadDays(counts, from, to) },
	}, from, to)
	if err != nil {
		return false, err
	}
	var all completeness.Counts
	var stored audit.Rows
	bound, whole := "", true
	for _, l := range lines {
		if !l.Counted {
			continue
		}
		all.Served += l.Counts.Served
		all.Records += l.Counts.Records
		stored.Requests += l.Rows.Requests + l.Rows.RetiredRequests
		if len(l.LowerBound) > 0 {
			bound = "at least "
		}
		for _, d := range l.Differences {
			whole = false
			fmt.Fprintf(out, "%s: NOT COMPLETE on %s, records held by %s: %s\n", l.Broker, l.Day, cmp.Or(l.Organisation, "nobody"), d)
		}
	}
	if whole {
		fmt.Fprintf(out, "%s: complete from %s to %s: %s%d requests answered, %d records of them, %d in the store\n",
			broker, days[0].Day, days[len(days)-1].Day, bound, all.Served, all.Records, stored.Requests)
	}
	return whole, nil
}

// brokerOf gives the configured name of a broker, as its checkpoint has it.
func brokerOf(checkpoint string, keys *protect.Keys) (string, error) {
	mark, err := markIn(checkpoint, keys)
	if err != nil {
		return "", err
	}
	return audit.BrokerOf(mark.Broker), nil
}
