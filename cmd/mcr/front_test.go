package main_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// told asks the admin socket.
func (s *site) told(path string) string {
	s.t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(s.admin, "unix/"))
	}}}
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://mcr" + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// inForce gives what is in force, and since when. What is red or waits beside it comes and
// goes by itself: while a folder and what is in force differ, say.
func (s *site) inForce() string {
	s.t.Helper()
	var told struct {
		InForce json.RawMessage `json:"in_force"`
	}
	text := s.told("/broker")
	if err := json.Unmarshal([]byte(text), &told); err != nil || len(told.InForce) == 0 {
		s.t.Fatalf("%v: %s", err, text)
	}
	return string(told.InForce)
}

// change alters the Caddyfile.
func (s *site) change(from, to string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "Caddyfile")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), from) {
		s.t.Fatalf("there is no %q in the Caddyfile: %v", from, err)
	}
	write(s.t, path, strings.Replace(string(text), from, to, 1))
}

// Attack 153: what a stranger is told of a broker that ails holds no address and no
// file; the admin socket, which is this user's alone, has it in full.
func TestAttack153StrangersAreToldNoAddress(t *testing.T) {
	s := newSite(t, answering("x"), "revocations "+t.TempDir()+"/none.jsonl")
	s.change(s.issuer.URL, "https://issuer-internal.invalid:8443/jwks?x=")
	s.startUntil(http.StatusServiceUnavailable)
	for _, path := range []string{"/readyz", "/healthz", "/fhir/Observation?patient=p1", "/fhir/metadata", "/config/", "/broker", "/metrics/../config/", "/debug/vars", "/load"} {
		statuses, bodies, _ := s.raw(s.get(path, "Authorization: Bearer "+s.token("u1", "RZ1")), 1)
		if len(statuses) != 1 {
			t.Fatalf("%s: no answer", path)
		}
		for _, inside := range []string{"issuer-internal", s.dir, "none.jsonl", strings.TrimPrefix(s.source.URL, "http://"), "dial tcp", "lookup"} {
			if strings.Contains(bodies[0], inside) {
				t.Errorf("%s tells %q: %d %s", path, inside, statuses[0], bodies[0])
			}
		}
	}
	if said := s.told("/broker"); !strings.Contains(said, "none.jsonl") {
		t.Errorf("the admin socket does not say why: %s", said)
	}
	info, err := os.Stat(strings.TrimPrefix(s.admin, "unix/"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the admin socket: %v, %v", info, err)
	}
	// A second process does not take the socket away.
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "another process answers") {
		t.Errorf("a second one started: %v\n%s", err, out)
	}
	s.told("/config/")
}

// Attack 153: a secret is in no configuration: not at the admin address, not in what
// "mcr adapt" prints, not in a file that Caddy keeps, not in what the process says.
func TestAttack153SecretsAreInNoConfiguration(t *testing.T) {
	const password = "hunter2@%:/secret"
	t.Setenv("MCR_TEST_PASSWORD", password)
	s := newSite(t, answering("x"), "trail clickhouse clickhouse://mcr:{env.MCR_TEST_PASSWORD}@127.0.0.1:1/mcr")
	s.start()
	adapted, err := s.run("adapt", "--config", "Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	s.start()
	texts := map[string]string{"adapt": adapted, "/config/": s.told("/config/"), "/broker": s.told("/broker"), "/debug/pprof/cmdline": s.told("/debug/pprof/cmdline"), "/metrics": s.told("/metrics")}
	s.stop()
	texts["what it says"] = s.said.String()
	_ = filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			text, _ := os.ReadFile(path)
			texts[path] = string(text)
			if strings.Contains(path, "autosave") {
				t.Errorf("Caddy kept the configuration: %s", path)
			}
		}
		return nil
	})
	for where, text := range texts {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the password stands in %s", where)
		}
	}
	// One in clear is refused, also where it comes out of the environment too early.
	for name, wrong := range map[string]string{
		"in clear": "mcr:hunter2@", "too early": "mcr:{$MCR_TEST_PASSWORD}@", "in part": "mcr:x{env.MCR_TEST_PASSWORD}@", "not set": "mcr:{env.MCR_TEST_NOTHING}@", "no such file": "mcr:{file.none}@",
	} {
		s := newSite(t, answering("x"), "trail clickhouse clickhouse://"+wrong+"127.0.0.1:1/mcr")
		out, err := s.run("validate", "--config", "Caddyfile")
		if err == nil || !strings.Contains(out, "trail: the password") || strings.Contains(strings.ReplaceAll(out, s.dir, ""), "hunter2") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if out, err := s.run("audit", "tail", "--trail", "clickhouse://mcr:hunter2@127.0.0.1:1/mcr", "--keys", "data/keys"); err == nil || !strings.Contains(out, "in clear") || strings.Contains(out, "hunter2") {
		t.Errorf("a password that a list of processes shows: %v\n%s", err, out)
	}
}

