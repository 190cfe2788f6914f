//go:build servers

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// compared lets cmp see into the identifiers, and takes nil lists for empty ones.
var compared = cmp.Options{
	cmp.Comparer(func(a, b nhs.Number) bool { return a == b }),
	cmp.Comparer(func(a, b nhs.ODSCode) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// database gives a fresh registry on the server that the tests of this package share.
func database(t testing.TB) string {
	t.Helper()
	return postgres.Shared(t).Database(t, prepare)
}

func TestServersEntriesAreReadAsTheyWereAdded(t *testing.T) {
	s := open(t, database(t), store.Options{})
	all := []registry.Entry{
		{ID: "p/1#a", Version: 1, Kind: registry.KindPermission, Status: registry.Active, Patient: alice, Organisation: ods("RXA01"), UserID: "u1",
			Validity: access.Validity{From: noon, Until: noon.Add(time.Hour + 7*time.Microsecond)}, RecordedBy: "dr “é” 'x'", RecordedAt: noon.Add(time.Microsecond),
			Detail: registry.Detail{Given: true, Sources: []string{"a", "b\"c"}, Sensitive: true, How: "telephone\n<&>", Asked: noon}},
		{ID: "p/1#a", Version: 2, Kind: registry.KindPermission, Status: registry.Withdrawn, Patient: alice, RecordedBy: "x", RecordedAt: noon},
		{ID: "o", Version: 1, Kind: registry.KindOptOut, Status: registry.Active, Patient: bob, RecordedBy: "x", RecordedAt: noon,
			Validity: access.Validity{From: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), Until: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)}},
	}
	if err := add(s, all...); err != nil {
		t.Fatal(err)
	}
	got, err := read(s, alice)
	if diff := cmp.Diff(all[:2], got, compared); diff != "" || err != nil {
		t.Errorf("alice: %v\n%s", err, diff)
	}
	got, err = read(s, bob)
	if diff := cmp.Diff(all[2:], got, compared); diff != "" || err != nil {
		t.Errorf("bob: %v\n%s", err, diff)
	}
	if got, err = read(s, carol); len(got) > 0 || err != nil {
		t.Errorf("carol: %v %v", got, err)
	}
	var history []registry.Entry
	err = s.History(context.Background(), "p/1#a", func(e *registry.Entry) error { history = append(history, *e); return nil })
	if diff := cmp.Diff(all[:2], history, compared); diff != "" || err != nil {
		t.Errorf("history: %v\n%s", err, diff)
	}
}

