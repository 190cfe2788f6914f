package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What was unpacked to show it is held for a while. What was erased or retired meanwhile, by
// this program or by another, is not shown out of that, and the rest is.
func TestWhatWasErasedIsNotShownOutOfMemory(t *testing.T) {
	for _, by := range []string{"this program", "another"} {
		for _, what := range []string{"erased", "retired"} {
			t.Run(what+" by "+by, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "trail.db")
				s, err := sqlite.Open(t.Context(), path)
				must(t, err)
				defer s.Close()
				all := vary(t, s, 40, 40)
				ids := trailtest.Batch(t, "region-1", all).Columns
				const gone = 17
				show := func(i int) *audit.Record {
					r, err := s.Show(t.Context(), ids[i].ID, audit.Scope{})
					if err != nil && !errors.Is(err, audit.ErrNotFound) {
						t.Fatal(err)
					}
					return r
				}
				for i := range all {
					show(i)
				}
				held := func() bool { return bytes.Contains(sqlite.Lately(s), all[gone].Payload) }
				if !held() {
					t.Fatal("nothing is held: this test cannot fail")
				}
				eraser := s
				if by == "another" {
					eraser, err = sqlite.Open(t.Context(), path)
					must(t, err)
				}
				if what == "erased" {
					left, err := retention.EraseDetails(all[gone].Payload, audit.OfBoth)
					must(t, err)
					must(t, eraser.Erase(t.Context(), "region-1", []retention.Replacement{{Seq: gone + 1, Hash: all[gone].Hash, Document: left}}))
				} else {
					must(t, eraser.Retire(t.Context(), "region-1", []retention.RetiredRun{{Chain: "region-1", First: gone + 1, Last: gone + 1, Hash: fmt.Sprintf("%x", all[gone].Hash)}}))
				}
				if by == "another" {
					must(t, eraser.Close())
				} else if len(sqlite.Lately(s)) > 0 {
					t.Error("what this program erased is still in memory")
				}
				switch r := show(gone); {
				case what == "retired" && r != nil:
					t.Error("a record that was retired is shown")
				case what == "erased" && (r == nil || r.Erased == nil || r.UserID != "" || r.Salt != ""):
					t.Errorf("it is shown as it was: %+v", r)
				}
				for i := range all {
					if r := show(i); i != gone && (r == nil || r.ID != ids[i].ID || r.UserID != ids[i].UserID) {
						t.Errorf("record %d: %+v", i+1, r)
					}
				}
				if held() {
					t.Error("its block was read again, and it is still in memory")
				}
			})
		}
	}
}

// However much is shown, what is held stays within its bound, and what a block unpacks to
// is forgotten only for something newer.
func TestLittleIsHeldOfWhatWasShown(t *testing.T) {
	s := open(t)
	all := vary(t, s, 3000, 500)
	most := 0
	for i, c := range trailtest.Batch(t, "region-1", all).Columns {
		if i%5 > 0 && i < len(all)-1 { // some of each block
			continue
		}
		if _, err := s.Show(t.Context(), c.ID, audit.Scope{}); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			most = max(most, len(sqlite.Lately(s)))
		}
	}
	if most > sqlite.LatelyBytes || most < sqlite.LatelyBytes/2 {
		t.Errorf("%d bytes are held, of at most %d", most, sqlite.LatelyBytes)
	}
	if !bytes.Contains(sqlite.Lately(s), all[len(all)-1].Payload) {
		t.Error("what was shown last is not held")
	}
}
