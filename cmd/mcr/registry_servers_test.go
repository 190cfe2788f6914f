//go:build servers

package main_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
)

const registryPassword = "a password of the registry"

// sharedDatabase makes an empty database, and the role of brokers: who owns it, by an address
// without a password, and a broker's address but for its password's placeholder.
func sharedDatabase(t *testing.T, server *postgres.Server) (name, owner, broker string) {
	t.Helper()
	t.Setenv("MCR_REGISTRY_PASSWORD", registryPassword)
	server.SQL(t, "postgres", "CREATE ROLE mcr LOGIN PASSWORD '"+registryPassword+"'", "CREATE DATABASE region")
	return "region", server.Address("region"), brokersAddress("mcr", "MCR_REGISTRY_PASSWORD", server.TCP(), "region", "sslrootcert="+server.CA)
}

func brokersAddress(user, password, where, database, parameters string) string {
	return fmt.Sprintf("postgres://%s:{env.%s}@%s/%s?%s", user, password, where, database, parameters)
}

// answers waits until somebody from elsewhere, and one of the record's own organisation, are answered so.
func (s *site) answers(what string, other, own int) {
	s.t.Helper()
	for _, c := range []struct {
		user, org string
		want      int
	}{{"u2", "RZ2", other}, {"u1", "RZ1", own}} {
		s.until(what, func(standing) bool {
			status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token(c.user, c.org), "")
			if err != nil {
				s.t.Fatal(err)
			}
			if status == http.StatusServiceUnavailable && !strings.Contains(text, "facts-unavailable") {
				s.t.Fatalf("%s: 503 without saying that facts are unavailable: %s", what, text)
			}
			return status == c.want
		})
	}
}

// readyz waits until /readyz says that a part is not ready, or, for "", that all are.
func (s *site) readyz(what, part string) {
	s.t.Helper()
	s.until(what, func(standing) bool {
		status, text := s.ready()
		if strings.Contains(text, "127.0.0.1") || strings.Contains(text, "registry.seen") {
			s.t.Fatalf("%s: /readyz: %s", what, text)
		}
		return (status == http.StatusOK) == (part == "") && strings.Contains(text, part)
	})
}

