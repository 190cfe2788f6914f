//go:build linux

package registry_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
)

// Every commit shows in the WAL index, whoever makes it and whatever becomes of the
// WAL, and nothing else does.
func TestTheWALIndexShowsEveryCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path)
	db := raw(t, path)
	other := start(t, "record", path)
	quietly := func(when string) {
		t.Helper()
		gather(r, asks(number(1)))
		for range 3 {
			if !r.SeesWALIndex() {
				t.Errorf("%s: the WAL index shows a change that nobody made", when)
			}
			gather(r, asks(number(2)))
		}
	}
	quietly("at first")
	for i, change := range []struct {
		name string
		make func()
	}{
		{"own commit", func() { record(t, r, states(asks(number(1)), access.RecordPermission, access.Statement{}), "p1") }},
		{"another process's", func() { other.do("p2") }},
		{"another connection's", func() { sqlInsert(t, path, "x1") }},
		{"the WAL is begun anew", func() {
			if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
			other.do("p3")
		}},
		{"and again", func() {
			if _, err := db.Exec("PRAGMA wal_checkpoint(RESTART)"); err != nil {
				t.Fatal(err)
			}
			sqlInsert(t, path, "x2")
		}},
	} {
		change.make()
		if r.SeesWALIndex() {
			t.Errorf("%s: the WAL index does not show it", change.name)
		}
		if got := len(gather(r, asks(number(1))).Permissions.Value); got != i+1 {
			t.Errorf("%s: %d permissions", change.name, got)
		}
		quietly(change.name)
	}
}

func TestSQLiteIsAskedNowAndThenInAnyCase(t *testing.T) {
	var now atomic.Int64
	r, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"),
		quiet(registry.Options{Clock: func() time.Time { return noon.Add(time.Duration(now.Load())) }}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 5 {
		if got := gather(r, asks(number(1))).Identity.State; got != access.Known || !r.SeesWALIndex() {
			t.Errorf("identity is %v, the WAL index is seen: %v", got, r.SeesWALIndex())
		}
		now.Add(int64(time.Second))
	}
}

func sqlInsert(t *testing.T, path, id string) {
	t.Helper()
	if _, err := raw(t, path).Exec(`INSERT INTO entry (id, version, kind, status, patient, organisation, user_id, body, recorded_by, recorded_at)
		VALUES (?, 1, 'permission', 'active', ?, 'RXA01', 'u1', '{"given":true}', 'x', 0)`, id, number(1).Digits()); err != nil {
		t.Fatal(err)
	}
}
