package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The spool's end is taken away while the trail has seen it: mcr does not serve,
// says why, and serves again when an operator has accepted the gap.
func TestASpoolThatLostItsEndIsNotServedUntilAnOperatorHasLooked(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	for range 3 {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	s.stop()
	if err := os.RemoveAll(filepath.Join(s.dir, "data", "spool")); err != nil {
		t.Fatal(err)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	refused := exec.Command(path, "run", "--config", "Caddyfile")
	refused.Dir, refused.Env = s.dir, s.env()
	out, err := refused.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "accept-gap") {
		t.Fatalf("mcr served, or did not say what to do: %v\n%s", err, out)
	}
	if out, err := s.run("audit", "accept-gap", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "spool deleted by a test"); err != nil {
		t.Fatalf("accept-gap: %v\n%s", err, out)
	}
	s.start()
	status, id, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
	if err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop()
	if recorded := s.recorded(); recorded[id] != 1 || len(recorded) != 5 {
		t.Errorf("%d records, want 3 from before, the gap's own, and 1 from after", len(recorded))
	}
}

// An operator checks a new Caddyfile beside the running broker; and a second
// broker on the same folder does not start.
func TestAConfigurationCanBeValidatedBesideTheRunningBroker(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	if out, err := s.run("validate", "--config", "Caddyfile"); err != nil {
		t.Errorf("validate: %v\n%s", err, out)
	}
	write(t, s.dir+"/Other", strings.NewReplacer(s.listen, freeAddress(t), s.admin, s.admin+".other").Replace(read(t, s.dir+"/Caddyfile")))
	if out, err := s.run("run", "--config", "Other", "--adapter", "caddyfile"); err == nil || !strings.Contains(out, "another mcr runs on") {
		t.Errorf("a second broker started on the same folder: %v\n%s", err, out)
	}
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Errorf("the running broker does not answer any more: %d %v %s", status, err, text)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
