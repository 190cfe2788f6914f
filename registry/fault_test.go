package registry_test

import (
	"context"
	"database/sql"
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
)

// unavailable holds when nothing at all is claimed to be known.
func unavailable(t *testing.T, r *registry.Registry, when string) {
	t.Helper()
	if diff := cmp.Diff(access.Facts{}, gather(r, asks(number(1))), compared); diff != "" {
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
	r, err := registry.Open(path, quiet(registry.Options{Clock: func() time.Time { return noon.Add(time.Duration(now.Load())) }}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	known := func(when string) {
		t.Helper()
		if got := gather(r, asks(number(1))).Identity.State; got != access.Known {
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
	if _, err := r.Prepare(context.Background(), states(asks(number(1)), access.RecordPermission, access.Statement{}), "p1"); err == nil {
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
	r, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	gather(r, asks(number(1)))
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	unavailable(t, r, "closed")
	if err := r.Check(context.Background()); err == nil {
		t.Error("check of a closed registry is fine")
	}
	if _, err := r.Prepare(context.Background(), states(asks(number(1)), access.RecordPermission, access.Statement{}), "p1"); err == nil {
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
		"a fork of two people": `'x', 1, 'number-link', 'active', @p, '', '', NULL, NULL, '{"other":"` + number(2).Digits() + `","link":"seealso"}', 'x', 0`,
	} {
		path := filepath.Join(t.TempDir(), "registry.db")
		r := open(t, path)
		load(t, r, episode("e", number(1), "RXA01", "active", `{}`))
		gather(r, asks(number(1)))
		if _, err := raw(t, path).Exec(`INSERT INTO entry (id, version, kind, status, patient, organisation, user_id,
			valid_from, valid_until, body, recorded_by, recorded_at) VALUES (` + strings.Replace(row, "@p", "'"+number(1).Digits()+"'", 1) + `)`); err != nil {
			t.Fatal(name, err)
		}
		unavailable(t, r, name)
	}
}

func TestFactsAreUnavailableWhenTheFileIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r, err := registry.Open(path, quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	load(t, r, region(20))
	if err := r.Close(); err != nil {
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
	r, err = registry.Open(path, quiet(registry.Options{}))
	if err != nil {
		return // seen at once: as good
	}
	defer r.Close()
	unavailable(t, r, "damaged")
}

func TestWhatIsNotAUsableRegistryIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	r, err := registry.Open(newer, quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
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
		r, err := registry.Open(path, quiet(registry.Options{Wait: 10 * time.Millisecond}))
		if err == nil {
			r.Close()
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
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path)
	q := states(asks(number(1)), access.RecordPermission, access.Statement{How: "in-person"})
	record(t, r, q, "p1")
	q = states(asks(number(1)), access.Withdraw, access.Statement{Permission: "p1", How: "telephone"})
	q.Time = noon.Add(time.Hour)
	record(t, r, q, "w1")
	versions, err := r.History(context.Background(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	first := registry.Entry{ID: "p1", Version: 1, Kind: registry.KindPermission, Status: registry.Active, Patient: number(1),
		Organisation: ods("RXA01"), UserID: "u1", Validity: access.Validity{From: noon, Until: noon.Add(30 * 24 * time.Hour)},
		Detail: registry.Detail{Given: true, How: "in-person"}, RecordedBy: "u1", RecordedAt: noon}
	second := first
	second.Version, second.Status, second.Detail.EndedBy, second.RecordedAt = 2, registry.Withdrawn, "w1", noon.Add(time.Hour)
	if diff := cmp.Diff([]registry.Entry{first, second}, versions, compared); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	all, err := r.Entries(context.Background(), number(1), "")
	if err != nil || len(all) != 3 {
		t.Errorf("entries are %+v, %v", all, err)
	}
	if only, err := r.Entries(context.Background(), number(1), registry.KindPermission); err != nil || len(only) != 2 {
		t.Errorf("permissions are %+v, %v", only, err)
	}
	if _, err := r.History(context.Background(), "none"); err == nil {
		t.Error("an entry that is not there has a history")
	}
	db := raw(t, path)
	for _, attempt := range []string{"UPDATE entry SET status = 'active'", "DELETE FROM entry", "DELETE FROM entry WHERE id = 'p1' AND version = 2",
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
	path := filepath.Join(t.TempDir(), "registry.db")
	if err := registry.Dial(path); err == nil {
		t.Error("a registry that is not there is written to")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty registry stands where the deleted one stood")
	}
}
