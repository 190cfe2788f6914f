package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/strace"
)

// canary is a secret that is looked for wherever something is written.
const canary = "Canary7f3e!@Vogel9c1d"

// sings says whether a part of the canary stands in a text, plain or as programs encode things.
func sings(text []byte) bool {
	for _, form := range []string{"Canary7f3e", "Vogel9c1d", base64.StdEncoding.EncodeToString([]byte(canary))[:20], hex.EncodeToString([]byte(canary))[:20]} {
		if bytes.Contains(text, []byte(form)) {
			return true
		}
	}
	return false
}

// secretive is a site with every secret that a Caddyfile may hold.
func secretive(t *testing.T) *site {
	t.Helper()
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "password"), canary+"\n")
	t.Setenv("MCR_TEST_CLIENT_SECRET", canary)
	s.change("id test\n", "id test\n\t\ttrail clickhouse clickhouse://mcr:{file."+s.dir+"/password}@127.0.0.1:1/mcr\n")
	s.change("\thandle /fhir* {", `	handle /console* {
		console {
			public_url https://record.example
			client_id console
			client_secret {env.MCR_TEST_CLIENT_SECRET}
			brokers https://{source}.brokers.example/fhir
		}
	}
	handle /fhir* {`)
	return s
}

// silent fails where a file below the site's folder holds the canary, but for its own.
func (s *site) silent() {
	s.t.Helper()
	files := 0
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == filepath.Join(s.dir, "password") {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if sings(text) {
			s.t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files < 2 {
		s.t.Errorf("%d files looked at: %v", files, err)
	}
}

// Secrets are read when they are used. What a running broker offers, says and keeps has none.
func TestASecretIsInNothingThatARunningBrokerShows(t *testing.T) {
	s := secretive(t)
	if out, err := s.run("adapt", "--config", "Caddyfile", "--pretty"); err != nil || sings([]byte(out)) || !strings.Contains(out, "{env.MCR_TEST_CLIENT_SECRET}") {
		t.Errorf("adapt: %v\n%s", err, out)
	}
	s.start()
	for _, path := range []string{"/config/", "/broker", "/metrics", "/debug/vars", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
		if text := s.told(path); text == "" || sings([]byte(text)) {
			t.Errorf("the admin address tells it at %s", path)
		}
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.command.Process.Pid))
	if err == nil && (sings(line) || !bytes.Contains(line, []byte("run"))) {
		t.Errorf("a list of processes shows %q", line)
	}
	if out, err := s.reload(); err != nil || sings([]byte(out)) {
		t.Errorf("reload: %v\n%s", err, out)
	}
	s.stop()
	if sings([]byte(s.said.String())) {
		t.Error("the log has it")
	}
	s.silent()
}

// The judge is the kernel: of all that commands write, to files, sockets and people, and of the
// arguments of what they start, nothing is the secret.
func TestASecretIsInNothingThatACommandWrites(t *testing.T) {
	tool := strace.Find(t)
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := secretive(t)
	for _, args := range []string{"validate --config Caddyfile", "adapt --config Caddyfile", "audit tail", "audit redeliver"} {
		log := filepath.Join(t.TempDir(), "strace")
		cmd := exec.Command(tool, append([]string{"-f", "-s", "1000000", "-o", log, "-e", "trace=execve,write,writev,pwrite64,sendto,sendmsg", program}, strings.Fields(args)...)...)
		cmd.Dir, cmd.Env = s.dir, s.env()
		said, _ := cmd.CombinedOutput() // the store is away
		text, err := os.ReadFile(log)
		if err != nil || !bytes.Contains(text, []byte("execve(")) || !bytes.Contains(text, []byte("write(")) {
			t.Fatalf("%s: nothing was traced: %v\n%s", args, err, said)
		}
		if sings(text) {
			t.Errorf("mcr %s writes the secret", args)
		}
	}
	s.silent()
}

// However the address of the trail is wrong: no command repeats its password.
func TestNoErrorOfACommandHoldsAPassword(t *testing.T) {
	s := newSite(t, answering("x"), "")
	if out, err := s.run("validate", "--config", "Caddyfile"); err != nil { // it makes the deployment's keys
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("MCR_TEST_PASSWORD", canary)
	for name, address := range map[string]struct{ trail, whole string }{
		"in clear":         {trail: "clickhouse://mcr:" + canary + "@127.0.0.1:1/mcr"},
		"of no scheme":     {trail: "mcr:" + canary + "@127.0.0.1:1/mcr"},
		"one slash":        {trail: "clickhouse:/mcr:" + canary + "@127.0.0.1:1/mcr"},
		"another scheme":   {trail: "https://mcr:" + canary + "@127.0.0.1:1/mcr"},
		"a wrong port":     {trail: "clickhouse://mcr:{env.MCR_TEST_PASSWORD}@127.0.0.1:1/mcr"},
		"a wrong host":     {trail: "clickhouse://mcr:{env.MCR_TEST_PASSWORD}@nowhere.invalid/mcr"},
		"a parameter":      {trail: "clickhouse://mcr:{env.MCR_TEST_PASSWORD}@127.0.0.1:1/mcr?sekure=true"},
		"not escaped":      {trail: "{env.MCR_TEST_WHOLE}", whole: "clickhouse://mcr:" + canary + "@127.0.0.1:1/mcr"},
		"of no scheme, in": {trail: "{env.MCR_TEST_WHOLE}", whole: "mcr:" + canary + "@127.0.0.1:1/mcr"},
	} {
		t.Setenv("MCR_TEST_WHOLE", address.whole)
		for _, command := range []string{"audit tail", "audit migrate", "audit redeliver --id test --data data", "audit accept-gap --id test --data data --by x --reason y"} {
			out, err := s.run(append(strings.Fields(command), "--trail", address.trail)...)
			if err == nil || sings([]byte(out)) {
				t.Errorf("%s: mcr %s: %v\n%s", name, command, err, out)
			}
		}
		if !strings.Contains(address.trail, canary) {
			continue
		}
		one := newSite(t, answering("x"), "trail clickhouse "+address.trail)
		for _, command := range []string{"adapt --config Caddyfile", "validate --config Caddyfile", "run --config Caddyfile", "audit tail"} {
			if out, err := one.run(strings.Fields(command)...); err == nil || sings([]byte(out)) || !strings.Contains(out, "trail: ") {
				t.Errorf("%s: mcr %s: %v\n%s", name, command, err, out)
			}
		}
	}
}
