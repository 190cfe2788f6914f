package sqlite_test

import (
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
)

// Records may be a megabyte long. However many are asked for, the bytes that are given at
// once are bounded, and nothing is left out: here with a bound of 100,000, some 35 records.
func TestLongRecordsComeInShorterRuns(t *testing.T) {
	s := open(t)
	all := vary(t, s, 400, 200)
	const most = 100_000
	sqlite.Bounding(t, most)
	var got []spool.Entry
	for after := uint64(0); ; {
		some, err := s.Entries(t.Context(), "region-1", after, 1000)
		must(t, err)
		if len(some) == 0 {
			break
		}
		size := 0
		for _, e := range some[:len(some)-1] {
			size += len(e.Payload)
		}
		if size > most {
			t.Errorf("%d bytes at once", size)
		}
		got, after = append(got, some...), some[len(some)-1].Seq
	}
	if !slices.EqualFunc(all, got, same) {
		t.Errorf("%d records of %d, or others", len(got), len(all))
	}
}
