package main_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The folder goes while the broker runs: with the programs that an operator, a
// script or an intruder would use. No answer leaves after it, and health is red.
func TestAttack161DataThatIsDeletedOrReplacedUnderneathReleasesNothing(t *testing.T) {
	const canary = "CANARY-gone"
	for name, script := range map[string]string{
		"the data folder is deleted":        `rm -rf data/* || rm -rf data/*`,
		"the spool is deleted":              `rm -rf data/spool || rm -rf data/spool`,
		"the data folder is moved away":     `mv data away`,
		"a copy is put in its place":        `cp -a data copy && mv data away && mv copy data`,
		"an empty one is put in its place":  `mv data away && mkdir data`,
		"the spool is restored from a copy": `cp -a data/spool copy && rm -rf data/spool; mv copy data/spool`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, answering(canary), "")
			s.start()
			own := s.token("u1", "RZ1")
			if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, ""); err != nil || status != http.StatusOK {
				t.Fatal(status, text, err)
			}
			s.sh(script)
			for _, target := range []string{"/fhir/Observation?patient=p1", "/fhir/metadata", "/fhir/Observation/none", "/fhir/Observation?patient=p1"} {
				status, _, text, err := s.ask(http.MethodGet, target, own, "")
				if err != nil || status != http.StatusServiceUnavailable || strings.Contains(text, canary) {
					t.Errorf("%s: %d %v %s", target, status, err, text)
				}
			}
			s.unhealthy()
		})
	}
}

// Without its registry a broker knows of no opt-out and of no relationship: it says
// that it does not know, within the second in which it looks. (Of an organisation's
// own record nothing needs to be known.)
func TestAttack161ARegistryThatIsDeletedOrReplacedIsNotAnEmptyOne(t *testing.T) {
	for name, script := range map[string]string{
		"it is deleted":              `rm -f data/registry.db*`,
		"it is moved away":           `mkdir away && mv data/registry.db* away/`,
		"a copy is put in its place": `cp -a data/registry.db copy && mv copy data/registry.db`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, answering("x"), "")
			s.start()
			other := s.token("u2", "RZ2")
			if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", other, ""); err != nil || status != http.StatusForbidden {
				t.Fatal(status, text, err)
			}
			s.sh(script)
			deadline := time.Now().Add(1200 * time.Millisecond) // it looks every second
			for {
				begun := time.Now()
				status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", other, "")
				if err != nil {
					t.Fatal(err)
				}
				if status == http.StatusServiceUnavailable {
					break
				}
				if begun.After(deadline) {
					t.Fatalf("a second later: %d %s", status, text)
				}
			}
			if answer, err := http.Get("http://" + s.listen + "/readyz"); err != nil || answer.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("/readyz: %v %v, want 503", answer, err)
			}
		})
	}
}

func (s *site) sh(script string) {
	s.t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = filepath.Clean(s.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", script, err, out)
	}
}
