package trailtest_test

import (
	"bytes"
	"compress/flate"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What is measured over Varied must not flatter: its records are as long as the demo
// region's, and no more alike.
func TestVariedIsAsLongAndAsVariedAsLife(t *testing.T) {
	const n = 2000
	var all bytes.Buffer
	small, err := flate.NewWriter(&all, 6)
	if err != nil {
		t.Fatal(err)
	}
	ids, users, patients, outcomes := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[audit.Outcome]int{}
	size := 0
	for _, r := range trailtest.NewVaried("region-1", 1).Take(n) {
		text := audit.AppendJSON(nil, r)
		if _, err := audit.ReadColumns(text); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		size += len(text)
		if _, err := small.Write(text); err != nil {
			t.Fatal(err)
		}
		ids[r.ID], users[r.UserID], patients[r.PatientHMAC] = true, true, true
		outcomes[r.Outcome]++
	}
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
	if mean := size / n; mean < 2200 || mean > 2900 {
		t.Errorf("%d bytes a record", mean)
	}
	if mean := all.Len() / n; mean < 350 {
		t.Errorf("%d bytes a record when compressed: they are too much alike", mean)
	}
	if len(ids) != n || len(users) < 300 || len(patients) < 300 || outcomes[audit.Released] < n/2 || outcomes[audit.Refused] < n/10 || outcomes[audit.Failed] == 0 {
		t.Errorf("%d ids, %d users, %d patients, %v", len(ids), len(users), len(patients), outcomes)
	}
	t.Logf("%d bytes a record, %d by DEFLATE; %d users, %d patients, %v", size/n, all.Len()/n, len(users), len(patients), outcomes)
}

func TestVariedIsTheSameForTheSameSeed(t *testing.T) {
	a, b := trailtest.NewVaried("region-1", 7), trailtest.NewVaried("region-1", 7)
	for range 50 {
		if one, two := audit.AppendJSON(nil, a.Next()), audit.AppendJSON(nil, b.Next()); !bytes.Equal(one, two) {
			t.Fatalf("%s\n%s", one, two)
		}
	}
}
