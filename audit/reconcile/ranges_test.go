package reconcile

import (
	"math/rand/v2"
	"testing"

	"github.com/mycarerecord/mcr/audit/ship"
)

// What ranges say is what a set of numbers says.
func TestRangesAreASetOfNumbers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const most = 60
	random := func(within ship.Range) (all ranges) {
		for n := within.First; n <= within.Last; n++ {
			if rnd.IntN(2) == 0 {
				all = all.and(ship.Range{First: n, Last: n})
			}
		}
		return all
	}
	has := func(all ranges, n uint64) bool { return len(all.within(ship.Range{First: n, Last: n})) > 0 }
	for range 2000 {
		all := random(ship.Range{First: uint64(rnd.IntN(2)), Last: most})
		first := rnd.Uint64N(most)
		b := ship.Range{First: first, Last: first + rnd.Uint64N(most-first)}
		found := random(b)
		before := append(ranges(nil), all...)
		put, without := all.put(b, found), all.without(found)
		count := uint64(0)
		for n := range uint64(most + 1) {
			want := has(before, n)
			if b.First <= n && n <= b.Last {
				want = has(found, n)
			}
			if has(put, n) != want || has(without, n) != (has(before, n) && !has(found, n)) {
				t.Fatalf("%s put %s in %d-%d: %s; without: %s", before, found, b.First, b.Last, put, without)
			}
			if want {
				count++
			}
		}
		if put.records() != count {
			t.Fatalf("%s has %d numbers, not %d", put, count, put.records())
		}
	}
}

// A list is bounded, and still names every number.
func TestRangesAreBounded(t *testing.T) {
	var found ranges
	for n := uint64(1); n < 3*mostRanges; n += 2 {
		found = append(found, ship.Range{First: n, Last: n})
	}
	all := ranges(nil).put(ship.Range{First: 1, Last: 3 * mostRanges}, found)
	if len(all) != mostRanges || all[0].First != 1 || all[len(all)-1].Last != found[len(found)-1].Last || all.records() < found.records() {
		t.Errorf("%d ranges, %d records", len(all), all.records())
	}
}
