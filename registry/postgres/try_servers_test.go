//go:build servers

package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
	registry "github.com/mycarerecord/mcr/registry/postgres"
)

// What a broker would meet is told in words, with what to do, and never with a password; nothing is
// made.
func TestServersTryTellsWhatABrokerWouldMeet(t *testing.T) {
	const password = "a password of the registry"
	server := postgres.Start(t)
	replica := server.Replica(t)
	server.SQL(t, "postgres", "CREATE ROLE mcr LOGIN PASSWORD '"+password+"'", "CREATE ROLE half LOGIN PASSWORD '"+password+"'",
		"CREATE ROLE nobody LOGIN PASSWORD '"+password+"'", "CREATE DATABASE region", "CREATE DATABASE empty")
	owner := server.Address("region")
	if _, _, err := registry.Migrate(t.Context(), owner, registry.Options{Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	if err := registry.Grant(t.Context(), owner, registry.Options{Logger: quiet}, "mcr"); err != nil {
		t.Fatal(err)
	}
	server.SQL(t, "region", "GRANT USAGE ON SCHEMA registry TO half", "GRANT SELECT ON ALL TABLES IN SCHEMA registry TO half")
	at := func(user, where, database string) string {
		return fmt.Sprintf("postgres://%s@%s/%s?sslrootcert=%s", user, where, database, server.CA)
	}
	seen := filepath.Join(t.TempDir(), "registry.seen")
	try := func(what, address, password string, says ...string) {
		t.Helper()
		opt := registry.Options{Seen: seen, Logger: quiet, Password: func() (string, error) { return password, nil }}
		faults := registry.Try(t.Context(), address, opt)
		if len(faults) != len(says) {
			t.Fatalf("%s: %v", what, faults)
		}
		for i, want := range says {
			if said := faults[i].Error(); !strings.Contains(said, want) || strings.Contains(said, password) {
				t.Errorf("%s: it does not say %q: %s", what, want, said)
			}
		}
	}
	port := fmt.Sprint(server.Port)
	try("all is well", at("mcr", server.TCP(), "region"), password)
	try("the owner", at("postgres", server.TCP(), "region"), password, "is the registry's owner, or a superuser")
	try("a wrong password", at("mcr", server.TCP(), "region"), "hunter2", "does not take the password of the user mcr")
	try("a wrong user", at("mrc", server.TCP(), "region"), password, "does not take the password of the user mrc")
	try("no such database", at("mcr", server.TCP(), "regoin"), password, "has no database regoin: make it")
	try("no schema", at("mcr", server.TCP(), "empty"), password, "the database holds no registry yet: run mcr registry migrate")
	try("no such host", at("mcr", "no-such-host.invalid", "region"), password, "no-such-host.invalid")
	try("nobody at the port", at("mcr", "127.0.0.1:1", "region"), password, "PostgreSQL at 127.0.0.1:1 cannot be asked")
	try("an authority that is not trusted", "postgres://mcr@"+server.TCP()+"/region?sslmode=verify-full", password, "of an authority that is not trusted here: name the authority's with sslrootcert")
	try("an authority that is not there", "postgres://mcr@"+server.TCP()+"/region?sslrootcert=/none.pem", password, "reading sslrootcert")
	try("a replica", at("mcr", replica.TCP(), "region"), password, "is a replica, or read-only: name the primary")
	try("a replica, and then the primary", at("mcr", replica.TCP()+","+server.TCP(), "region"), password)
	try("half of the rights", at("half", server.TCP(), "region"), password, "the user half has no right to INSERT in registry.entry: run mcr registry migrate --grant half",
		"the user half has no right to INSERT in registry.ended_session", "the user half has no right to EXECUTE registry.tell")
	try("no right at all", at("nobody", "localhost:"+port, "region"), password, "does not let the user nobody work with the registry: run mcr registry migrate --grant nobody")
	server.SQL(t, "region", "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC")
	try("no right to wait for the disk", at("mcr", server.TCP(), "region"), password, "no right to EXECUTE pg_logical_emit_message: say GRANT EXECUTE")
	server.SQL(t, "region", "GRANT EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) TO PUBLIC")
	server.SQL(t, "region", "INSERT INTO registry.schema_version (version, name) VALUES (99, 'of tomorrow')")
	try("a newer schema", at("mcr", server.TCP(), "region"), password, "start a newer mcr")
	server.SQL(t, "region", "DELETE FROM registry.schema_version WHERE version = 99")
	if _, err := os.Lstat(seen); err == nil {
		t.Error("trying made the file of what was seen")
	}
	if err := os.WriteFile(seen, []byte("mcr registry seen, version 1\nchange 12\nmark 34\nat 2026-11-30T08:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	try("one that lacks what was seen", at("mcr", server.TCP(), "region"), password, "mcr registry accept-loss")
	if _, err := registry.AcceptLoss(t.Context(), owner, registry.Options{Logger: quiet}, "A. Officer: a test"); err != nil {
		t.Fatal(err)
	}
	try("one of which it was accepted", at("mcr", server.TCP(), "region"), password)
	try("no TLS", at("mcr", postgres.Start(t, "ssl=off").TCP(), "region"), password, "speaks no TLS: turn ssl on there")
}
