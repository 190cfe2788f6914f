package people_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/registry"
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
	r, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := r.Import(t.Context(), bytes.NewReader(lines), "demo")
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Count(lines, []byte("\n")); first.Resources != want || first.Added < want {
		t.Errorf("imported %+v, want all %d lines", first, want)
	}
	again, err := r.Import(t.Context(), bytes.NewReader(lines), "demo")
	if err != nil {
		t.Fatal(err)
	}
	if again.Added != 0 || again.Changed != 0 {
		t.Errorf("the second import did %+v, want nothing new", again)
	}
}
