package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// binary is mcr as its users have it, built once for all tests of this package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mcr-test-bin-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "mcr")
	if out, err := exec.Command("go", "build", "-buildvcs=auto", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building mcr: %w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of the binary, once somebody needs it.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// site is one mcr process in front of one source, with what it needs around it.
type site struct {
	t        *testing.T
	dir      string
	issuer   *tokentest.Issuer
	source   *httptest.Server
	listen   string // host:port
	admin    string // Caddy's own address, a socket
	command  *exec.Cmd
	exited   chan error
	said     *heard.Text // stdout and stderr of all its runs
	under    []string    // a program that starts mcr, such as strace, with its arguments
	tokenFor map[string]string
}

const siteCaddyfile = `{
	admin %[1]s
	auto_https off
	persist_config off
	metrics
	servers {
		listener_wrappers {
			broker
		}
	}
	log default {
		exclude http.handlers.reverse_proxy http.log.error http.log.access
	}
	broker {
		id test
		data %[2]s/data
		sources %[2]s/sources
		%[7]s
		issuer %[3]s {
			jwks_url %[4]s
			audience %[5]s
			algorithms ES256
		}
	}
}
http://%[6]s {
	bind 127.0.0.1
	broker_health
	metrics /metrics
	handle /fhir* {
		broker acute
	}
}
`

// newSite writes the configuration; start starts the process.
func newSite(t *testing.T, source http.Handler, options string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), said: new(heard.Text), tokenFor: map[string]string{}}
	s.issuer = tokentest.NewIssuer(t, "https://issuer.example")
	s.source = httptest.NewServer(source)
	t.Cleanup(s.source.Close)
	s.listen, s.admin = freeAddress(t), "unix/"+s.dir+"/admin.sock"
	write(t, filepath.Join(s.dir, "sources", "acute.yaml"), "name: Acute\nods: RZ1\nkind: acute\ntelephone: '01632 960100'\nbase_url: "+s.source.URL+"/fhir\n")
	write(t, filepath.Join(s.dir, "Caddyfile"), fmt.Sprintf(siteCaddyfile, s.admin, s.dir, s.issuer.Name, s.issuer.URL,
		tokentest.Audience, s.listen, options))
	t.Cleanup(func() {
		if s.command != nil {
			s.kill()
		}
		if t.Failed() {
			t.Logf("mcr said:\n%s", s.said)
		}
	})
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// run runs a subcommand of mcr to its end.
func (s *site) run(args ...string) (string, error) {
	s.t.Helper()
	return s.runIn(s.dir, args...)
}

// ran is what a command says that must go well.
func (s *site) ran(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("mcr %v: %v\n%s", args, err, out)
	}
	return out
}

// runIn runs it in a folder.
func (s *site) runIn(folder string, args ...string) (string, error) {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	_ = os.MkdirAll(s.dir+"/tmp", 0o700)
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = folder, s.env()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *site) env() []string {
	return append(os.Environ(), "HOME="+s.dir, "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir, "TMPDIR="+s.dir+"/tmp")
}

// start starts mcr and waits until it is ready.
func (s *site) start() {
	s.t.Helper()
	s.startUntil(http.StatusOK)
}

// startUntil starts mcr and waits until /readyz gives a status.
func (s *site) startUntil(ready int) {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	_ = os.MkdirAll(s.dir+"/tmp", 0o700)
	words := append(slices.Clone(s.under), path, "run", "--config", "Caddyfile")
	s.command = exec.Command(words[0], words[1:]...)
	s.command.Dir, s.command.Env = s.dir, s.env()
	s.command.Stdout, s.command.Stderr = s.said, s.said
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.exited = make(chan error, 1)
	go func() { s.exited <- s.command.Wait() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-s.exited:
			s.command = nil
			s.t.Fatalf("mcr ended: %v\n%s", err, s.said)
		case <-ctx.Done():
			s.t.Fatalf("mcr is not ready after a minute\n%s", s.said)
		case <-tick.C:
			if answer, err := http.Get("http://" + s.listen + "/readyz"); err == nil {
				answer.Body.Close()
				if answer.StatusCode == ready {
					return
				}
			}
		}
	}
}

// listens waits for a server of a site beside the one of /readyz, which may be up before it.
func (s *site) listens(address string) {
	s.t.Helper()
	s.comes("a server at "+address, func() bool {
		c, err := net.Dial("tcp", address)
		return err == nil && c.Close() == nil
	})
}

// says waits until the log of mcr has some words: they come through a pipe, and what mcr
// answered meanwhile may be read before them.
func (s *site) says(words string) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !strings.Contains(s.said.String(), words); <-tick.C {
		if time.Now().After(end) {
			s.t.Errorf("the log does not say %q", words)
			return
		}
	}
}

// kill ends the process as a power cut would.
func (s *site) kill() { s.end(syscall.SIGKILL) }

// stop ends it politely.
func (s *site) stop() { s.end(syscall.SIGTERM) }

func (s *site) end(signal syscall.Signal) {
	_ = s.command.Process.Signal(signal)
	<-s.exited
	s.command = nil
}

// token gives a token of a professional of an organisation.
func (s *site) token(user, org string) string {
	key := user + org
	if s.tokenFor[key] == "" {
		s.tokenFor[key] = s.issuer.Sign(s.issuer.Claims(time.Now(), map[string]any{
			"uid": user, "sub": user, "jti": key,
			"nhsid_nrbac_roles": []any{map[string]any{"person_orgid": "1", "person_roleid": "555038001001", "org_code": org,
				"role_name": "Consultant", "role_code": "S8000:G8000:R8000"}},
			"nhsid_user_orgs": []any{map[string]any{"org_name": "Org " + org, "org_code": org}},
		}))
	}
	return s.tokenFor[key]
}

// ask sends a request and gives the status, the record's id and the body.
func (s *site) ask(method, target, token, body string) (status int, record, text string, err error) {
	r, err := http.NewRequest(method, "http://"+s.listen+target, strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header.Get("X-Record-Id"), string(all), err
}

// recorded gives the ids of all records in the trail of the data folder, each
// with how often it is there.
func (s *site) recorded() map[string]int { return s.recordedIn("data/trail.db") }

func (s *site) recordedIn(trail string) map[string]int {
	s.t.Helper()
	out, err := s.run("audit", "tail", "--json", "--limit", "1000000", "--trail", trail, "--keys", "data/keys")
	if err != nil {
		s.t.Fatalf("mcr audit tail: %v\n%s", err, out)
	}
	ids := map[string]int{}
	for line := range strings.Lines(out) {
		var rec struct{ ID string }
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			s.t.Fatalf("%v: %s", err, line)
		}
		ids[rec.ID]++
	}
	delete(ids, "") // the last line is of the trail's log
	return ids
}
