package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// A copy that is made while others write is whole: SQLite's own program finds no fault in it and
// reads what was committed before, and every change in it is in it altogether.
func TestABackupBesideWritersIsWhole(t *testing.T) {
	path := fresh(t)
	s := store(t, path, sqlite.Options{})
	other := store(t, path, sqlite.Options{}) // as another process has it
	ctx := context.Background()
	two := func(i int) { // entries in one change
		one, another := objects(1, registry.Active), objects(1, registry.Active)
		one.ID, another.ID = fmt.Sprint("a", i), fmt.Sprint("b", i)
		if err := add(other, one, another); err != nil {
			t.Error(err)
		}
	}
	for i := range 50 {
		two(i)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 50; ; i++ {
			select {
			case <-stop:
				return
			default:
				two(i)
			}
		}
	}()
	folder := t.TempDir()
	copies := []string{filepath.Join(folder, "1.db"), filepath.Join(folder, "2.db")}
	for _, to := range copies {
		if err := s.Backup(ctx, to); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-stopped
	sqlite3, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("SQLite's own program is not here")
	}
	for _, to := range copies {
		info, err := os.Stat(to)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		said, err := exec.Command(sqlite3, "-readonly", to, "PRAGMA integrity_check; SELECT count(*) >= 100, count(*) % 2, max(seq) = count(*) FROM entry").CombinedOutput()
		if err != nil || string(said) != "ok\n1|0|1\n" {
			t.Errorf("sqlite3: %v\n%s", err, said)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if diff := cmp.Diff(copies, files); err != nil || diff != "" {
		t.Errorf("%v: something is left beside (-want +got):\n%s", err, diff)
	}
	if err := s.Backup(ctx, copies[0]); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	// In the place of the file it is the registry that it was.
	if f := gather(over(store(t, copies[1], sqlite.Options{})), alice); len(f.OptOut.Value.ID) == 0 {
		t.Error("the copy does not know of the opt-out")
	}
}

// A registry that is damaged gives no copy that somebody would rely on.
func TestADamagedRegistryGivesNoBackup(t *testing.T) {
	path := fresh(t)
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		e := objects(1, registry.Active)
		e.ID = fmt.Sprint("an opt-out with a long name ", i)
		if err := tx.Add(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tx.Commit(), s.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), alice.Digits(), "9990000019")), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = sqlite.Open(path, sqlite.Options{}); err != nil {
		return // refused sooner
	}
	defer s.Close()
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(context.Background(), to); err == nil {
		t.Error("it was copied")
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("there is a copy")
	}
}
