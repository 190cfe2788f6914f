package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// A registry from before there were dates of birth goes on: what is on record is there in its
// order, is as protected as before, and takes the new kind.
func TestARegistryOfAnOlderSchemaGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	db := raw(t, path)
	run := func(script string, args ...any) {
		t.Helper()
		if _, err := db.Exec(script, args...); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)")
	for i, file := range []string{"0001_entry.sql", "0002_note.sql"} {
		script, err := os.ReadFile(filepath.Join("migrations", file))
		if err != nil {
			t.Fatal(err)
		}
		run(string(script))
		run("INSERT INTO schema_version VALUES (?, ?, 0)", i+1, file)
	}
	const insert = `INSERT INTO entry (seq, id, version, kind, status, patient, body, recorded_by, recorded_at) VALUES (?, ?, ?, ?, 'active', ?, ?, 'x', ?)`
	run(insert, 3, "o", 1, "opt-out", alice.Digits(), "{}", noon.UnixMicro())
	run(insert, 7, "r", 1, "restriction", alice.Digits(), `{"code":"R"}`, noon.UnixMicro())
	run(insert, 9, "r", 2, "restriction", alice.Digits(), `{"code":"V"}`, noon.UnixMicro())
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := store(t, path, sqlite.Options{})
	birth := registry.Entry{ID: "b", Version: 1, Kind: registry.KindBirth, Status: registry.Active, Patient: alice,
		Detail: registry.Detail{Born: "2010-05-17"}, RecordedBy: "x", RecordedAt: noon}
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Add(t.Context(), birth); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	f := gather(over(s), alice)
	if f.OptOut.State != access.Known || f.Restriction.Value.Code != "V" || f.Age.State != access.Known {
		t.Errorf("known is %+v", f)
	}
	again := raw(t, path)
	rows, err := again.Query("SELECT seq, id FROM entry ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all string
	for rows.Next() {
		var seq int
		var id string
		if err := rows.Scan(&seq, &id); err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprint(seq, id, " ")
	}
	if want := "3o 7r 9r 10b "; all != want || rows.Err() != nil {
		t.Errorf("rows are %s, want %s: %v", all, want, rows.Err())
	}
	for _, forbidden := range []string{"UPDATE entry SET status = 'void'", "DELETE FROM entry",
		"INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 3"} {
		if _, err := again.Exec(forbidden); err == nil {
			t.Errorf("%s was done", forbidden)
		}
	}
}
