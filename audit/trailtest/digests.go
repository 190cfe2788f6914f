package trailtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// digests: what a store says of its blocks is what is computed from what it was given.
func digests(t *testing.T, s Kept) {
	records := Records("region-1", 700)
	records[400].ID = "an id ' with \\ all \x00 sorts é"
	all := Chain(records...)
	whole := Batch(t, "region-1", all)
	for _, piece := range [][2]int{{0, 250}, {250, 500}, {100, 300}, {510, 700}} {
		b := Batch(t, "region-1", all[piece[0]:piece[1]])
		b.Resent = true
		if err := s.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, s, "region-1+2", Chain(Records("region-1+2", 40)...))
	missing := func(seq uint64) bool { return seq > 500 && seq <= 510 }
	for _, ask := range []struct{ first, last, each uint64 }{
		{1, 700, audit.BlockRecords}, {1, 700, 100}, {3, 655, 64}, {490, 520, 1}, {501, 510, 1}, {701, 5000, 7}, {0, 1, 1},
	} {
		var want []audit.Digest
		for no := ask.first / ask.each; no <= ask.last/ask.each; no++ {
			var d audit.Digest
			for i, e := range all {
				if e.Seq/ask.each == no && e.Seq >= ask.first && e.Seq <= ask.last && !missing(e.Seq) {
					d.Add(e.Seq, e.Hash, whole.Columns[i].ID)
				}
			}
			if d.Count > 0 {
				want = append(want, d)
			}
		}
		got, err := s.Digests(t.Context(), "region-1", ask.first, ask.last, ask.each)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%+v: %v (-want +got):\n%s", ask, err, diff)
		}
	}
	if got, err := s.Digests(t.Context(), "region", 1, 100, 10); err != nil || len(got) > 0 {
		t.Errorf("of a chain that there is not: %v, %v", got, err)
	}
}