// Attack 153: what opens the configuration to others is not valid.
func TestAttack153AnOpenAdminAddressIsNotValid(t *testing.T) {
	for wrong, says := range map[string]string{
		"admin localhost:2019": "admin:", "admin 0.0.0.0:2019": "admin:", "admin unix//tmp/mcr-test.sock|0222": "lets everybody", "admin unix/@mcr": "abstract",
	} {
		s := newSite(t, answering("x"), "")
		s.change("admin "+s.admin, wrong)
		if out, err := s.run("validate", "--config", "Caddyfile"); err == nil || !strings.Contains(out, says) {
			t.Errorf("%s: %v\n%s", wrong, err, out)
		}
	}
	for line, says := range map[string]string{"persist_config off": "persist_config: missing", "\t\t\tbroker\n": "listener_wrappers"} {
		s := newSite(t, answering("x"), "")
		s.change(line, "")
		if out, err := s.run("validate", "--config", "Caddyfile"); err == nil || !strings.Contains(out, says) {
			t.Errorf("without %q: %v\n%s", line, err, out)
		}
	}
}

// Attack 155: policies that changed in their folder are in force after a reload of
// the same Caddyfile, without --force, and the process says what is.
func TestAttack155AReloadTakesOverWhatTheFoldersHold(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "policies")
	if err := os.CopyFS(folder, policies.FS); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, answering("x"), "policies "+folder)
	s.start()
	before := s.inForce()
	reload := func() string {
		t.Helper()
		if out, err := s.run("reload", "--config", "Caddyfile"); err != nil {
			t.Fatalf("reload: %v\n%s", err, out)
		}
		return s.inForce()
	}
	if after := reload(); after != before {
		t.Errorf("nothing changed, and something was taken over: %s\n%s", before, after)
	}
	rules, err := filepath.Glob(filepath.Join(folder, "*.rego"))
	if err != nil || len(rules) == 0 {
		t.Fatal("no policies", err)
	}
	text, err := os.ReadFile(rules[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules[0], append(text, "\n# changed\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	after := reload()
	if after == before || !strings.Contains(after, `"digest"`) {
		t.Errorf("the changed policies are not in force: %s", after)
	}
	path := filepath.Join(s.dir, "sources", "acute.yaml")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(source), "name: Acute", "name: Acute Trust", 1))
	if again := reload(); again == after {
		t.Errorf("the changed source was not taken over: %s", again)
	}
	// Policies that do not compile are not taken over, and the command says so.
	write(t, rules[0], "package broken\nallow if {")
	in := s.inForce()
	if out, err := s.run("reload", "--config", "Caddyfile"); err == nil {
		t.Errorf("policies that do not compile were taken over: %s", out)
	}
	if now := s.inForce(); now != in {
		t.Errorf("in force before the reload that failed, and after: %s\n%s", in, now)
	}
	s.stop() // it has said all that it will
	if n := strings.Count(s.said.String(), "in force from now on"); n != 3 {
		t.Errorf("what is in force was said %d times, want 3", n)
	}
}

// Attack 156: a Caddyfile that leads to a source past its broker, or alters what the
// broker judges, is not valid, does not start, and is not taken over by a reload. (The
// table of by-passes is that of caddymodule/routes.)
func TestAttack156AWayToTheSourcePastTheBroker(t *testing.T) {
	const broker = "handle /fhir* {\n\t\tbroker acute\n"
	s := newSite(t, answering("x"), "")
	upstream := strings.TrimPrefix(s.source.URL, "http://")
	whole, err := os.ReadFile(filepath.Join(s.dir, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	before := s.inForce()
	for name, c := range map[string]struct{ from, to, says string }{
		"beside":        {broker, "handle /raw* {\n\t\treverse_proxy " + upstream + "\n\t}\n\t" + broker, "past its broker"},
		"as it was":     {broker, broker + "\t\treverse_proxy " + upstream + "\n", "write instead of both:\nbroker acute {\n}"},
		"the data":      {broker, "handle /pages* {\n\t\troot * .\n\t\tfile_server\n\t}\n\t" + broker, "with it what the broker keeps"},
		"rewritten":     {broker, "rewrite /fhir/x* /fhir/Patient/p1\n\t" + broker, "rewrite stands before the broker"},
		"not verified":  {broker, "handle /fhir* {\n\t\tbroker acute {\n\t\t\ttransport {\n\t\t\t\ttls_insecure_skip_verify\n\t\t\t}\n\t\t}\n", "anybody could be the source"},
		"no such thing": {broker, "handle /fhir* {\n\t\tbroker acute {\n\t\t\ttransport {\n\t\t\t\tdial_timeot 3s\n\t\t\t}\n\t\t}\n", "dial_timeot"},
		"twice":         {broker, "handle /fhir* {\n\t\tbroker acute {\n\t\t\tbase_url " + s.source.URL + "/fhir " + s.source.URL + "/R4\n\t\t}\n", "differ in more than the host"},
	} {
		write(t, filepath.Join(s.dir, "Caddyfile"), string(whole))
		s.change(c.from, c.to)
		for _, command := range []string{"validate", "reload"} {
			out, err := s.run(command, "--config", "Caddyfile")
			if err == nil || !strings.Contains(strings.ReplaceAll(out, "\\n", "\n"), c.says) {
				t.Errorf("%s: mcr %s: %v\n%s", name, command, err, out)
			}
		}
	}
	if after := s.inForce(); after != before {
		t.Errorf("in force before, and after: %s\n%s", before, after)
	}
	s.stop()
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil {
		t.Errorf("it starts: %s", out)
	}
}
