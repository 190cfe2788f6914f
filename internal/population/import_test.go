package population_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// Feeds are taken by the importer that a region uses, and the registry ends where the last
// feed, whole, says that it should be.
func TestEveryFeedIsImported(t *testing.T) {
	r := region(t, 450) // 5,000 lines
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "registry.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, f := range every() {
		var feed bytes.Buffer
		told := write(t, r, &feed, f)
		done, err := intake.Import(context.Background(), store, &feed, intake.Options{By: "tester"})
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		if done.Resources != told.Lines() || done.Resources == 0 {
			t.Errorf("%+v: %d resources imported of %d", f, done.Resources, told.Lines())
		}
		switch {
		case f.Generation == 0 && done.Added < told.Lines():
			t.Errorf("%d entries of %d lines", done.Added, told.Lines())
		case f.Whole && (done.Added > 0 || done.Changed > 0):
			t.Errorf("the whole of the last feed added %d and changed %d entries", done.Added, done.Changed)
		case !f.Whole && f.Generation > 0 && done.Unchanged > told.Patients: // a link and a restriction stay as they are
			t.Errorf("%+v: %d entries say nothing new, of %d patients", f, done.Unchanged, told.Patients)
		}
	}
}
