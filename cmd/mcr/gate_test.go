package main_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// slip is one way in which a folder of policies is not fit to be in force.
type slip struct {
	name  string
	make  func(t *testing.T, folder string)
	tells string // what the refusal says among others
}

func change(file, from, to string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		t.Helper()
		path := filepath.Join(folder, file)
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), from) {
			t.Fatalf("there is no %q in %s: %v", from, file, err)
		}
		write(t, path, strings.Replace(string(text), from, to, 1))
	}
}

// permitAll is a rule that permits everything to everybody, as well written as any.
const permitAll = `# METADATA
# title: Everybody
# description: Everybody may see everything.
# custom:
#   promise: None.
#   reasons:
#   - own-record
package mcr.rules.everybody

import rego.v2

# METADATA
# title: Everybody
# description: Everybody may see everything.
permit contains "own-record"

# METADATA
# title: Everything
# description: Everything is released.
plan contains {"categories": data.categories.every, "labels": data.categories.every}
`

// unclear is a complete rule with two values: every decision that asks for it fails.
const unclear = `

# METADATA
# title: Of age
# description: Says two things at once.
of_age := true

of_age := false if {
	input.request
}

deny contains "opted-out" if {
	of_age
	false
}
`

func slips() []slip {
	return []slip{
		{"a syntax error", change("rules/opt_out/opt_out.rego", "deny contains", "deny contains contains"), "rules/opt_out/opt_out.rego:"},
		{"a case that is decided otherwise", change("testdata/decisions/opt_out.yaml", "decision: refuse", "decision: permit"), "testdata/decisions/opt_out.yaml:"},
		{"a Rego test that fails", func(t *testing.T, folder string) {
			path := filepath.Join(folder, "rules/opt_out/opt_out_test.rego")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, string(text)+"\ntest_that_fails if {\n\t1 == 2\n}\n")
		}, "test_that_fails"},
		{"a rule that permits everything", func(t *testing.T, folder string) {
			write(t, filepath.Join(folder, "rules/everybody/everybody.rego"), permitAll)
		}, "everybody"},
		{"a rule that makes all unclear", func(t *testing.T, folder string) {
			path := filepath.Join(folder, "rules/opt_out/opt_out.rego")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, string(text)+unclear)
		}, "of_age"},
		{"a misspelt reason", change("rules/opt_out/opt_out.rego", `"opted-out"`, `"opted-ouf"`), "opted-ouf"},
		{"a missing list", remove("data/reasons.json"), "reasons"},
		{"a list cut in half", func(t *testing.T, folder string) {
			if err := os.Truncate(filepath.Join(folder, "data/categories.json"), 200); err != nil {
				t.Fatal(err)
			}
		}, "data/categories.json"},
		{"a rule without its opt-out", remove("rules/opt_out/opt_out.rego"), "opt_out"},
		{"no schema", remove("schema/input.json"), "schema/input.json"},
		{"no cases", remove("testdata"), "no cases"},
		{"a file that has no place", func(t *testing.T, folder string) { write(t, filepath.Join(folder, "rules/opt_out/opt_out.regp"), "x") }, "opt_out.regp"},
		{"a pipe in place of a list", func(t *testing.T, folder string) {
			path := filepath.Join(folder, "data/reasons.json")
			if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "data/reasons.json: this is no file"},
		{"an empty folder", func(t *testing.T, folder string) {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "empty"},
		{"no folder", remove("."), "policies"},
	}
}

func remove(what string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(folder, what)); err != nil {
			t.Fatal(err)
		}
	}
}

// governed is a site with a folder of policies of its own.
func governed(t *testing.T, options string) (s *site, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "policies")
	s = newSite(t, answering("x"), "policies "+folder+"\n\t\t"+options)
	restore(t, folder)
	return s, folder
}

// restore puts the shipped policies back.
func restore(t *testing.T, folder string) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, policies.FS); err != nil {
		t.Fatal(err)
	}
}

// standing is what the admin socket says is in force.
type standing struct {
	InForce struct {
		Revision, Digest, Fingerprint string
		LastGood                      string `json:"last_good"`
		By                            string
		Override                      *struct{ By, Reason string }
	} `json:"in_force"`
	Wrong, Red map[string]string
}

func (s *site) standing() (now standing) {
	s.t.Helper()
	text := s.told("/broker")
	if err := json.Unmarshal([]byte(text), &now); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return now
}

