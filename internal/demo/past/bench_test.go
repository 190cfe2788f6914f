package past_test

import (
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo/past"
)

// What the first start of a demo takes longer for it.
func BenchmarkAMonth(b *testing.B) {
	opt := options(b, newKeys(b, b.TempDir()))
	for b.Loop() {
		records, err := past.Make(b.Context(), opt)
		if err != nil {
			b.Fatal(err)
		}
		data := b.TempDir()
		if err := past.Write(b.Context(), past.Place{Data: data, Broker: "demo-region", Trail: filepath.Join(data, "trail.db")}, records); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(records)), "records")
	}
}
