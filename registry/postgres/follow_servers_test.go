//go:build servers

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// broker is a registry over a store that follows.
type broker struct {
	*registry.Registry
	store *store.Store
}

func follow(t testing.TB, address string, opt store.Options) broker {
	t.Helper()
	s := open(t, address, opt)
	return broker{registry.New(s, registry.Options{Logger: quiet}), s}
}

// optOut is what a broker knows of a patient's opt-out.
func (b broker) optOut(who nhs.Number) access.State {
	return b.Gather(context.Background(), access.Question{Patient: who, Time: noon.Add(time.Hour)}).OptOut.State
}

// knows waits until a broker says something of a patient's opt-out.
func (b broker) knows(t testing.TB, who nhs.Number, want access.State) {
	t.Helper()
	until(t, func() error {
		if got := b.optOut(who); got != want {
			return fmt.Errorf("the opt-out is %v, not %v", got, want)
		}
		return nil
	})
}

func metric(t testing.TB, s *store.Store, name string) float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(s)
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		if family.GetName() == name {
			sum := 0.0
			for _, m := range family.GetMetric() {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
			return sum
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

func TestServersAChangeHoldsAtEightBrokers(t *testing.T) {
	address := database(t)
	var brokers []broker
	for range 8 {
		brokers = append(brokers, follow(t, address, store.Options{}))
	}
	var all sync.WaitGroup
	for round := range 3 {
		status, want := registry.Active, access.Known
		if round == 1 {
			status, want = registry.Ended, access.Absent
		}
		for i, b := range brokers {
			all.Go(func() {
				if err := add(b.store, objects(number(i), round+1, status)); err != nil {
					t.Error(err)
				}
				if got := b.optOut(number(i)); got != want {
					t.Errorf("at the broker itself it is %v", got) // from its commit on
				}
			})
		}
		all.Wait()
		for _, b := range brokers {
			for i := range brokers {
				b.knows(t, number(i), want) // and each is in memory from then on
			}
		}
	}
	if got := metric(t, brokers[0].store, "mcr_registry_change_seconds"); got != 24 {
		t.Errorf("%v changes were measured", got)
	}
}

// A notification is enough, however seldom is asked besides.
func TestServersAChangeIsNotified(t *testing.T) {
	address := database(t)
	s := open(t, address, store.Options{StaleAfter: time.Hour})
	s.Every(time.Hour)
	b := broker{registry.New(s, registry.Options{Logger: quiet}), s}
	b.knows(t, alice, access.Absent)
	other := open(t, address, store.Options{})
	for version := range 20 {
		if err := add(other, objects(alice, version+1, []registry.Status{registry.Active, registry.Ended}[version%2])); err != nil {
			t.Fatal(err)
		}
		b.knows(t, alice, []access.State{access.Known, access.Absent}[version%2])
	}
}

// A change of which nobody was notified is found all the same.
func TestServersANotificationThatIsLostIsNotMissed(t *testing.T) {
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	b := follow(t, address, store.Options{})
	b.knows(t, alice, access.Absent)
	server.SQL(t, name, `CREATE OR REPLACE FUNCTION registry.append(of_mark bigint, of_patients bigint[], of_accepts text)
		RETURNS TABLE (seq bigint, at timestamptz) LANGUAGE sql SECURITY DEFINER AS
		$$ INSERT INTO registry.change SELECT max(seq)+1, clock_timestamp(), of_mark, of_patients, of_accepts FROM registry.change RETURNING seq, at $$`)
	other := open(t, address, store.Options{})
	if err := add(other, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Known)
}

func TestServersAHoleForgetsEverybody(t *testing.T) {
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	b := follow(t, address, store.Options{})
	b.knows(t, alice, access.Absent)
	// As if somebody had worked on the tables themselves.
	server.SQL(t, name, "BEGIN; INSERT INTO registry.entry (mark, patient, recorded_at, version, kind, status, id, recorded_by, body) "+
		"VALUES (7, "+alice.Digits()+", now(), 1, 'opt-out', 'active', 'o', 'x', '{}'); "+
		"INSERT INTO registry.change (seq, at, mark, patients) VALUES (9, now(), 9, '{}'); COMMIT")
	b.knows(t, alice, access.Known)
	if got := metric(t, b.store, "mcr_registry_resyncs_total"); got != 1 {
		t.Errorf("everybody was forgotten %v times", got)
	}
}

// What a broker answers while its database is away: nothing, once that is longer than allowed.
// No change is missed when it is there again.
func TestServersAPartitionIsNoticedAndMended(t *testing.T) {
	for name, part := range map[string]func(*postgres.Link){"cut": (*postgres.Link).Cut, "silent": (*postgres.Link).Silence} {
		t.Run(name, func(t *testing.T) {
			address := database(t)
			server := postgres.Shared(t)
			link := postgres.NewLink(t, server.TCP())
			b := follow(t, strings.Replace(address, server.TCP(), link.Addr(), 1), store.Options{StaleAfter: 500 * time.Millisecond})
			other := open(t, address, store.Options{})
			b.knows(t, alice, access.Absent)
			part(link)
			if err := add(other, objects(alice, 1, registry.Active)); err != nil {
				t.Fatal(err)
			}
			b.knows(t, alice, access.Unavailable)
			if err := b.Check(context.Background()); err == nil {
				t.Error("it is ready")
			}
			link.Mend()
			for got := access.Unavailable; got != access.Known; got = b.optOut(alice) {
				if got == access.Absent {
					t.Fatal("the change was missed")
				}
			}
		})
	}
}

func TestServersADatabaseThatIsKilledComesBack(t *testing.T) {
	server := postgres.Start(t)
	address := server.Database(t, prepare)
	a := follow(t, address, store.Options{Seen: seen(t), StaleAfter: 500 * time.Millisecond})
	b := follow(t, address, store.Options{Seen: seen(t), StaleAfter: 500 * time.Millisecond})
	version := 0
	for _, end := range []func(testing.TB){server.Kill, func(t testing.TB) { server.Stop(t, "immediate") }, func(t testing.TB) { server.Stop(t, "fast") }} {
		version++
		if err := add(a.store, objects(alice, version, registry.Active)); err != nil {
			t.Fatal(err)
		}
		b.knows(t, alice, access.Known)
		end(t)
		b.knows(t, alice, access.Unavailable)
		if err := add(a.store, objects(alice, version+1, registry.Ended)); err == nil {
			t.Error("something was added to a database that is away")
		}
		server.Start(t)
		version++
		until(t, func() error { return add(b.store, objects(alice, version, registry.Ended)) })
		a.knows(t, alice, access.Absent)
	}
	server.Freeze(t)
	b.knows(t, alice, access.Unavailable)
	server.Thaw(t)
	b.knows(t, alice, access.Absent)
	history := 0
	err := a.store.History(context.Background(), objects(alice, 1, registry.Active).ID, func(*registry.Entry) error { history++; return nil })
	if history != version || err != nil {
		t.Errorf("%d versions were confirmed, %d are there (%v)", version, history, err)
	}
}

func TestServersAPromotedReplicaIsFollowed(t *testing.T) {
	server := postgres.Start(t, "synchronous_commit=remote_apply")
	replica := server.Replica(t)
	server.SQL(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	address := server.Database(t, prepare)
	both := strings.Replace(address, server.TCP(), server.TCP()+","+replica.TCP(), 1)
	a, b := follow(t, both, store.Options{Seen: seen(t)}), follow(t, both, store.Options{Seen: seen(t)})
	if err := add(a.store, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Known)
	server.Kill(t)
	replica.SQL(t, "postgres", "SELECT 1") // nobody writes to it yet
	if err := add(a.store, objects(alice, 2, registry.Ended)); err == nil {
		t.Error("something was added to a replica")
	}
	replica.Promote(t)
	replica.SQL(t, "postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
	until(t, func() error { return add(a.store, objects(alice, 2, registry.Ended)) })
	b.knows(t, alice, access.Absent)
}

// A replica that lacked the last changes is promoted: nobody who saw them believes it, after a
// restart either, until an operator has looked; then everybody does.
func TestServersAPromotionWithLossIsRefusedUntilItIsAccepted(t *testing.T) {
	server := postgres.Start(t)
	address := server.Database(t, prepare)
	replica := server.Replica(t)
	both := strings.Replace(address, server.TCP(), server.TCP()+","+replica.TCP(), 1)
	file := seen(t)
	opt := store.Options{Seen: file, StaleAfter: 500 * time.Millisecond}
	a := follow(t, both, opt)
	replica.Kill(t) // what comes now is lost
	if err := add(a.store, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	a.knows(t, alice, access.Known)
	server.Kill(t)
	replica.Start(t)
	replica.Promote(t)
	until(t, func() error {
		if err := a.store.Current(); !errors.Is(err, store.ErrBehind) {
			return errors.New("it says " + fmt.Sprint(err))
		}
		return nil
	})
	if got := a.optOut(alice); got != access.Unavailable {
		t.Errorf("the opt-out is %v", got)
	}
	if _, err := read(a.store, alice); !errors.Is(err, store.ErrBehind) {
		t.Errorf("reading: %v", err)
	}
	if err := add(a.store, objects(bob, 1, registry.Active)); !errors.Is(err, store.ErrBehind) {
		t.Errorf("writing: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	// Others, who had not seen what is lost, go on: as many changes as were lost, and more.
	only := strings.Replace(address, server.TCP(), replica.TCP(), 1)
	other := follow(t, only, store.Options{})
	for i := range 3 {
		if err := add(other.store, objects(number(10+i), 1, registry.Active)); err != nil {
			t.Fatal(err)
		}
	}
	a = follow(t, both, opt)
	if err := a.store.Current(); !errors.Is(err, store.ErrBehind) {
		t.Errorf("after a restart: %v", err)
	}
	if got := a.optOut(number(10)); got != access.Unavailable {
		t.Errorf("after a restart the opt-out is %v", got)
	}
	if _, err := store.AcceptLoss(context.Background(), only, store.Options{}, "one opt-out is lost, and was recorded again"); err != nil {
		t.Fatal(err)
	}
	a.knows(t, number(10), access.Known)
	a.knows(t, alice, access.Absent)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = follow(t, both, opt) // and stays believed
	if err := a.store.Current(); err != nil {
		t.Errorf("after it was accepted: %v", err)
	}
}

func TestServersARestoredBackupIsRefusedUntilItIsAccepted(t *testing.T) {
	server := postgres.Start(t)
	address := server.Database(t, prepare)
	opt := store.Options{Seen: seen(t), StaleAfter: 500 * time.Millisecond}
	a := follow(t, address, opt)
	if _, err := store.AcceptLoss(context.Background(), address, store.Options{}, "of another loss, long ago"); err != nil {
		t.Fatal(err)
	}
	if err := add(a.store, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	backup := server.Backup(t)
	if err := add(a.store, objects(alice, 2, registry.Ended)); err != nil {
		t.Fatal(err)
	}
	a.knows(t, alice, access.Absent)
	server.Restore(t, backup)
	until(t, func() error {
		if err := a.store.Current(); !errors.Is(err, store.ErrBehind) {
			return errors.New("it says " + fmt.Sprint(err))
		}
		return nil
	})
	if got := a.optOut(alice); got != access.Unavailable {
		t.Errorf("the opt-out is %v", got)
	}
	if _, err := store.AcceptLoss(context.Background(), address, store.Options{}, "the end of an opt-out is lost"); err != nil {
		t.Fatal(err)
	}
	a.knows(t, alice, access.Known)
}

func TestServersWhatWasSeenOutlivesTheBroker(t *testing.T) {
	address := database(t)
	file := seen(t)
	s := open(t, address, store.Options{Seen: file})
	if err := add(s, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	until(t, func() error { // without Close: the process may be killed
		text, err := os.ReadFile(file)
		if err == nil && !strings.Contains(string(text), "change 1\n") {
			err = errors.New("it is not there yet")
		}
		return err
	})
	empty := database(t)
	if _, err := store.Open(context.Background(), empty, store.Options{Seen: file, Logger: quiet}); err != nil {
		t.Fatalf("a database that lacks it is no reason not to start: %v", err)
	}
	if err := os.WriteFile(file, []byte("change 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(context.Background(), address, store.Options{Seen: file, Logger: quiet}); err == nil {
		t.Error("a damaged file was taken for none")
	}
}

// lateness gives the bounds below which half, and 99 of a hundred, of the changes took effect.
func lateness(t testing.TB, s *store.Store) (p50, p99 float64) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(s)
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		if family.GetName() != "mcr_registry_change_seconds" {
			continue
		}
		h := family.GetMetric()[0].GetHistogram()
		for _, b := range h.GetBucket() {
			if p50 == 0 && b.GetCumulativeCount()*2 >= h.GetSampleCount() {
				p50 = b.GetUpperBound()
			}
			if p99 == 0 && b.GetCumulativeCount()*100 >= h.GetSampleCount()*99 {
				p99 = b.GetUpperBound()
			}
		}
	}
	return p50, p99
}

// Of a backlog nothing is known until the last of it is heard: what is in memory of somebody may be
// older than a change that is still to come.
func TestServersABacklogIsHeardWholeOrNotAtAll(t *testing.T) {
	address := database(t)
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	link := postgres.NewLink(t, server.TCP())
	s := open(t, strings.Replace(address, server.TCP(), link.Addr(), 1), store.Options{StaleAfter: 500 * time.Millisecond, Logger: quiet})
	var early atomic.Int64
	const last = 1500 // more than twice what is asked for at once
	s.OnChange(func(c store.Change) {
		if c.Seq > 0 && c.Seq < last && s.Current() == nil {
			early.Add(1)
		}
	})
	b := broker{registry.New(s, registry.Options{Logger: quiet}), s}
	b.knows(t, alice, access.Absent)
	link.Cut()
	b.knows(t, alice, access.Unavailable)
	server.SQL(t, name, "SELECT registry.append(i, '{}', NULL) FROM generate_series(1, "+fmt.Sprint(last-1)+") i")
	if err := add(open(t, address, store.Options{}), objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	link.Mend()
	b.knows(t, alice, access.Known)
	if got := early.Load(); got != 0 {
		t.Errorf("it was current before %d changes that it had missed", got)
	}
}
