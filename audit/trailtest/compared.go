package trailtest

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

// Compared measures one comparison of the chain region-1, which has so many records in the
// store, numbered from 1: all of it, in the longest questions that may be asked.
func Compared(b *testing.B, s audit.Store, records uint64) {
	for b.Loop() {
		counted := uint64(0)
		for first := uint64(1); first <= records; first += audit.MostDigested {
			all, err := s.Digests(b.Context(), "region-1", first, min(records, first+audit.MostDigested-1), audit.BlockRecords)
			if err != nil {
				b.Fatal(err)
			}
			for _, d := range all {
				counted += d.Count
			}
		}
		if counted != records {
			b.Fatalf("%d records", counted)
		}
	}
}
