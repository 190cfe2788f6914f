package sqlite_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// older puts down a file that the program of version 1 wrote (commit 348b10d):
// 120 of trailtest.Mixed of each of two brokers.
func older(t *testing.T) string {
	t.Helper()
	in, err := os.Open("testdata/trail-version-1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trail.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// whole compares a trail with a model of what the old file holds, asked every way.
func whole(t *testing.T, s *sqlite.Store) {
	t.Helper()
	model := new(trailtest.Memory)
	for _, broker := range []string{"region-1", "region-2x"} {
		entries, err := s.Entries(t.Context(), broker, 0, 1000)
		if err != nil || len(entries) != 120 {
			t.Fatalf("%s: %d records, %v", broker, len(entries), err)
		}
		if err := model.Deliver(t.Context(), trailtest.Batch(t, broker, entries)); err != nil {
			t.Fatal(err)
		}
		if r, err := proof.Verify(t.Context(), s, broker); err != nil || !r.OK() {
			t.Errorf("%v\n%s", err, r)
		}
	}
	for _, by := range audit.Dimensions() {
		want, _ := model.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("by %s: %v (-want +got):\n%s", by, err, diff)
		}
	}
	want, _ := model.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, "")
	got, err := s.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, "")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAnOlderFileIsBroughtUpToDate(t *testing.T) {
	path := older(t)
	if _, err := sqlite.OpenTrail(t.Context(), path); err == nil || !strings.Contains(err.Error(), "start the broker") {
		t.Errorf("opened for asking only: %v", err)
	}
	for range 2 {
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		whole(t, s)
		s.Close()
	}
	s, err := sqlite.OpenTrail(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	whole(t, s)
}

// A fall of the power in the middle: part of the briefs are there, with the place
// up to which they are, and the version is still the old one.
func TestAnInterruptedUpgradeGoesOn(t *testing.T) {
	path := older(t)
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	sqlite.Exec(t, s, `CREATE TABLE upgrade (one INTEGER PRIMARY KEY CHECK (one = 1), after INTEGER NOT NULL) STRICT;
		INSERT INTO upgrade SELECT 1, max(key) - 70 FROM record; DELETE FROM brief WHERE key > (SELECT after FROM upgrade);
		DELETE FROM kind WHERE no NOT IN (SELECT kind FROM brief); PRAGMA user_version = 1`)
	s.Close()
	if s, err = sqlite.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	whole(t, s)
	// And it takes records as before.
	all := trailtest.Chain(trailtest.Mixed("region-3", 50)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-3", all)); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, ""); err != nil || len(found.Records) != 290 {
		t.Errorf("%d records, %v", len(found.Records), err)
	}
}
