package main_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asks makes n requests, each of which leaves a record.
func (s *site) asks(n int) {
	s.t.Helper()
	for range n {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			s.t.Fatal(status, text, err)
		}
	}
}

// meddle changes the trail's file over a connection of its own.
func (s *site) meddle(statement string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "data", "trail.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(s.t.Context(), statement); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) redeliver(more ...string) (string, error) {
	s.t.Helper()
	return s.run(append([]string{"audit", "redeliver", "--data", "data", "--address", s.admin}, more...)...)
}

// What the trail lost is delivered again by hand beside a broker that runs and with one that
// was stopped, and by itself when one starts on an older trail.
func TestWhatTheTrailLostIsDeliveredAgain(t *testing.T) {
	s := newSite(t, answering("x"), "spool {\ncompare_every 1h\n}")
	s.start()
	s.asks(4)
	s.stop()
	trail := filepath.Join(s.dir, "data", "trail.db")
	older, err := os.ReadFile(trail)
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	s.asks(3)
	s.meddle(`DELETE FROM record WHERE key & 0xFFFFFFFFFFFF IN (2, 3)`)
	if out, err := s.redeliver(); err != nil || !strings.Contains(out, "\n2 that the store had lost were delivered again") {
		t.Errorf("beside the broker: %v\n%s", err, out)
	}
	if out, err := s.redeliver("--all"); err != nil || !strings.Contains(out, "Nothing is missing.") {
		t.Errorf("again: %v\n%s", err, out)
	}
	s.stop()
	s.meddle(`DELETE FROM record`)
	if out, err := s.run("audit", "redeliver", "--trail", "data/trail.db"); err == nil || !strings.Contains(out, "--id") {
		t.Errorf("without its id: %v\n%s", err, out)
	}
	if out, err := s.redeliver("--all"); err != nil || !strings.Contains(out, "\n7 that the store had lost were delivered again") {
		t.Errorf("with the broker stopped: %v\n%s", err, out)
	}
	if n := len(s.recorded()); n != 7 {
		t.Errorf("%d records, want 7", n)
	}
	if err := os.WriteFile(trail, older, 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.asks(1)
	if out, err := s.redeliver(); err != nil { // waits for the comparison of the start
		t.Errorf("after the start: %v\n%s", err, out)
	}
	s.stop()
	for id, n := range s.recorded() {
		if n != 1 {
			t.Errorf("record %s is there %d times", id, n)
		}
	}
	if n := len(s.recorded()); n != 8 {
		t.Errorf("%d records after an older trail was put back, want 8", n)
	}
}

// What cannot be delivered again is red, by name, until somebody has accepted it.
func TestWhatIsGoneFromTheTrailIsRedUntilItIsAccepted(t *testing.T) {
	s := newSite(t, answering("x"), "spool {\nhold 1ms\ncompare_every 1h\n}")
	s.start()
	s.asks(4)
	s.stop()
	s.start() // a new segment: the one before is let go when more is delivered
	s.asks(1)
	s.stop()
	s.start()
	s.meddle(`DELETE FROM record WHERE key & 0xFFFFFFFFFFFF IN (2, 3)`)
	out, err := s.redeliver()
	if err == nil || !strings.Contains(out, "2 records, numbers 2-3.") {
		t.Fatalf("%v\n%s", err, out)
	}
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, `"trail-missing"`) || !strings.Contains(text, `"red"`) {
		t.Errorf("/readyz: %s", text)
	}
	if out, err := s.redeliver("--accept", "rows deleted by a test"); err == nil {
		t.Errorf("nobody accepted it: %s", out)
	}
	if out, err := s.redeliver("--accept", "rows deleted by a test", "--by", "A. Officer"); err != nil || !strings.Contains(out, "Accepted") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, text := s.ready(); strings.Contains(text, `"trail-missing"`) {
		t.Errorf("/readyz: %s", text)
	}
	s.stop()
	if out, err := s.run("audit", "refused", "--trail", "data/trail.db"); err != nil || !strings.Contains(out, "loss-accepted") {
		t.Errorf("in the trail: %v\n%s", err, out)
	}
}