// The database's language sorts '#' and '$' elsewhere than their bytes do.
func TestServersNewestFindsAResourcesEntriesAlone(t *testing.T) {
	s := open(t, database(t), store.Options{})
	var all []registry.Entry
	for _, id := range []string{"Patient/a|x", "Patient/a|x#1", "Patient/a|x#2", "Patient/a|xy", "Patient/a|X", "Patient/a", "Patient/b|x#é"} {
		all = append(all, registry.Entry{ID: id, Version: 1, Kind: registry.KindRestriction, Status: registry.Active, Patient: alice, RecordedBy: "x", RecordedAt: noon})
	}
	all = append(all, all[1])
	all[len(all)-1].Version = 2
	if err := add(s, all...); err != nil {
		t.Fatal(err)
	}
	tx, err := s.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	found := map[string]int{}
	err = tx.Newest(context.Background(), []string{"Patient/a|x", "Patient/b|x", "Patient/none"}, func(e *registry.Entry) error {
		found[e.ID] += e.Version
		return nil
	})
	if diff := cmp.Diff(map[string]int{"Patient/a|x": 1, "Patient/a|x#1": 2, "Patient/a|x#2": 1, "Patient/b|x#é": 1}, found); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestServersHistoryIsAppendOnly(t *testing.T) {
	address := database(t)
	s := open(t, address, store.Options{})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	for what, e := range map[string]registry.Entry{"there already": objects(alice, 1, registry.Void), "after a gap": objects(alice, 3, registry.Void),
		"of nothing": objects(bob, 2, registry.Void)} {
		if err := add(s, e); err == nil {
			t.Errorf("a version %s was added", what)
		}
	}
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	for _, statement := range []string{"UPDATE registry.entry SET status = 'void'", "DELETE FROM registry.entry", "TRUNCATE registry.entry",
		"UPDATE registry.change SET at = now()", "DELETE FROM registry.change WHERE false", "TRUNCATE registry.change CASCADE",
		"INSERT INTO registry.entry SELECT * FROM registry.entry ON CONFLICT (id, version) DO UPDATE SET status = 'void'"} {
		got := server.SQL(t, name, "DO $x$ BEGIN "+statement+"; RAISE EXCEPTION 'done'; EXCEPTION WHEN restrict_violation OR generated_always THEN NULL; END $x$")
		if got != "" {
			t.Errorf("%s: %s", statement, got)
		}
	}
	if got, err := read(s, alice); len(got) != 1 || err != nil {
		t.Errorf("there are %v %v", got, err)
	}
}

// A broker's role can read, add and tell, and nothing else, whatever it is made to ask.
func TestServersABrokersRoleCanOnlyAdd(t *testing.T) {
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	server.SQL(t, name, "DROP ROLE IF EXISTS \"mcr-broker\"", "CREATE ROLE \"mcr-broker\" LOGIN PASSWORD 'a b''c'")
	t.Cleanup(func() { server.SQL(t, name, "DROP OWNED BY \"mcr-broker\"", "DROP ROLE \"mcr-broker\"") })
	if err := store.Grant(context.Background(), address, store.Options{}, "mcr-broker"); err != nil {
		t.Fatal(err)
	}
	brokers := strings.Replace(address, "postgres@", "mcr-broker@", 1)
	// What a later version adds is theirs, too.
	server.SQL(t, name, "REVOKE SELECT ON registry.change FROM \"mcr-broker\"")
	if _, _, err := store.Migrate(context.Background(), address, store.Options{}); err != nil {
		t.Fatal(err)
	}
	password := "wrong"
	opt := store.Options{Password: func() (string, error) { return password, nil }, Logger: quiet}
	if s, err := store.Open(context.Background(), brokers, opt); err == nil {
		_ = s.Close()
		t.Error("it was opened with a wrong password")
	}
	password = "a b'c"
	s := open(t, brokers, opt)
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, alice); len(got) != 1 || err != nil {
		t.Errorf("there are %v %v", got, err)
	}
	if _, err := store.AcceptLoss(context.Background(), brokers, opt, "no reason"); err == nil {
		t.Error("it accepted a loss")
	}
	for _, statement := range []string{"UPDATE registry.entry SET status = 'void'", "DELETE FROM registry.entry", "TRUNCATE registry.entry",
		"ALTER TABLE registry.entry DISABLE TRIGGER ALL", "SET session_replication_role = replica", "DROP TABLE registry.entry",
		"INSERT INTO registry.change (seq, at, mark) VALUES (7, now(), 7)", "SELECT registry.append(1, NULL, 'x')",
		"CREATE TABLE registry.x ()", "INSERT INTO registry.schema_version VALUES (9, 'x')"} {
		got := server.SQL(t, name, "SET ROLE \"mcr-broker\"; DO $x$ BEGIN "+statement+"; RAISE EXCEPTION 'done'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $x$")
		if got != "" {
			t.Errorf("%s: %s", statement, got)
		}
	}
}

func TestServersTLSIsVerifiedToTheName(t *testing.T) {
	server := postgres.Shared(t)
	address := database(t)
	root := "?sslmode=verify-full&sslrootcert=" + server.CA
	s := open(t, address+root, store.Options{})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	name := address[strings.LastIndex(address, "/")+1:]
	if got := server.SQL(t, name, "SELECT count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name LIKE 'mcr %'"); got != "t" {
		t.Errorf("TLS: %q", got)
	}
	for what, address := range map[string]string{
		"an authority that is not trusted": address + "?sslmode=verify-full",
		"a name that is not the server's":  strings.Replace(address, server.TCP(), postgres.NewLinkAt(t, "127.0.0.2", server.TCP()).Addr(), 1) + root,
	} {
		s := open(t, address, store.Options{Connect: time.Second})
		if _, err := read(s, alice); err == nil {
			t.Errorf("%s was believed", what)
		}
	}
}

func TestServersAUnixSocketWorks(t *testing.T) {
	address := database(t)
	s := open(t, postgres.Shared(t).SocketAddress(address[strings.LastIndex(address, "/")+1:]), store.Options{})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
}

// What the environment says to PostgreSQL's own programs is of no concern here.
func TestServersTheEnvironmentSaysNothing(t *testing.T) {
	address := database(t)
	for name, value := range map[string]string{"PGHOST": "nowhere.invalid", "PGPORT": "1", "PGDATABASE": "x", "PGUSER": "x", "PGPASSWORD": "x",
		"PGPASSFILE": "/nowhere", "PGSSLMODE": "nonsense", "PGSSLCERT": "/nowhere", "PGSSLKEY": "/nowhere", "PGSSLROOTCERT": "/nowhere", "PGSSLCERTMODE": "",
		"PGCONNECT_TIMEOUT": "x", "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "-c search_path=x", "PGTZ": "Asia/Tokyo", "PGAPPNAME": "x",
		"PGREQUIREAUTH": "gss", "PGCHANNELBINDING": "require", "PGMINPROTOCOLVERSION": "9", "PGSERVICEFILE": "/nowhere"} {
		t.Setenv(name, value)
	}
	s := open(t, address, store.Options{})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICE", "x")
	if s, err := store.Open(context.Background(), address, store.Options{}); err == nil || !strings.Contains(err.Error(), "PGSERVICE") {
		t.Errorf("PGSERVICE: %v %v", s, err)
	}
}

