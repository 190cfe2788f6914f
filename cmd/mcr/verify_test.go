package main_test

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Attack 136: a chain alone says nothing of its own end. Whoever can write the
// store takes the newest records away, or all of them, and computes the rest anew.
func TestAttack136AnEndThatIsTakenAwayIsFound(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	for range 3 {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	s.stop()
	out, err := s.run("audit", "verify")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := regexp.MustCompile(`test:3:[0-9a-f]{64}`).FindString(out)
	if said == "" {
		t.Fatalf("it does not say what to keep: %s", out)
	}
	notWhole := func(when string, args ...string) {
		t.Helper()
		out, err := s.run(append([]string{"audit", "verify"}, args...)...)
		if err == nil || !strings.Contains(out, "missing") {
			t.Errorf("%s: %v\n%s", when, err, out)
		}
	}
	s.deleteRecords("WHERE key = (SELECT max(key) FROM record)")
	notWhole("the newest record is gone")
	s.deleteRecords("")
	notWhole("all records are gone")
	if err := os.Remove(filepath.Join(s.dir, "data", "checkpoint")); err != nil {
		t.Fatal(err)
	}
	notWhole("only what was said last time is known", "--known", said)
	if out, err := s.run("audit", "verify", "--known", "test:3"); err == nil || !strings.Contains(out, "broker:number:hash") {
		t.Errorf("%v\n%s", err, out)
	}
}

func (s *site) deleteRecords(where string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.dir, "data", "trail.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "DELETE FROM record "+where); err != nil {
		s.t.Fatal(err)
	}
}
