package sqlite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Attack 136: somebody who may write the file deletes, alters, moves or repeats
// records in it.
const forged = "(a document)"

func TestAttack136ForgedFile(t *testing.T) {
	for statement, want := range map[string][]proof.Finding{
		`SELECT 1`: nil,
		`DELETE FROM record WHERE key & 0xFF IN (20, 21)`: {{Kind: proof.Missing, First: 20, Last: 21}},
		// 30's document is altered within its block; 31 is said to be another's document.
		forged: {{Kind: proof.Altered, First: 30, Last: 30}},
		`UPDATE record SET block = 1, at = (SELECT at FROM record WHERE key & 0xFF = 3), length = (SELECT length FROM record WHERE key & 0xFF = 3) WHERE key & 0xFF = 31`: {{Kind: proof.Altered, First: 31, Last: 31}},
		`UPDATE record SET hash = zeroblob(32) WHERE key & 0xFF = 30`: {{Kind: proof.Altered, First: 30, Last: 30}, {Kind: proof.Altered, First: 31, Last: 31}},
		`UPDATE record SET hash = x'00ff' WHERE key & 0xFF = 50`:      {{Kind: proof.Altered, First: 50, Last: 50}},
		// 40 and 41 change places.
		`UPDATE record SET key = key + 1000 WHERE key & 0xFF = 40; UPDATE record SET key = key - 1 WHERE key & 0xFF = 41;
			UPDATE record SET key = key - 999 WHERE key & 0xFFFF = 1040`: {
			{Kind: proof.Moved, First: 40, Last: 40}, {Kind: proof.Moved, First: 41, Last: 41}, {Kind: proof.Unlinked, First: 42, Last: 42}},
		`INSERT INTO record SELECT key + 25, hash, id, time_in, refused, patient, block, at, length FROM record WHERE key & 0xFF = 26`: {
			{Kind: proof.Altered, First: 51, Last: 51}},
	} {
		s := open(t)
		if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(trailtest.Records("region-1", 50)...))); err != nil {
			t.Fatal(err)
		}
		if statement == forged {
			sqlite.Forge(t, s, 30, func(document string) string { return strings.Replace(document, "user-", "eser-", 1) })
		} else {
			sqlite.Exec(t, s, statement)
		}
		r, err := proof.Verify(t.Context(), s, "region-1")
		if err != nil {
			t.Errorf("%s: %v", statement, err)
		}
		for i := range r.Findings {
			r.Findings[i].Detail = ""
		}
		if diff := cmp.Diff(want, r.Findings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", statement, diff)
		}
	}
}
