//go:build servers

package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
)

// The trail in a real ClickHouse: ten thousand mixed requests, the server killed
// and restarted in the middle, and every record is there exactly once. The users are those
// of mcr audit access: the migrator makes the tables, and the broker is the writer.
func TestServersTenThousandRequestsAreInClickHouseExactlyOnce(t *testing.T) {
	users := usersFile(t)
	server, err := servers.StartClickHouse(t.Context(), t.TempDir(), users)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	as := func(user string) string {
		return "clickhouse://" + user + ":{env.MCR_TRAIL_PASSWORD}@" + server.Native + "/mcr"
	}
	trail := as("mcr_writer")
	s := newSite(t, answering("x"), "trail clickhouse "+trail)
	if out, err := s.run("audit", "migrate", "--trail", trail); err == nil || !strings.Contains(out, "ACCESS_DENIED") && !strings.Contains(out, "Not enough privileges") {
		t.Errorf("the writer made the tables: %v\n%s", err, out)
	}
	for range 2 {
		if out, err := s.run("audit", "migrate", "--trail", as("mcr_migrator")); err != nil || !strings.Contains(out, "TAKE CARE: a ClickHouse user whom no row policy names") {
			t.Fatalf("migrating: %v\n%s", err, out)
		}
	}
	s.start()
	requests := []struct {
		method, target, token string
		status                int
	}{
		{http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), http.StatusOK},
		{http.MethodGet, "/fhir/Observation?patient=p1", s.token("u2", "RZ2"), http.StatusForbidden},
		{http.MethodGet, "/fhir/Condition?patient=p1", s.token("u1", "RZ1"), http.StatusBadGateway},
		{http.MethodGet, "/fhir/Observation/none", s.token("u1", "RZ1"), http.StatusNotFound},
		{http.MethodDelete, "/fhir/Observation/o1", s.token("u1", "RZ1"), http.StatusMethodNotAllowed},
		{http.MethodGet, "/fhir/Observation?code=1", s.token("u1", "RZ1"), http.StatusBadRequest},
		{http.MethodGet, "/fhir/Observation?patient=p1", "", http.StatusUnauthorized},
		{http.MethodGet, "/fhir/metadata", "", http.StatusOK},
	}
	const total = 10_000
	var next atomic.Int64
	var mu sync.Mutex
	received := map[string]bool{}
	third, twoThirds := make(chan struct{}), make(chan struct{})
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for {
				n := next.Add(1)
				if n > total {
					return
				}
				switch n {
				case total / 3:
					close(third)
				case 2 * total / 3:
					close(twoThirds)
				}
				ask := requests[int(n)%len(requests)]
				status, id, text, err := s.ask(ask.method, ask.target, ask.token, "")
				if err != nil || status != ask.status {
					t.Errorf("%s %s: %d, want %d, %v: %s", ask.method, ask.target, status, ask.status, err, text)
				}
				mu.Lock()
				received[id] = true
				mu.Unlock()
			}
		})
	}
	<-third
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	<-twoThirds
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	clients.Wait()
	if len(received) != total {
		t.Fatalf("%d answers with ids of their own, want %d", len(received), total)
	}
	delivered(t, s)
	s.stop()
	recorded := s.recordedIn(trail)
	for id := range received {
		if recorded[id] != 1 {
			t.Errorf("record %s is there %d times", id, recorded[id])
		}
	}
	if len(recorded) != total {
		t.Errorf("%d records, want %d", len(recorded), total)
	}
	if out, err := s.run("audit", "verify", "--trail", trail, "--keys", "data/keys"); err != nil {
		t.Errorf("the chain does not hold: %v\n%s", err, out)
	}
}

// usersFile gives the users of a server of a trail: an administrator, and those whom
// mcr audit access prints, all of them with one password, which is in the environment.
func usersFile(t *testing.T) (path string) {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	printed, err := exec.Command(program, "audit", "access", "--xml", "--organisation", "RZ1").Output()
	if err != nil {
		t.Fatal(err)
	}
	const password = "a password of the tests"
	t.Setenv("MCR_TRAIL_PASSWORD", password)
	digest := sha256.Sum256([]byte(password))
	for _, m := range regexp.MustCompile(`from_env="(\w+)"`).FindAllSubmatch(printed, -1) {
		t.Setenv(string(m[1]), hex.EncodeToString(digest[:]))
	}
	dir := t.TempDir()
	path = filepath.Join(dir, "users.xml")
	write(t, filepath.Join(dir, "users.d", "mcr-users.xml"), string(printed))
	write(t, path, `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
		<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></clickhouse>`)
	return path
}

// delivered waits until the spool says that the store has everything.
func delivered(t *testing.T, s *site) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	nothing := []byte(fmt.Sprintf("mcr_audit_spool_pending_records{broker=%q} 0\n", "test"))
	for {
		select {
		case <-ctx.Done():
			t.Fatal("the spool is not empty after two minutes")
		case <-tick.C:
			answer, err := http.Get("http://" + s.listen + "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			metrics, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err == nil && bytes.Contains(metrics, nothing) {
				return
			}
		}
	}
}
