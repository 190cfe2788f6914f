//go:build servers

package witness_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/witness"
)

// litewitnessVersion is the newest that this Go can build.
const litewitnessVersion = "v0.6.1"

// litewitness is a witness that none of us wrote (filippo.io/torchwood), as a process of its
// own: it cosigns our logs, and refuses a fork of them in words that our client understands.
func TestServersLitewitnessCosignsOurLogs(t *testing.T) {
	s := newSite(t)
	theirs, address := s.litewitness()
	s.client = witness.NewClient(policy.Witness{Name: "theirs", Verifier: verifier(t, theirs), URL: address}, http.DefaultClient)
	p, err := policy.Parse([]byte("log " + key('l').LogVerifier(origin) + "\nwitness theirs " + theirs + "\nquorum theirs\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 255, 256, 700, 700, 1000} {
		line, err := s.cosign(size)
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		_, raw := s.at(size)
		if _, err := p.Judge(witness.AddSignature(raw, line)); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
	}
	// A client that knows nothing is told the size, and goes on; one whose log was put back is told too.
	s.client = witness.NewClient(policy.Witness{Name: "theirs", Verifier: verifier(t, theirs), URL: address}, http.DefaultClient)
	s.grow(10)
	if _, err := s.cosign(1010); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	s.client = witness.NewClient(policy.Witness{Name: "theirs", Verifier: verifier(t, theirs), URL: address}, http.DefaultClient)
	if _, err := s.cosign(900); !errors.Is(err, witness.ErrContradiction) {
		t.Errorf("rolled back: %v", err)
	}
}

// knowLog does what its own tool does, which needs a module that is not to be had.
const knowLog = `
import sqlite3, sys
db = sqlite3.connect("db")
db.executescript("""
CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
""")
db.execute("INSERT INTO log VALUES (?, 0, '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')", (sys.argv[1],))
db.execute("INSERT INTO key VALUES (?, ?)", (sys.argv[1], sys.argv[2]))
db.commit()
`

// litewitness builds and starts it, and gives its verifier key and its address.
func (s *site) litewitness() (vkey, address string) {
	s.t.Helper()
	must := func(err error, out []byte) {
		s.t.Helper()
		if err != nil {
			s.t.Fatalf("%v\n%s", err, out)
		}
	}
	cache := os.Getenv("MCR_CACHE")
	if cache == "" {
		cache = "../../../.cache"
	}
	bin, err := filepath.Abs(filepath.Join(cache, "servers", "litewitness-"+litewitnessVersion))
	must(err, nil)
	if _, err := os.Stat(filepath.Join(bin, "litewitness")); err != nil {
		install := exec.Command("go", "install", "filippo.io/torchwood/cmd/litewitness@"+litewitnessVersion)
		install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
		out, err := install.CombinedOutput()
		must(err, out)
	}
	dir, err := os.MkdirTemp("", "lw") // a socket's path is short
	must(err, nil)
	s.t.Cleanup(func() { os.RemoveAll(dir) })
	run := func(name string, args ...string) string {
		s.t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "SSH_AUTH_SOCK="+filepath.Join(dir, "agent"))
		out, err := cmd.CombinedOutput()
		must(err, out)
		return string(out)
	}
	start := func(name string, args ...string) {
		s.t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		must(cmd.Start(), nil)
		s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // how it ended is of no interest
	}
	run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
	start("ssh-agent", "-D", "-a", filepath.Join(dir, "agent"))
	s.eventually("the agent listens", func() bool { _, err := os.Stat(filepath.Join(dir, "agent")); return err == nil })
	run("ssh-add", "-q", "key")
	fields := strings.Fields(run("ssh-keygen", "-l", "-f", "key.pub"))
	run("python3", "-c", knowLog, origin, key('l').LogVerifier(origin))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err, nil)
	listen := l.Addr().String()
	l.Close()
	start(filepath.Join(bin, "litewitness"), "-name", "lite.example", "-db", "db", "-ssh-agent", "agent", "-listen", listen, "-key", fields[1])
	s.eventually("it answers", func() bool {
		resp, err := http.Get("http://" + listen + "/")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
	public, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	must(err, nil)
	raw, err := base64.StdEncoding.DecodeString(strings.Fields(string(public))[1])
	must(err, nil)
	return cosignatureKey("lite.example", raw[len(raw)-ed25519.PublicKeySize:]), "http://" + listen
}

func (s *site) eventually(what string, is func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("this has not come: %s", what)
		case <-tick.C:
		}
	}
}

// cosignatureKey writes the verifier key of a witness by its public key (c2sp.org/signed-note).
func cosignatureKey(name string, public []byte) string {
	raw := append([]byte{4}, public...)
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(raw))
}