func TestServersASchemaOfAnotherVersionIsRefused(t *testing.T) {
	ctx := context.Background()
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	s := open(t, address, store.Options{})
	r := registry.New(s, registry.Options{Logger: quiet})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	server.SQL(t, name, "INSERT INTO registry.schema_version VALUES (99, 'of the future')")
	if _, err := read(s, alice); !errors.Is(err, store.ErrSchema) {
		t.Errorf("reading a newer one: %v", err)
	}
	if err := add(s, objects(alice, 2, registry.Ended)); !errors.Is(err, store.ErrSchema) {
		t.Errorf("writing to a newer one: %v", err)
	}
	until(t, func() error {
		if err := s.Current(); !errors.Is(err, store.ErrSchema) {
			return errors.New("what is kept in memory is used beside a newer one: " + fmt.Sprint(err))
		}
		return nil
	})
	if facts := r.Gather(ctx, access.Question{Patient: alice, Time: noon}); facts.OptOut.State != access.Unavailable {
		t.Errorf("facts: %v", facts.OptOut.State)
	}
	if _, err := store.Open(ctx, address, store.Options{}); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "newer mcr") {
		t.Errorf("opening a newer one: %v", err)
	}
	if _, _, err := store.Migrate(ctx, address, store.Options{}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("migrating a newer one: %v", err)
	}
	server.SQL(t, name, "DELETE FROM registry.schema_version")
	if _, err := store.Open(ctx, address, store.Options{}); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "mcr registry migrate") {
		t.Errorf("opening an older one: %v", err)
	}
	server.SQL(t, name, "DROP SCHEMA registry CASCADE")
	if _, err := store.Open(ctx, address, store.Options{}); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "mcr registry migrate") {
		t.Errorf("opening an empty one: %v", err)
	}
	for _, want := range [][2]int{{0, 3}, {3, 3}} {
		from, to, err := store.Migrate(ctx, address, store.Options{})
		if from != want[0] || to != want[1] || err != nil {
			t.Errorf("migrated from %d to %d: %v", from, to, err)
		}
	}
	server.SQL(t, name, "DROP SCHEMA registry CASCADE")
	for i, file := range []string{"0001_registry.sql", "0002_note.sql"} {
		script, err := os.ReadFile("migrations/" + file)
		if err != nil {
			t.Fatal(err)
		}
		server.SQL(t, name, string(script))
		server.SQL(t, name, fmt.Sprintf("INSERT INTO registry.schema_version (version, name) VALUES (%d, '%s')", i+1, file))
	}
	if from, to, err := store.Migrate(ctx, address, store.Options{}); from != 2 || to != 3 || err != nil {
		t.Errorf("migrated from %d to %d: %v", from, to, err)
	}
	birth := registry.Entry{ID: "Patient/1#birth", Version: 1, Kind: registry.KindBirth, Status: registry.Active, Patient: alice,
		Detail: registry.Detail{Born: "2010-05-17"}, RecordedBy: "x", RecordedAt: noon}
	if err := add(open(t, address, store.Options{}), birth); err != nil {
		t.Errorf("a birth in one that was older: %v", err)
	}
}

// What PostgreSQL's own programs dump and restore is the registry that it was: whoever knew it
// believes it.
func TestServersADumpIsTheRegistry(t *testing.T) {
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	file := seen(t)
	s := open(t, address, store.Options{Seen: file})
	if err := add(s, objects(alice, 1, registry.Active), objects(alice, 2, registry.Ended)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	dump := filepath.Join(filepath.Dir(filepath.Dir(server.CA)), "dump") // where the server's user may write
	server.Run(t, "pg_dump", "-Fc", "-f", dump, "-d", server.SocketAddress(name))
	server.SQL(t, name, "DROP SCHEMA registry CASCADE")
	server.Run(t, "pg_restore", "--exit-on-error", "-d", server.SocketAddress(name), dump)
	s = open(t, address, store.Options{Seen: file})
	if got, err := read(s, alice); len(got) != 2 || err != nil {
		t.Errorf("%v %v", got, err)
	}
	if err := add(s, objects(alice, 3, registry.Active)); err != nil {
		t.Error(err)
	}
	if err := add(s, objects(alice, 3, registry.Active)); err == nil {
		t.Error("it is not append-only any more")
	}
}

// until tries again until there is no error; the test's own time limit is the limit.
func until(t testing.TB, try func() error) {
	t.Helper()
	for last := ""; ; {
		err := try()
		if err == nil {
			return
		}
		if err.Error() != last {
			last = err.Error()
			t.Logf("waiting: %s", last)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
