//go:build linux

package sqlite_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// Every commit shows in the WAL index, whoever makes it and whatever becomes of the
// WAL, and nothing else does.
func TestTheWALIndexShowsEveryCommit(t *testing.T) {
	path := fresh(t)
	s := store(t, path, sqlite.Options{})
	r := over(s)
	db := raw(t, path)
	other := start(t, "record", path)
	quietly := func(when string) {
		t.Helper()
		gather(r, alice)
		for range 3 {
			if !s.SeesWALIndex() {
				t.Errorf("%s: the WAL index shows a change that nobody made", when)
			}
			gather(r, bob)
		}
	}
	quietly("at first")
	for i, change := range []struct {
		name string
		make func()
	}{
		{"own commit", func() { record(t, r, agrees(asks(alice)), "p1") }},
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
		if s.SeesWALIndex() {
			t.Errorf("%s: the WAL index does not show it", change.name)
		}
		if got := len(gather(r, alice).Permissions.Value); got != i+1 {
			t.Errorf("%s: %d permissions", change.name, got)
		}
		quietly(change.name)
	}
}

func TestSQLiteIsAskedNowAndThenInAnyCase(t *testing.T) {
	var now atomic.Int64
	s := store(t, fresh(t), sqlite.Options{Clock: func() time.Time { return noon.Add(time.Duration(now.Load())) }})
	r := over(s)
	for range 5 {
		if got := gather(r, alice).Identity.State; got != access.Known || !s.SeesWALIndex() {
			t.Errorf("identity is %v, the WAL index is seen: %v", got, s.SeesWALIndex())
		}
		now.Add(int64(time.Second))
	}
}

func sqlInsert(t *testing.T, path, id string) {
	t.Helper()
	if _, err := raw(t, path).Exec(`INSERT INTO entry (id, version, kind, status, patient, organisation, user_id, body, recorded_by, recorded_at)
		VALUES (?, 1, 'permission', 'active', ?, 'RXA01', 'u1', '{"given":true}', 'x', 0)`, id, alice.Digits()); err != nil {
		t.Fatal(err)
	}
}
