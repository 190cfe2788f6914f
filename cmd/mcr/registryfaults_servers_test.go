//go:build servers

package main_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
)

// lasts is how long a fault lasts: longer than what is known is believed.
const lasts = staleAfter + 3*time.Second

// fault is a row of docs/registry-faults.md: what is done to a region that works, and undone.
type fault struct {
	what string // for the page
	todo string // by the operator
	do   func(*sharers)
	undo func(*sharers)
	// unheard are the brokers that must say that facts are unavailable; the others must not.
	unheard []int
	readyz  string // what they say of it
	accept  bool   // an operator accepts a loss, before it is undone
}

var everybody = []int{0, 1, 2}

const itself = "brokers take up by themselves"

// faults are those of one region, one after the other: the last ones change its servers.
var faults = []fault{
	{"The database is killed (`kill -9`), and started again", "start it again; " + itself,
		func(r *sharers) { r.server.Kill(r.t) }, func(r *sharers) { r.server.Start(r.t) }, everybody, "has not been heard of lately", false},
	{"The database is frozen (SIGSTOP), and goes on", itself,
		func(r *sharers) { r.server.Freeze(r.t) }, func(r *sharers) { r.server.Thaw(r.t) }, everybody, "has not been heard of lately", false},
	{"One broker's network is cut (connections reset)", "the network; " + itself,
		func(r *sharers) { r.brokers[2].wire((*postgres.Link).Cut) }, func(r *sharers) { r.brokers[2].wire((*postgres.Link).Mend) }, []int{2}, "has not been heard of lately", false},
	{"One broker is partitioned in silence (nothing passes, nobody is told)", "the network; " + itself,
		func(r *sharers) { r.brokers[2].wire((*postgres.Link).Silence) }, func(r *sharers) { r.brokers[2].wire((*postgres.Link).Mend) }, []int{2}, "has not been heard of lately", false},
	{"What the database says to one broker is lost; what that broker says arrives", "the network; " + itself,
		func(r *sharers) { r.brokers[2].wire((*postgres.Link).Mute) }, func(r *sharers) { r.brokers[2].wire((*postgres.Link).Mend) }, []int{2}, "has not been heard of lately", false},
	{"The brokers' role may make no connection more, and loses those that it has (53300, as with `max_connections`)", "raise the limit, or lower `pool`; " + itself,
		func(r *sharers) {
			r.server.SQL(r.t, "postgres", "ALTER ROLE mcr CONNECTION LIMIT 0", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'mcr'")
		},
		func(r *sharers) { r.server.SQL(r.t, "postgres", "ALTER ROLE mcr CONNECTION LIMIT -1") }, everybody, "has not been heard of lately", false},
	{"A newer mcr migrates the schema under running brokers", "brokers of that version; or the schema of before",
		func(r *sharers) {
			r.server.SQL(r.t, r.database, "INSERT INTO registry.schema_version (version, name) VALUES (99, 'of tomorrow')")
		},
		func(r *sharers) {
			r.server.SQL(r.t, r.database, "DELETE FROM registry.schema_version WHERE version = 99")
		}, everybody, "of another version", false},
	{"Somebody locks the table of changes (statements run out of time)", "end that session; " + itself,
		func(r *sharers) { r.lock("registry.change") }, func(r *sharers) { r.unlock() }, everybody, "has not been heard of lately", false},
	{"The primary dies, and a replica that lacks nothing is promoted (synchronous replication)", "promote; " + itself,
		func(r *sharers) { r.server.Kill(r.t) },
		func(r *sharers) {
			r.replica.Promote(r.t)
			r.replica.SQL(r.t, "postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
			r.follow(r.replica)
		}, everybody, "has not been heard of lately", false},
	{"The primary dies, and a replica is promoted that lacks the last changes", "find what is missing, record it again, `mcr registry accept-loss` (registry.md)",
		func(r *sharers) {
			r.server.SQL(r.t, "postgres", "SELECT pg_switch_wal()")
			r.replica.Kill(r.t) // what comes now is lost
			r.isRecorded(6)
			r.server.Kill(r.t)
			r.replica.Start(r.t)
			r.replica.Promote(r.t)
		}, func(r *sharers) { r.follow(r.replica) }, everybody, "lacks what this broker has seen", true},
	{"The database is restored from a backup", "find what is missing, record it again, `mcr registry accept-loss` (registry.md)",
		func(r *sharers) {
			backup := r.server.Backup(r.t)
			r.isRecorded(6)
			r.server.Restore(r.t, backup)
		}, func(*sharers) {}, everybody, "lacks what this broker has seen", true},
}

// wire does something to the wires of a broker to both servers.
func (b *sharer) wire(do func(*postgres.Link)) {
	for _, w := range b.wires {
		do(w)
	}
}

// follow takes a promoted replica for the primary, and makes it a replica of its own.
func (r *sharers) follow(primary *postgres.Server) {
	r.server = primary
	r.replica = primary.Replica(r.t)
	for _, b := range r.brokers {
		b.wires[0].Lead(primary.TCP())
		b.wires[1].Lead(r.replica.TCP())
	}
}

// isRecorded waits until so many yeses and noes more are confirmed, and heard by everybody.
func (r *sharers) isRecorded(more int) {
	r.t.Helper()
	recorded := func() int {
		r.load.mu.Lock()
		defer r.load.mu.Unlock()
		n := 0
		for _, s := range r.load.said {
			if s.status == http.StatusCreated {
				n++
			}
		}
		return n
	}
	want := recorded() + more
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); recorded() < want; <-tick.C {
		if time.Now().After(end) {
			r.t.Fatal("nothing is recorded any more")
		}
	}
	for _, b := range r.brokers { // and what each has heard is kept
		seen := r.server.SQL(r.t, r.database, "SELECT max(seq) FROM registry.change")
		for end := time.Now().Add(time.Minute); b.metric("mcr_registry_seen_change") < number(r.t, seen); <-tick.C {
			if time.Now().After(end) {
				r.t.Fatal("a broker does not hear")
			}
		}
	}
}

func number(t *testing.T, text string) (n float64) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

// metric gives a metric without labels; -1: it is not there.
func (s *site) metric(name string) float64 {
	s.t.Helper()
	for line := range strings.Lines(s.metrics()) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			return number(s.t, text)
		}
	}
	return -1
}

