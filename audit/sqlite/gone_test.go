package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What a store says it has, the spool forgets: one whose file was deleted, moved away or
// replaced by an older one while the broker runs takes no record, and they stay in the
// spool until somebody has looked.
func TestAttack160AStoreThatWasTakenAwayTakesNoRecord(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, path, older string){
		"deleted":                  func(t *testing.T, path, _ string) { must(t, os.Remove(path)) },
		"moved away":               func(t *testing.T, path, _ string) { must(t, os.Rename(path, path+".away")) },
		"an older one is put back": func(t *testing.T, path, older string) { must(t, os.Rename(older, path)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "trail.db")
			s, err := sqlite.Open(t.Context(), path)
			must(t, err)
			defer s.Close()
			must(t, s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries(1, 3))))
			content, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path+".older", content, 0o600))
			must(t, s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries(4, 6))))
			take(t, path, path+".older")
			for range 2 {
				if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", entries(7, 9))); err == nil {
					t.Fatal("records went where nobody will find them, and were acknowledged")
				}
			}
		})
	}
}

func entries(first, last int) []spool.Entry {
	return trailtest.Chain(trailtest.Records("region-1", last)...)[first-1 : last]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// SQLite makes connections when they are wanted. One that is made after the file was deleted
// leaves no empty trail in its place.
func TestAttack161ADeletedTrailIsNotMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	must(t, os.Remove(path))
	if err := sqlite.Connect(t, s); err == nil {
		t.Error("it asks a trail that is not there")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty trail stands where the deleted one stood")
	}
}