// A broker whose registry is in PostgreSQL, from a start without the database to a restore of one
// that lost what it had seen: what it cannot know it does not guess, its own organisation's
// records go on, and each time it takes up again by itself where nobody needs to look.
func TestServersABrokerOnASharedRegistry(t *testing.T) {
	server := postgres.Start(t)
	database, owner, address := sharedDatabase(t, server)
	s := newSite(t, answering("x"), "registry "+address+" {\n\t\t\tpool 2\n\t\t}")
	const forbidden, ok, unavailable = http.StatusForbidden, http.StatusOK, http.StatusServiceUnavailable
	run := s.ran
	refused := func(says string, args ...string) {
		t.Helper()
		if out, err := s.run(args...); err == nil || !strings.Contains(out, says) || strings.Contains(out, registryPassword) {
			t.Errorf("mcr %v: %v, want %q\n%s", args, err, says, out)
		}
	}

	// Nothing is made by a broker: without a schema it does not start.
	refused("run mcr registry migrate", "run", "--config", "Caddyfile")
	refused("as its owner", "registry", "migrate") // as the broker's own user
	if out := run("registry", "migrate", "--registry", owner, "--grant", "mcr"); !strings.Contains(out, "is made, with a schema of version") || !strings.Contains(out, "mcr may read and add") {
		t.Errorf("migrating says: %s", out)
	}
	if out := run("registry", "migrate", "--registry", owner); !strings.Contains(out, "nothing to do") {
		t.Errorf("migrating again says: %s", out)
	}

	// The database is away at the start.
	server.Stop(t, "fast")
	s.startUntil(unavailable)
	s.answers("without a database", unavailable, ok)
	s.readyz("without a database", "has not been heard of lately")
	server.Start(t)
	s.answers("with the database", forbidden, ok)
	s.readyz("with the database", "")

	// It is killed, and there again; it is silent, and goes on.
	server.Kill(t)
	s.answers("with a database that was killed", unavailable, ok)
	server.Start(t)
	s.answers("with a database that is there again", forbidden, ok)
	server.Freeze(t)
	s.answers("with a database that is silent", unavailable, ok)
	server.Thaw(t)
	s.answers("with a database that goes on", forbidden, ok)

	// Commands read the same Caddyfile; what they take in holds at the broker.
	write(t, s.dir+"/care.ndjson", `{"resourceType":"EpisodeOfCare","id":"e1","status":"active",`+ofPatient("patient")+
		`,"managingOrganization":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}},"period":{"start":"2020-01-01"}}`)
	backup := server.Backup(t)
	run("registry", "import", "care.ndjson")
	s.answers("after an import", forbidden, ok)

	// A newer mcr has been there.
	server.SQL(t, database, "INSERT INTO registry.schema_version (version, name) VALUES (99, 'of tomorrow')")
	s.answers("beside a newer schema", unavailable, ok)
	s.readyz("beside a newer schema", "of another version")
	refused("start a newer mcr", "validate")
	s.stop()
	refused("start a newer mcr", "run", "--config", "Caddyfile")
	server.SQL(t, database, "DELETE FROM registry.schema_version WHERE version = 99")
	s.start()
	s.answers("the schema is its own again", forbidden, ok)

	// The database is restored from a backup, and lacks what was seen: now, and after a restart.
	s.until("that what was seen is kept", func(standing) bool {
		text, err := os.ReadFile(filepath.Join(s.dir, "data", "registry.seen"))
		return err == nil && strings.Contains(string(text), "change 1\n")
	})
	server.Restore(t, backup)
	s.answers("after a restore", unavailable, ok)
	s.readyz("after a restore", "lacks what this broker has seen")
	refused("mcr registry accept-loss", "validate")
	s.stop()
	s.startUntil(unavailable)
	s.answers("after a restore and a restart", unavailable, ok)
	refused(`"by", "reason" not set`, "registry", "accept-loss", "--registry", owner)
	refused("as its owner", "registry", "accept-loss", "--by", "A. Officer", "--reason", "a broker's user may not say it")
	if out := run("registry", "accept-loss", "--registry", owner, "--by", "A. Officer", "--reason", "restored from the backup of Sunday"); !strings.Contains(out, "Change 1 says") {
		t.Errorf("accepting the loss says: %s", out)
	}
	s.answers("the loss is accepted", forbidden, ok)
	s.readyz("the loss is accepted", "")
	_, _, metrics, err := s.ask(http.MethodGet, "/metrics", "", "")
	for _, want := range []string{"mcr_registry_current 1", `mcr_registry_resyncs_total{reason="loss"} 1`, "mcr_registry_change_seconds_count"} {
		if err != nil || !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %q: %v", want, err)
		}
	}
	s.stop()

	// It has worked with PostgreSQL: a file that happens to lie there is no registry for it.
	text := read(t, filepath.Join(s.dir, "Caddyfile"))
	write(t, filepath.Join(s.dir, "Caddyfile"), strings.Replace(text, address+" {\n\t\t\tpool 2\n\t\t}", "data/registry.db", 1))
	run("registry", "import", "care.ndjson")
	refused("has worked with a registry in PostgreSQL", "run", "--config", "Caddyfile")
	refused("has worked with a registry in PostgreSQL", "validate")
	if out, err := s.run("audit", "refused", "--trail", "data/trail.db"); err != nil || !strings.Contains(out, "facts-unavailable") {
		t.Errorf("the refusals are not in the trail: %v\n%s", err, out)
	}
}

// A broker that has run with a file does not take an empty database for what the file knew.
func TestServersAnEmptyDatabaseIsNoRegistryOfABrokerThatHasRun(t *testing.T) {
	server := postgres.Start(t)
	_, owner, address := sharedDatabase(t, server)
	s := newSite(t, answering("x"), "registry data/registry.db")
	s.start()
	s.stop()
	if out, err := s.run("registry", "migrate", "--registry", owner, "--grant", "mcr"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := read(t, filepath.Join(s.dir, "Caddyfile"))
	write(t, filepath.Join(s.dir, "Caddyfile"), strings.Replace(text, "registry data/registry.db", "registry "+address, 1))
	for range 2 {
		if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "it is empty, and would know of no opt-out") {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	write(t, s.dir+"/facts.ndjson", testOrder)
	if out, err := s.run("registry", "import", "facts.ndjson"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.start()
	s.stop()
}

// The registry is tried before anything is served by it, and a fault is told with its line. What is
// said of each is tried where it is said (registry/postgres).
func TestServersTheRegistryIsTried(t *testing.T) {
	server := postgres.Start(t)
	_, owner, right := sharedDatabase(t, server)
	s := newSite(t, answering("x"), "registry "+right)
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := s.run("validate")
	if err == nil || !strings.Contains(out, "Caddyfile:18: registry: ") || !strings.Contains(out, "run mcr registry migrate") || strings.Contains(out, registryPassword) {
		t.Errorf("no schema yet: %v\n%s", err, out)
	}
	if out, err := s.run("registry", "migrate", "--registry", owner, "--grant", "mcr"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := s.run("validate"); err != nil {
		t.Errorf("all is well: %v\n%s", err, out)
	}
	for _, name := range []string{"registry.seen", "registry.db", "keys"} {
		if _, err := os.Stat(filepath.Join(s.dir, "data", name)); err == nil {
			t.Errorf("mcr validate made %s", name)
		}
	}
}