// lock has a session of PostgreSQL's own client lock a table until unlock.
func (r *sharers) lock(table string) {
	r.locks = exec.Command("psql", "-X", "-q", r.server.SocketAddress(r.database))
	pipe, err := r.locks.StdinPipe()
	if err == nil {
		err = r.locks.Start()
	}
	if err == nil {
		_, err = fmt.Fprintf(pipe, "BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n", table)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = pipe.Close() })
}

func (r *sharers) unlock() {
	_ = r.locks.Process.Kill()
	_ = r.locks.Wait()
	r.server.SQL(r.t, "postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'psql' AND pid <> pg_backend_pid()")
}

// row is what was measured.
type row struct {
	fault      string
	answered   told
	seen, back time.Duration
	readyz     string
	todo       string
}

// try does one fault to a region under load.
func (r *sharers) try(f fault) row {
	r.t.Helper()
	r.load = r.watch(len(r.brokers) * 2)
	defer r.load.end()
	r.load.well(time.Now())
	began := time.Now()
	f.do(r)
	if f.accept {
		began = time.Now()
	}
	pauseFor(r.t.Context(), lasts)
	said := row{fault: f.what, todo: f.todo}
	for i, b := range r.brokers {
		_, text := b.ready()
		current := b.metric("mcr_registry_current")
		if unheard := slices.Contains(f.unheard, i); unheard != (current == 0) || unheard != strings.Contains(text, f.readyz) {
			r.t.Errorf("%s: broker %d: mcr_registry_current is %v, /readyz: %s", f.what, i, current, text)
		} else if unheard {
			said.readyz = f.readyz
		}
	}
	ended := time.Now()
	if f.accept {
		r.accepts()
	}
	f.undo(r)
	mended := time.Now()
	r.load.well(mended)
	r.load.end()
	said.back = r.load.answersAgain(mended)
	said.answered = r.load.between(began, ended)
	after := r.load.between(mended, time.Now())
	for i, late := range said.answered.seen {
		if unheard := slices.Contains(f.unheard, i); unheard != (late >= 0) {
			r.t.Errorf("%s: broker %d said that facts are unavailable: %v, want %v", f.what, i, late >= 0, unheard)
		}
	}
	said.seen = said.answered.latest()
	if n := said.answered.against + after.against; n > 0 {
		r.t.Errorf("%s: %d answers were released against a no", f.what, n)
	}
	if n := said.answered.ownOther + said.answered.other; n > 0 {
		r.t.Errorf("%s: %v", f.what, said.answered)
	}
	r.t.Logf("%s: %v; seen after %v, back after %v\nafterwards: %v", f.what, said.answered, said.seen, said.back, after)
	return said
}

