package trailtest_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What the measurements rest on: records of the length of the product's own, and none
// like another.
func TestVariedRecordsAreVaried(t *testing.T) {
	const n = 2000
	seen, length, released := map[string]bool{}, 0, 0
	for _, r := range trailtest.Varied("region-1", n) {
		for _, own := range []string{r.ID, r.Salt} {
			if seen[own] {
				t.Errorf("%s comes twice", own)
			}
			seen[own] = true
		}
		seen[r.TraceID], seen[r.PatientHMAC] = true, true
		if r.Outcome == audit.Released {
			released++
		}
		length += len(audit.AppendJSON(nil, r))
	}
	if length/n < 2400 || length/n > 3000 || released < n/2 || len(seen) < 2*n+n/10 {
		t.Errorf("%d bytes a record, %d of %d released, %d different values", length/n, released, n, len(seen))
	}
	t.Logf("%d bytes a record, %d of %d released", length/n, released, n)
}
