//go:build servers

package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
)

// The trail is tried before anything is served by it: a real ClickHouse says what is wrong with
// the login, the database, the tables and the rights, and mcr validate passes it on with the
// line. A running broker with a wrong password is red, measured, and serves.
func TestServersTheTrailIsTried(t *testing.T) {
	users := usersFile(t)
	digest := sha256.Sum256([]byte("a password of the tests"))
	write(t, filepath.Join(filepath.Dir(users), "users.d", "half.xml"), fmt.Sprintf(`<clickhouse><users><half><password_sha256_hex>%s</password_sha256_hex>
		<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><grants>
		<query>GRANT SELECT ON mcr.*</query><query>GRANT INSERT ON mcr.records</query><query>GRANT SELECT ON system.*</query></grants></half>
		<none><password_sha256_hex>%[1]s</password_sha256_hex><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
		<grants><query>GRANT SELECT ON other.*</query></grants></none></users></clickhouse>`, hex.EncodeToString(digest[:])))
	server, err := servers.StartClickHouse(t.Context(), t.TempDir(), users)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	t.Setenv("MCR_WRONG_PASSWORD", "hunter2")
	at := func(user, password, where, database string) string {
		return fmt.Sprintf("clickhouse://%s:{env.%s}@%s/%s", user, password, where, database)
	}
	right := at("mcr_writer", "MCR_TRAIL_PASSWORD", server.Native, "mcr")
	s := newSite(t, answering("x"), "trail clickhouse "+right)
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	validate := func(what, trail string, says ...string) {
		t.Helper()
		write(t, filepath.Join(s.dir, "Caddyfile"), strings.ReplaceAll(read(t, filepath.Join(s.dir, "Caddyfile")), right, trail))
		defer func() {
			write(t, filepath.Join(s.dir, "Caddyfile"), strings.ReplaceAll(read(t, filepath.Join(s.dir, "Caddyfile")), trail, right))
		}()
		out, err := s.run("validate")
		if (err != nil) != (len(says) > 0) || strings.Contains(out, "hunter2") || strings.Contains(out, "a password of the tests") {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
		for _, want := range says {
			if !strings.Contains(out, want) || !strings.Contains(out, "Caddyfile:18: trail: ") {
				t.Errorf("%s: it does not say %q with its line:\n%s", what, want, out)
			}
		}
	}
	validate("no tables yet, and no right to make them", right, "has no database mcr, and the user mcr_writer may not make it: run mcr audit migrate")
	validate("no tables yet, by a user who may make them", "clickhouse://default@"+server.Native+"/mcr")
	if out, err := s.run("audit", "migrate", "--trail", at("mcr_migrator", "MCR_TRAIL_PASSWORD", server.Native, "mcr")); err != nil {
		t.Fatalf("migrating: %v\n%s", err, out)
	}
	validate("all is well", right)
	validate("a wrong password", at("mcr_writer", "MCR_WRONG_PASSWORD", server.Native, "mcr"), "does not know user mcr_writer with this password")
	validate("a wrong user", at("mcr_writter", "MCR_TRAIL_PASSWORD", server.Native, "mcr"), "does not know user mcr_writter with this password")
	validate("no such host", at("mcr_writer", "MCR_TRAIL_PASSWORD", "no-such-host.invalid:9000", "mcr"), "there is no host no-such-host.invalid")
	validate("nobody at the port", at("mcr_writer", "MCR_TRAIL_PASSWORD", "127.0.0.1:1", "mcr"), "ClickHouse cannot be reached at 127.0.0.1:1")
	validate("the port of HTTP", at("mcr_writer", "MCR_TRAIL_PASSWORD", server.HTTP, "mcr"), "ClickHouse cannot be reached at "+server.HTTP)
	validate("no such database", at("mcr_writer", "MCR_TRAIL_PASSWORD", server.Native, "mrc"), "mrc")
	validate("half of the rights", at("half", "MCR_TRAIL_PASSWORD", server.Native, "mcr"),
		"the user half has no right to INSERT in table by_patient of database mcr", "the user half has no right to INSERT in table hourly of database mcr")
	validate("no right at all", at("none", "MCR_TRAIL_PASSWORD", server.Native, "mcr"), "the user none")

	// A broker that was started with a wrong password serves, and says so.
	write(t, filepath.Join(s.dir, "Caddyfile"), strings.ReplaceAll(read(t, filepath.Join(s.dir, "Caddyfile")), "MCR_TRAIL_PASSWORD", "MCR_WRONG_PASSWORD"))
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.until("that the store refuses", func(now standing) bool { return now.Red["trail-refuses"] != "" })
	if why := s.standing().Red["trail-refuses"]; !strings.Contains(why, "uthentication failed") || strings.Contains(why, "hunter2") {
		t.Errorf("the admin address says: %s", why)
	}
	_, _, ready, err := s.ask(http.MethodGet, "/readyz", "", "")
	if err != nil || !strings.Contains(ready, "does not take this broker's records") || strings.Contains(ready, "mcr_writer") || strings.Contains(ready, server.Native) {
		t.Errorf("/readyz: %s %v", ready, err)
	}
	_, _, metrics, err := s.ask(http.MethodGet, "/metrics", "", "")
	if err != nil || !strings.Contains(metrics, "\nmcr_trail_refuses 1\n") {
		t.Errorf("the metric is not 1: %v", err)
	}
	s.stop()
}