// accepts is what an operator does about a loss.
func (r *sharers) accepts() {
	r.t.Helper()
	server := r.server
	if !server.Runs() {
		server = r.replica
	}
	out, err := r.brokers[0].run("registry", "accept-loss", "--registry", server.Address(r.database), "--by", "A. Officer", "--reason", "a test of what is lost")
	if err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	r.load.accepted()
}

// What whole brokers answer while something is wrong with the registry that they share: never what a
// patient has said no to, but for what they could not have heard of within stale_after; and each time
// an organisation's own records as ever. docs/registry-faults.md is made from it.
func TestServersFaultsOfASharedRegistry(t *testing.T) {
	r := share(t, 3, 6, "")
	var rows []row
	for i, f := range faults {
		if strings.Contains(f.what, "synchronous") { // only now: a commit waits for the replica
			r.server.SQL(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
		}
		rows = append(rows, r.try(f))
		if t.Failed() {
			t.Fatalf("fault %d", i+1)
		}
	}
	r.page(rows)
}

// page writes docs/registry-faults.md anew, or holds it against what was done: figures are those of
// the run that wrote it.
func (r *sharers) page(rows []row) {
	r.t.Helper()
	const path = "../../docs/registry-faults.md"
	var table bytes.Buffer
	for _, w := range rows {
		fmt.Fprintf(&table, "| %s | %v | %s | %s | %s | %s |\n", w.fault, w.answered, short(w.seen), short(w.back), w.readyz, w.todo)
	}
	is, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(is), tableBegins)
	had, after, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		r.t.Fatalf("%s has no place for the table", path)
	}
	if flag.Lookup("update").Value.String() == "true" { // documented_test.go
		if err := os.WriteFile(path, []byte(before+tableBegins+table.String()+tableEnds+after), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	for _, w := range rows {
		line := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(w.fault) + ` \| .* \| ` + regexp.QuoteMeta(w.readyz) + ` \| ` + regexp.QuoteMeta(w.todo) + ` \|$`)
		if !line.MatchString(had) {
			r.t.Errorf("%s does not tell of: %s", path, w.fault)
		}
	}
	if n := strings.Count(had, "\n"); n != len(rows) {
		r.t.Errorf("%s tells of %d faults, want %d: run with -update", path, n, len(rows))
	}
}

const (
	tableBegins = "|---|---|---|---|---|---|\n"
	tableEnds   = "\n## A broker"
)

