package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// unavailable holds when nothing at all is claimed to be known.
func unavailable(t *testing.T, r *registry.Registry, when string) {
	t.Helper()
	if diff := cmp.Diff(access.Facts{}, gather(r, alice), compared); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// raw gives plain SQL access to the file, as an administrator has.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestFactsAreUnavailableWhileTheFileIsGoneOrAnother(t *testing.T) {
	dir := t.TempDir()
	path, away := filepath.Join(dir, "registry.db"), filepath.Join(dir, "away.db")
	var now atomic.Int64
	r := over(store(t, path, sqlite.Options{Clock: func() time.Time { return noon.Add(time.Duration(now.Load())) }}))
	known := func(when string) {
		t.Helper()
		if got := gather(r, alice).Identity.State; got != access.Known {
			t.Errorf("%s: identity is %v", when, got)
		}
	}
	known("at first")
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	now.Add(int64(time.Second)) // Options.FileCheck
	unavailable(t, r, "gone")
	if err := r.Check(context.Background()); err == nil || !strings.Contains(err.Error(), "put it back") {
		t.Errorf("check: %v", err)
	}
	if _, err := r.Prepare(context.Background(), agrees(asks(alice)), "p1"); err == nil {
		t.Error("a change of a file that is gone was prepared")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unavailable(t, r, "replaced")
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	known("put back")
	if err := r.Check(context.Background()); err != nil {
		t.Errorf("check: %v", err)
	}
}

func TestFactsAreUnavailableAfterClose(t *testing.T) {
	r := open(t, fresh(t))
	gather(r, alice)
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	unavailable(t, r, "closed")
	if err := r.Check(context.Background()); err == nil {
		t.Error("check of a closed registry is fine")
	}
	if _, err := r.Prepare(context.Background(), agrees(asks(alice)), "p1"); err == nil {
		t.Error("a change was prepared after Close")
	}
	if _, err := r.History(context.Background(), "p1"); err == nil {
		t.Error("history was read after Close")
	}
}

func TestFactsAreUnavailableWhenAnEntryCannotBeRead(t *testing.T) {
	for name, row := range map[string]string{
		"not JSON":             `'x', 1, 'opt-out', 'active', @p, '', '', NULL, NULL, '{', 'x', 0`,
		"not an ODS code":      `'x', 1, 'opt-out', 'active', @p, 'no', '', NULL, NULL, '{}', 'x', 0`,
		"a link to no number":  `'x', 1, 'number-link', 'active', @p, '', '', NULL, NULL, '{"other":"1"}', 'x', 0`,
		"a period of words":    `'x', 1, 'opt-out', 'active', @p, '', '', 'soon', NULL, '{}', 'x', 0`,
		"an unknown detail":    `'x', 1, 'permission', 'active', @p, '', '', NULL, NULL, '{"only":"on Mondays"}', 'x', 0`,
		"a fork of two people": `'x', 1, 'number-link', 'active', @p, '', '', NULL, NULL, '{"other":"` + bob.Digits() + `","link":"seealso"}', 'x', 0`,
	} {
		path := fresh(t)
		r := open(t, path)
		if err := add(r, objects(1, registry.Active)); err != nil {
			t.Fatal(err)
		}
		gather(r, alice)
		if _, err := raw(t, path).Exec(`INSERT INTO entry (id, version, kind, status, patient, organisation, user_id,
			valid_from, valid_until, body, recorded_by, recorded_at) VALUES (` + strings.Replace(row, "@p", "'"+alice.Digits()+"'", 1) + `)`); err != nil {
			t.Fatal(name, err)
		}
		unavailable(t, r, name)
	}
}

func TestFactsAreUnavailableWhenTheFileIsDamaged(t *testing.T) {
	path := fresh(t)
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		e := objects(1, registry.Active)
		e.ID = fmt.Sprint("o", i)
		if err := add(s, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(content); i++ { // all but the schema
		content[i] ^= 0x5a
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return // seen at once: as good
	}
	defer s.Close()
	unavailable(t, over(s), "damaged")
}

func TestWhatIsNotAUsableRegistryIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	open(t, newer)
	if _, err := raw(t, newer).Exec("INSERT INTO schema_version VALUES (999, 'x', 0)"); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked.db")
	db := raw(t, locked)
	if _, err := db.Exec("PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE t (a); BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"garbage": path, "made by a newer mcr": newer, "locked": locked,
		"no folder": filepath.Join(dir, "none", "registry.db"), "a folder": dir} {
		s, err := sqlite.Open(path, sqlite.Options{Wait: 10 * time.Millisecond})
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", name)
		} else if !strings.HasPrefix(err.Error(), "opening registry: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "regi stry?#%.db")
	open(t, path)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", suffix, info.Mode(), err)
		}
	}
}

func TestHistoryIsNeverOverwritten(t *testing.T) {
	path := fresh(t)
	r := open(t, path)
	record(t, r, agrees(asks(alice)), "p1")
	versions, err := r.History(context.Background(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	for _, attempt := range []string{"UPDATE entry SET status = 'active'", "DELETE FROM entry", "DELETE FROM entry WHERE id = 'p1' AND version = 1",
		"INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 1", "REPLACE INTO entry SELECT 99, id, version, kind, 'void', patient, organisation, user_id, valid_from, valid_until, body, recorded_by, recorded_at FROM entry WHERE seq = 1"} {
		if _, err := db.Exec(attempt); err == nil {
			t.Errorf("%s was done", attempt)
		}
	}
	if again, _ := r.History(context.Background(), "p1"); !cmp.Equal(versions, again, compared) {
		t.Errorf("history is now %+v", again)
	}
}

// A writing connection that failed is replaced. One that is made after the file was deleted
// leaves no empty registry, without any opt-out, for the next start.
func TestAttack161ADeletedRegistryIsNotMadeAnew(t *testing.T) {
	path := fresh(t)
	if err := sqlite.Dial(path); err == nil {
		t.Error("a registry that is not there is written to")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty registry stands where the deleted one stood")
	}
}
