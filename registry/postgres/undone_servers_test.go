//go:build servers

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// unsure follows a registry whose server writes nothing to its disk unless it is told to, as a
// broker that cannot tell it to.
func unsure(t *testing.T) (server *postgres.Server, name string, b broker) {
	t.Helper()
	server = postgres.Start(t, "wal_writer_delay=10s", "autovacuum=off")
	address := server.Database(t, prepare)
	name = address[strings.LastIndex(address, "/")+1:]
	server.SQL(t, name, "CREATE ROLE mcr LOGIN PASSWORD 'x'")
	if err := store.Grant(context.Background(), address, store.Options{}, "mcr"); err != nil {
		t.Fatal(err)
	}
	b = follow(t, strings.Replace(address, "postgres@", "mcr@", 1), store.Options{Seen: seen(t), Statement: time.Second, Logger: slog.New(slog.NewTextHandler(writer{t}, nil)),
		Password: func() (string, error) { return "x", nil }})
	if err := add(b.store, objects(bob, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	server.SQL(t, name, "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC")
	server.SQL(t, name, "CHECKPOINT")
	b.knows(t, alice, access.Absent)
	return server, name, b
}

// unkept adds an opt-out of alice's that is not on the disk.
func unkept(t *testing.T, server *postgres.Server, name string) {
	t.Helper()
	server.SQL(t, name, "BEGIN; SET LOCAL synchronous_commit = off; INSERT INTO registry.entry (mark, patient, recorded_at, version, kind, status, id, recorded_by, body) "+
		"VALUES (7, "+alice.Digits()+", now(), 1, 'opt-out', 'active', 'o', 'x', '{}'); SELECT registry.append(7, ARRAY["+alice.Digits()+"], NULL); COMMIT")
}

// One process of the server is killed, by a system that is out of memory, say: the server starts
// again by itself, without what was not on its disk, and nobody was told that it was. That is no
// database that was restored.
func TestServersWhatACrashOfOneProcessUndoesIsForgotten(t *testing.T) {
	server, name, b := unsure(t)
	unkept(t, server, name)
	b.knows(t, alice, access.Known)
	pid, err := strconv.Atoi(server.SQL(t, name, "SELECT pid FROM pg_stat_activity WHERE usename = 'mcr' LIMIT 1"))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Absent)
}

// What is missing was never known to be on the disk, and no crash explains that it is: an operator
// is obeyed all the same.
func TestServersALossOfWhatWasOnlyHeardOfIsAccepted(t *testing.T) {
	server, name, b := unsure(t)
	unkept(t, server, name)
	b.knows(t, alice, access.Known)
	server.SQL(t, name, "SET session_replication_role = replica; DELETE FROM registry.change WHERE seq = 2; DELETE FROM registry.entry WHERE mark = 7")
	until(t, func() error {
		if err := b.store.Current(); !errors.Is(err, store.ErrBehind) {
			return fmt.Errorf("it says %w", err)
		}
		return nil
	})
	if _, err := store.AcceptLoss(context.Background(), server.Address(name), store.Options{}, "an opt-out is lost, and was recorded again"); err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Absent)
}

// A change that was committed, and of which the server does not say that it is on its disk, is not
// answered as one that was not made.
func TestServersACommitThatIsNotFlushedIsNotSaidToBeUndone(t *testing.T) {
	server, name, b := unsure(t)
	err := add(b.store, objects(carol, 1, registry.Active))
	if got := server.SQL(t, name, "SELECT count(*) FROM registry.entry WHERE patient = "+carol.Digits()); got != "1" || !errors.Is(err, store.ErrUnknown) {
		t.Errorf("there are %s, and it says %v", got, err)
	}
}

// A server, or a role, that is told not to wait for its disk waits for what is confirmed.
func TestServersWhatIsConfirmedIsOnTheDiskWhateverIsConfigured(t *testing.T) {
	server := postgres.Start(t, "synchronous_commit=off", "wal_writer_delay=10s", "autovacuum=off")
	address := server.Database(t, prepare)
	s := open(t, address, store.Options{Logger: quiet})
	server.SQL(t, "postgres", "CHECKPOINT")
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	server.Kill(t)
	server.Start(t)
	until(t, func() error { return there(s, objects(alice, 1, registry.Active).ID, 1) })
}