func short(d time.Duration) string {
	if d < 0 {
		return "not"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// A broker, or the database, is killed while permissions are recorded: each that was confirmed is
// there, once, and the trail has a record of each.
func TestServersWhatWasConfirmedIsThereOnce(t *testing.T) {
	r := share(t, 2, 24, "")
	type confirmed struct{ permission, record string }
	var mu sync.Mutex
	var all []confirmed
	for round := range 6 {
		ctx := t.Context()
		var writers sync.WaitGroup
		enough, stop := make(chan struct{}), make(chan struct{})
		n := 0
		for w := range 8 {
			writers.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					id, a := r.brokers[0].permits(ctx, (w+8*i)%24, fmt.Sprintf("w%d-%d-%d", round, w, i))
					if a.status != http.StatusCreated {
						if a.status == 0 {
							pauseFor(ctx, rest)
						}
						continue
					}
					mu.Lock()
					all = append(all, confirmed{id, a.record})
					if n++; n == 30+7*round {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		if round%2 == 0 {
			r.brokers[0].end(syscall.SIGKILL)
		} else {
			r.server.Kill(t)
			r.server.Start(t)
		}
		close(stop)
		writers.Wait()
		if round%2 == 0 {
			r.brokers[0].start()
		}
	}
	r.brokers[0].stop() // which delivers all
	recorded := r.brokers[0].recorded()
	there := map[string]int{}
	for line := range strings.Lines(r.server.SQL(t, r.database, "SELECT id, count(*) FROM registry.entry WHERE kind = 'permission' GROUP BY id")) {
		id, n, _ := strings.Cut(strings.TrimSpace(line), "|")
		there[id] = int(number(t, n))
	}
	for _, c := range all {
		if there[c.permission] != 1 || recorded[c.record] != 1 {
			t.Errorf("permission %s is there %d times, its record %s %d times", c.permission, there[c.permission], c.record, recorded[c.record])
		}
	}
	if out, err := r.brokers[0].run("audit", "verify", "--trail", "data/trail.db", "--keys", "data/keys"); err != nil {
		t.Errorf("the chain does not hold: %v\n%s", err, out)
	}
	t.Logf("%d permissions were confirmed over 6 deaths; %d are there", len(all), len(there))
}

// The disk of the database is full: nothing is confirmed that is not there, nothing is released
// against a no, and all goes on when there is room.
func TestServersTheDiskOfASharedRegistryIsFull(t *testing.T) {
	_ = t.TempDir() // and what the brokers have is on the usual disk
	if _, err := binary(); err != nil {
		t.Fatal(err)
	}
	disk, err := os.MkdirTemp("", "mcr-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(disk) })
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=300m,mode=0777"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	t.Setenv("TMPDIR", disk)
	r := share(t, 2, 4, "")
	r.load = r.watch(4)
	r.load.well(time.Now())
	began := time.Now()
	ballast := filepath.Join(disk, "ballast")
	fill := exec.Command("dd", "if=/dev/zero", "of="+ballast, "bs=64k")
	_ = fill.Run()      // until there is no room
	r.isNotRecorded(10) // what comes first still finds room in the files that there are
	ended := time.Now()
	for i, b := range r.brokers {
		_, text := b.ready()
		t.Logf("broker %d: /readyz: %s", i, text)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if !r.server.Runs() {
		t.Log("the database had stopped")
		r.server.Start(t)
	}
	r.load.well(time.Now())
	r.load.end()
	c := r.load.between(began, ended)
	t.Log(c)
	if c.against > 0 || c.ownOther > 0 || c.own == 0 {
		t.Errorf("%v", c)
	}
	for _, s := range r.load.said { // what was confirmed is there
		if s.yes && s.status == http.StatusCreated {
			id := permissionIn(s.text)
			if n := r.server.SQL(t, r.database, "SELECT count(*) FROM registry.entry WHERE id = '"+id+"' AND version = 1"); n != "1" {
				t.Errorf("permission %s was confirmed and is there %s times", id, n)
			}
		}
	}
}

// isNotRecorded waits until so much of what patients say could not be recorded.
func (r *sharers) isNotRecorded(want int) {
	r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); ; <-tick.C {
		r.load.mu.Lock()
		n := 0
		for _, s := range r.load.said {
			if s.status == http.StatusServiceUnavailable {
				n++
			}
		}
		r.load.mu.Unlock()
		if n >= want {
			return
		}
		if time.Now().After(end) {
			r.t.Fatal("everything is recorded")
		}
	}
}
