package trailtest

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Chain numbers, links and encodes records as a journal and its spool would,
// from number 1.
func Chain(records ...*audit.Record) []spool.Entry {
	var prev spool.Hash
	entries := make([]spool.Entry, len(records))
	for i, r := range records {
		e := spool.Entry{Seq: uint64(i + 1), Payload: audit.AppendJSON(nil, r)}
		e.Hash = spool.Link(prev, e.Seq, e.Payload)
		entries[i], prev = e, e.Hash
	}
	return entries
}

// Batch makes a batch of entries that a Chain gave.
func Batch(t testing.TB, broker string, entries []spool.Entry) audit.Batch {
	t.Helper()
	b := audit.Batch{Broker: broker, Entries: entries}
	for _, e := range entries {
		c, err := audit.ReadColumns(e.Payload)
		if err != nil {
			t.Fatal(err)
		}
		b.Columns = append(b.Columns, c)
	}
	return b
}
