package people_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
	"github.com/mycarerecord/mcr/upstreams"
)

func population(t testing.TB, seed uint64) *people.Population {
	t.Helper()
	sources, err := upstreams.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := people.New(people.Options{Seed: seed, Today: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC), From: sources})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheRegistryTakesTheRegionAndTakingItTwiceChangesNothing(t *testing.T) {
	lines := population(t, 1).Registry()
	r, err := sqlite.Open(filepath.Join(t.TempDir(), "registry.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := intake.Import(t.Context(), r, bytes.NewReader(lines), intake.Options{By: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Count(lines, []byte("\n")); first.Resources != want || first.Added < want {
		t.Errorf("imported %+v, want all %d lines", first, want)
	}
	again, err := intake.Import(t.Context(), r, bytes.NewReader(lines), intake.Options{By: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	if again.Added != 0 || again.Changed != 0 {
		t.Errorf("the second import did %+v, want nothing new", again)
	}
}
