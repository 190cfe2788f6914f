//go:build servers

package main_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
)

// What docs/clickhouse.md says of who goes from a file to ClickHouse, and of what somebody else
// than mcr deletes there.
func TestServersATrailMovesFromAFileToClickHouse(t *testing.T) {
	server, err := servers.StartClickHouse(t.Context(), t.TempDir(), usersFile(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	trail := func(user, secret string) string {
		return "clickhouse://" + user + ":" + secret + "@" + server.Native + "/mcr"
	}
	s := newSite(t, answering("x"), "#trail")
	ask := func() {
		t.Helper()
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	s.start()
	for range 3 {
		ask()
	}
	s.stop()
	if out, err := s.run("audit", "migrate", "--trail", trail("mcr_migrator", "{env.MCR_TRAIL_PASSWORD}")); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	write(t, s.dir+"/password", "a password of the tests\n")
	s.change("#trail", "trail clickhouse "+trail("mcr_writer", "{file."+s.dir+"/password}"))
	if out, err := s.run("validate"); err != nil {
		t.Fatalf("validate: %v\n%s", err, out)
	}
	s.start()
	ask()
	delivered(t, s)
	if status, _, text, err := s.ask(http.MethodGet, "/readyz", "", ""); err != nil || status != http.StatusOK || !strings.Contains(text, `"red":{}`) {
		t.Errorf("after the move: %d %v %s", status, err, text)
	}
	s.stop()
	verify := func(fails bool, says ...string) {
		t.Helper()
		out, err := s.run("audit", "verify")
		if (err != nil) != fails {
			t.Errorf("verify: %v\n%s", err, out)
		}
		for _, words := range says {
			if !strings.Contains(out, words) {
				t.Errorf("verify does not say %q:\n%s", words, out)
			}
		}
	}
	verify(false, "4 records, numbers 1 to 4: whole and unaltered", "complete from")
	answer, err := http.Post("http://"+server.HTTP+"/", "", strings.NewReader("ALTER TABLE mcr.records DELETE WHERE seq = 2 SETTINGS mutations_sync = 2"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, string(text), err)
	}
	verify(true, "NOT IN ORDER", "record 2 is missing", "1 records are not in the store any more", "the trail is not whole")
	if out, err := s.run("audit", "redeliver"); err != nil { // the spool holds it still
		t.Errorf("redeliver: %v\n%s", err, out)
	}
	verify(false, "4 records, numbers 1 to 4: whole and unaltered")
}
