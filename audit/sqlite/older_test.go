package sqlite_test

import (
	"os"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What BenchmarkRead needs and is otherwise in older programs: testdata/beside.

func ofPatient(hmac string) audit.Filter { return audit.Filter{Patient: []string{hmac}} }

func writeRecords(b *testing.B, path string, n int) {
	var text []byte
	for _, e := range trailtest.Chain(trailtest.NewVaried("region-1", 1).Take(n)...) {
		text = append(append(text, e.Payload...), '\n')
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
}
