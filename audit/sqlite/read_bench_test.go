package sqlite_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
)

// BenchmarkRead says what it takes to read varied records: one, a page, a patient's, and a
// chain from end to end. testdata/beside runs it against an older program, over the same
// records: so this file keeps to what the older one has too, and older_test.go has the rest.
func BenchmarkRead(b *testing.B) {
	const records = 40_000
	entries := chained(b, records)
	s := open(b)
	for some := range slices.Chunk(entries, 2000) {
		batch := audit.Batch{Broker: "region-1", Entries: some, Columns: columnsOf(b, some)}
		if err := s.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	// A patient with many records: the one of the record in the middle who has most of those near.
	seen, patient := map[string]int{}, ""
	for _, c := range columnsOf(b, entries[:records/10]) {
		if seen[c.PatientHMAC]++; c.PatientHMAC != "" && seen[c.PatientHMAC] > seen[patient] {
			patient = c.PatientHMAC
		}
	}
	ids := columnsOf(b, entries)
	next := 0
	for _, ask := range []struct {
		name string
		do   func() (int, error)
	}{
		{"one, anywhere", func() (int, error) {
			next = (next + 7919) % records
			_, err := s.Show(b.Context(), ids[next].ID, audit.Scope{})
			return 1, err
		}},
		{"one, again and again", func() (int, error) {
			_, err := s.Show(b.Context(), ids[records/2].ID, audit.Scope{})
			return 1, err
		}},
		{"the newest 50", func() (int, error) { return page(b, s, audit.Filter{}, "") }},
		{"50 of a source's refusals", func() (int, error) { return page(b, s, audit.Filter{Measure: audit.Refusals}, "") }},
		{"50 of a patient", func() (int, error) { return page(b, s, ofPatient(patient), "") }},
		{"a chain", func() (int, error) {
			n := 0
			for after := uint64(0); ; {
				read, err := s.Entries(b.Context(), "region-1", after, 8000)
				if err != nil || len(read) == 0 {
					return n, err
				}
				n, after = n+len(read), read[len(read)-1].Seq
			}
		}},
	} {
		b.Run(ask.name, func(b *testing.B) {
			before, read := cpu(), 0
			for b.Loop() {
				n, err := ask.do()
				if err != nil || n == 0 {
					b.Fatal(n, err)
				}
				read = n
			}
			b.ReportMetric((cpu()-before)/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(read), "records/op")
		})
	}
}

func page(b *testing.B, s *sqlite.Store, f audit.Filter, before string) (int, error) {
	found, err := s.Search(b.Context(), audit.Scope{Limit: 50}, f, before)
	return len(found.Records), err
}

// chained are the documents of $MCR_RECORDS, one a line, as a chain. When that file is not
// there it is written, of new records.
func chained(b *testing.B, records int) []spool.Entry {
	b.Helper()
	path := os.Getenv("MCR_RECORDS")
	if path == "" {
		path = filepath.Join(b.TempDir(), "records")
	}
	if _, err := os.Stat(path); err != nil {
		writeRecords(b, path, records)
	}
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var entries []spool.Entry
	var prev spool.Hash
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		e := spool.Entry{Seq: uint64(len(entries)) + 1, Payload: slices.Clone(lines.Bytes())}
		e.Hash = spool.Link(prev, e.Seq, e.Payload)
		entries, prev = append(entries, e), e.Hash
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	return entries
}