// ready gives the status and the text of /readyz.
func (s *site) ready() (int, string) {
	s.t.Helper()
	status, _, text, err := s.ask(http.MethodGet, "/readyz", "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return status, text
}

// asking sends requests, a permitted and a refused one in turn, until done is called, which
// says how many were answered. Each must be answered as the shipped policies decide.
func (s *site) asking() (done func() int) {
	own, stranger := s.token("u1", "RZ1"), s.token("u2", "RZ2")
	stop := make(chan struct{})
	var clients sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for range 2 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				token, want := own, http.StatusOK
				if i%2 == 1 {
					token, want = stranger, http.StatusForbidden
				}
				status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", token, "")
				if errors.Is(err, syscall.ECONNRESET) {
					// A connection that the kernel had given to the listener before and that nobody had
					// taken is reset when that is closed (SO_REUSEPORT): no broker saw a request.
					status, _, text, err = s.ask(http.MethodGet, "/fhir/Observation?patient=p1", token, "")
				}
				if err != nil || status != want {
					s.t.Errorf("a request: %d %v %s, want %d", status, err, text, want)
					return
				}
				mu.Lock()
				answered++
				mu.Unlock()
			}
		})
	}
	return func() int {
		close(stop)
		clients.Wait()
		return answered
	}
}

// digests gives the digests of the policies by which the requests in the trail were decided,
// each with how many.
func (s *site) digests() map[string]int {
	s.t.Helper()
	out, err := s.run("audit", "tail", "--json", "--limit", "1000000", "--trail", "data/trail.db", "--keys", "data/keys")
	if err != nil {
		s.t.Fatalf("mcr audit tail: %v\n%s", err, out)
	}
	all := map[string]int{}
	for line := range strings.Lines(out) {
		var rec struct {
			Digest string `json:"policy_digest"`
			Action string
		}
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			s.t.Fatalf("%v: %s", err, line)
		}
		if rec.Action == "view" {
			all[rec.Digest]++
		}
	}
	return all
}

// Attacks 128 and 154: with each broken folder, while requests run: a first start does not
// happen; a reload fails, says why, and changes nothing; a restart goes by the last good
// set and says so; mended, it is taken over. No request fails, and none is decided by
// anything but the good set.
func TestAttack128And154NoBrokenFolderIsEverInForce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts mcr dozens of times")
	}
	s, folder := governed(t, "")
	s.start()
	good := s.standing().InForce
	answered := 0
	for _, c := range slips() {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			restore(t, folder)
			done := s.asking()
			c.make(t, folder)
			out, err := s.run("reload", "--config", "Caddyfile")
			if err == nil || !strings.Contains(out, c.tells) || !strings.Contains(out, "nothing was taken over") {
				t.Errorf("reload: %v\n%s", err, out)
			}
			if now := s.standing().InForce; now.Digest != good.Digest {
				t.Errorf("after the reload that failed %s is in force", now.Digest)
			}
			answered += done()
			s.stop()
			s.start()
			now := s.standing()
			if now.InForce.Digest != good.Digest || now.InForce.LastGood == "" {
				t.Errorf("after the restart %+v is in force", now.InForce)
			}
			if why := now.Red["policies-last-good"]; !strings.Contains(why, c.tells) {
				t.Errorf("the admin socket does not say why: %v", now.Red)
			}
			if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, `"red"`) || !strings.Contains(text, "the last good policies are in force") {
				t.Errorf("/readyz: %d %s", status, text)
			}
			s.says("the last good policies are in force")
			done = s.asking()
			// The same folder is not taken for good because it is the same.
			if out, err := s.run("reload", "--config", "Caddyfile"); err == nil {
				t.Errorf("a reload of the same broken folder says that all is well: %s", out)
			}
			if out, err := s.run("validate", "--config", "Caddyfile"); err == nil || !strings.Contains(out, c.tells) {
				t.Errorf("validate: %v\n%s", err, out)
			}
			restore(t, folder)
			if out, err := s.run("reload", "--config", "Caddyfile"); err != nil || !strings.Contains(out, "In force now: policies "+good.Revision) {
				t.Errorf("mended: %v\n%s", err, out)
			}
			answered += done()
			if now := s.standing(); now.InForce.Digest != good.Digest || now.InForce.LastGood != "" || len(now.Red) > 0 {
				t.Errorf("mended: %+v", now)
			}
		})
	}
	s.t = t
	s.stop()
	for digest, n := range s.digests() {
		if digest != good.Digest {
			t.Errorf("%d requests were decided by %q", n, digest)
		}
	}
	if answered < 100 {
		t.Errorf("only %d requests were answered meanwhile", answered)
	}
	t.Logf("%d requests answered, all decided by %s", answered, good.Revision)
}

// Without a last good set a broker with a broken folder does not start, and says all that is
// wrong.
func TestAttack128WithoutALastGoodSetNothingStarts(t *testing.T) {
	s, folder := governed(t, "")
	for _, c := range slips() {
		restore(t, folder)
		c.make(t, folder)
		out, err := s.run("run", "--config", "Caddyfile")
		if err == nil || !strings.Contains(out, c.tells) || !strings.Contains(out, "no earlier set of policies can be gone by") {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
	// One that was kept and is not what it was is no last good set either.
	restore(t, folder)
	s.start()
	s.stop()
	kept, err := filepath.Glob(filepath.Join(s.dir, "data/revisions/*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	change("data/settings.json", `"enabled": false`, `"enabled": true`)(t, kept[0])
	remove("data/reasons.json")(t, folder)
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "it is not as it was in force") {
		t.Errorf("a kept set that was altered: %v\n%s", err, out)
	}
}
