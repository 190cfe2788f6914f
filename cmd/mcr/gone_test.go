package main_test

import (
	"net/http"
	"os"
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
// that it does not know, as soon as it has looked, which it does each second. (Of an
// organisation's own record nothing needs to be known.)
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
			s.asksUntil(other, http.StatusServiceUnavailable) // it looks every second
			if answer, err := http.Get("http://" + s.listen + "/readyz"); err != nil || answer.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("/readyz: %v %v, want 503", answer, err)
			}
		})
	}
}

// asksUntil asks for the same until it is answered with a status: not in one breath, since each
// answer is a record that is written to the disk, and other tests wait for that too.
func (s *site) asksUntil(token string, want int) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(3 * time.Minute); ; <-tick.C {
		status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", token, "")
		if status == want {
			return
		}
		select {
		case ended := <-s.exited:
			s.command = nil
			s.t.Fatalf("mcr has ended: %v", ended)
		default:
		}
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("%d %v, want %d: %s", status, err, want, text)
		}
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

// Whatever stands in the data folder and goes: within the second in which it is looked
// for, nothing leaves any more, an organisation's own record neither; the refusal is
// recorded where it can be; and when it is back all goes on.
func TestAttack161WhateverIsGoneNothingIsReleasedUntilItIsBack(t *testing.T) {
	for name, c := range map[string]struct{ away, back string }{
		"the registry": {`mkdir away && mv data/registry.db* away/`, `mv away/* data/`},
		"the trail":    {`mkdir away && mv data/trail.db* away/`, `mv away/* data/`},
		"the keys":     {`mv data/keys away`, `cp away data/keys && chmod 600 data/keys`}, // a copy will do
		"the folder":   {`mv data away`, `mv away data`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, answering("CANARY-away"), "")
			s.start()
			own := s.token("u1", "RZ1")
			until := func(want int) { t.Helper(); s.asksUntil(own, want) } // it looks every second
			until(http.StatusOK)
			s.sh(c.away)
			until(http.StatusServiceUnavailable)
			s.unhealthy()
			if name == "the trail" { // nor is anything told at a terminal
				if out, err := s.run("registry", "show", "9990000018"); err == nil || !strings.Contains(out, "nothing is shown") {
					t.Errorf("registry show: %v\n%s", err, out)
				}
			}
			if name == "the folder" { // a reload makes none where it stood, and no keys in it
				if out, err := s.run("reload", "--force", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "until all is in its place") {
					t.Errorf("reload: %v\n%s", err, out)
				}
				if _, err := os.Stat(filepath.Join(s.dir, "data")); err == nil {
					t.Error("a data folder was made where the other one stood")
				}
			}
			s.sh(c.back)
			until(http.StatusOK)
			if answer, err := http.Get("http://" + s.listen + "/healthz"); err != nil || answer.StatusCode != http.StatusOK {
				t.Errorf("it is back, and /healthz is %v %v", answer, err)
			}
			s.stop()
			if out, err := s.run("audit", "refused", "--trail", "data/trail.db"); err != nil || name != "the folder" && !strings.Contains(out, "data-not-in-place") {
				t.Errorf("the refusals are not in the trail: %v\n%s", err, out)
			}
			if _, err := os.Stat(filepath.Join(s.dir, "data.gone")); err == nil {
				t.Error("the word that it was gone is left")
			}
			s.start() // and nothing is missing
		})
	}
}

// The folder is deleted, with everything in it, while records were written: the start
// that finds nothing there is none, until somebody has looked. What the broker was just
// writing may come back into a folder that was emptied (the checkpoint does, when records
// were being delivered), or not: both are the same to the start.
func TestAttack161AFolderThatWasDeletedIsNoFirstStart(t *testing.T) {
	for name, c := range map[string]struct{ away, back string }{
		"the folder":                 {`rm -rf data || rm -rf data`, ``},
		"all in it":                  {`rm -rf data/* || rm -rf data/*`, ``},
		"all but the checkpoint":     {`cp data/checkpoint kept; rm -rf data/* || rm -rf data/*`, `cp kept data/checkpoint`},
		"all but what was delivered": {`rm -rf data/* || rm -rf data/*`, `rm -f data/checkpoint data.gone; echo '{}' >data/checkpoint.sending`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, answering("x"), "")
			s.start()
			own := s.token("u1", "RZ1")
			if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, ""); err != nil || status != http.StatusOK {
				t.Fatal(status, text, err)
			}
			s.sh(c.away)
			word := filepath.Join(s.dir, "data.gone")
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for deadline := time.Now().Add(3 * time.Minute); ; <-tick.C {
				if _, err := os.Stat(word); err == nil {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("no word was left beside the folder")
				}
				if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, ""); err != nil || status != http.StatusServiceUnavailable {
					t.Fatalf("%d %v %s", status, err, text)
				}
			}
			s.stop()
			s.sh(c.back)
			out, err := s.run("run", "--config", "Caddyfile")
			if err == nil || !strings.Contains(out, "accept-gap") || !strings.Contains(out, "registry.db is gone") {
				t.Fatalf("it started as if for the first time, or does not say what is gone: %v\n%s", err, out)
			}
			out, err = s.run("audit", "accept-gap", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "the folder was deleted by mistake")
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			// Who accepts that records are lost has not said that nobody had opted out.
			out, err = s.run("run", "--config", "Caddyfile")
			if err == nil || strings.Contains(out, "accept-gap") || !strings.Contains(out, "registry.db is gone") {
				t.Fatalf("it started with an empty registry: %v\n%s", err, out)
			}
			write(t, filepath.Join(s.dir, "facts.ndjson"), "")
			if out, err := s.run("registry", "import", "--registry", "data/registry.db", "facts.ndjson"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			s.start()
		})
	}
}

// The broker ends within the second in which it would have looked: it looks once more.
func TestAttack161ABrokerThatEndsAtOnceLeavesWordToo(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.sh(`mv data away`)
	s.stop()
	s.sh(`mkdir -m 700 data && cp away/keys data/keys`)
	// The word is heard by accept-gap too, when no start was tried.
	if out, err := s.run("audit", "accept-gap", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "the folder is lost"); err != nil {
		t.Fatalf("no word was left: %v\n%s", err, out)
	}
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || strings.Contains(out, "accept-gap") || !strings.Contains(out, "registry.db is gone") {
		t.Fatalf("it started with an empty registry: %v\n%s", err, out)
	}
	s.sh(`rm -rf data && mv away data`)
	s.start() // all is back, and no word is left
	if _, err := os.Stat(filepath.Join(s.dir, "data.gone")); err == nil {
		t.Error("the word that it was gone is left")
	}
}

// The trail alone is left, as one that stands elsewhere is, and no word: the registry is
// missed as well, before and after the gap is accepted.
func TestAttack161WithNothingLeftButTheTrailTheRegistryIsMissed(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop() // all is in the trail
	s.sh(`mv data/trail.db kept && rm -rf data && mkdir -m 700 data && mv kept data/trail.db`)
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "accept-gap") || !strings.Contains(out, "registry.db is gone") {
		t.Errorf("it started as if for the first time, or does not say what is gone: %v\n%s", err, out)
	}
	if out, err := s.run("audit", "accept-gap", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "the disk was lost"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || strings.Contains(out, "accept-gap") || !strings.Contains(out, "registry.db is gone") {
		t.Errorf("it started with an empty registry: %v\n%s", err, out)
	}
}
