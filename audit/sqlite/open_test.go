package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

func TestOpenTrailOfAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	if _, err := sqlite.OpenTrail(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("asking made a file")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.OpenTrail(t.Context(), path); err == nil {
		t.Error("an empty file is a trail")
	}
}

func TestTheFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestASchemaOfTheFutureIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	sqlite.Exec(t, s, `PRAGMA user_version = 99`)
	s.Close()
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Error("it was opened for writing")
	}
	if _, err := sqlite.OpenTrail(t.Context(), path); err == nil {
		t.Error("it was opened for asking")
	}
}

// The command line asks while the broker delivers, and after a restart.
func TestAskingBesideDelivering(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	all := trailtest.Chain(trailtest.Records("region-1", 400)...)
	asker, err := sqlite.OpenTrail(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer asker.Close()
	stop := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if _, err := asker.Tail(context.Background(), audit.Scope{Limit: 50}); err != nil {
				stop <- err
				return
			}
		}
		stop <- nil
	}()
	for from := 0; from < len(all); from += 20 {
		if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all[from:from+20])); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-stop; err != nil {
		t.Error(err)
	}
	s.Close()
	if s, err = sqlite.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if seq, _, err := s.Highest(t.Context(), "region-1"); err != nil || seq != 400 {
		t.Errorf("after a restart %d, %v", seq, err)
	}
}

func TestTheViewForPeopleWithAPrompt(t *testing.T) {
	s := open(t)
	all := trailtest.Chain(trailtest.Records("region-1", 3)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Fatal(err)
	}
	got := sqlite.One(t, s, `SELECT broker || ' ' || seq || ' ' || id || ' ' || reason || ' ' || user_org || ' ' || source FROM trail WHERE seq = 2`)
	if want := "region-1 2 0195f2c0-region-1-000001 permission-to-view RXA01 gp-riverside"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each question has its index: none reads the whole table.
func TestQuestionsUseTheirIndex(t *testing.T) {
	s := open(t)
	for _, question := range sqlite.Questions {
		for _, step := range sqlite.Plan(t, s, question) {
			if slices.Contains([]string{"SCAN record", "SCAN r", "SCAN brief", "SCAN i"}, step) {
				t.Errorf("%s\nreads the whole table", question)
			}
		}
	}
}
