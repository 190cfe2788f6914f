//go:build servers

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// begun begins a transaction that adds an entry.
func begun(t testing.TB, s registry.Store, e registry.Entry) registry.Tx {
	t.Helper()
	ctx := context.Background()
	tx, err := s.Begin(ctx)
	if err == nil {
		err = tx.Lock(ctx, e.Patient)
	}
	if err == nil {
		err = tx.Add(ctx, e)
	}
	if err != nil {
		if tx != nil {
			tx.Rollback()
		}
		t.Fatal(err)
	}
	return tx
}

// The connection is lost while a change is committed: Commit says what is true.
func TestServersACommitOfUnknownOutcomeIsFoundOut(t *testing.T) {
	address := database(t)
	server := postgres.Shared(t)
	other := open(t, address, store.Options{})
	for name, c := range map[string]struct {
		part  func(*postgres.Link)
		cut   bool
		holds bool
	}{
		"the answer is lost":                      {(*postgres.Link).Mute, true, true},
		"the answer does not come":                {(*postgres.Link).Mute, false, true},
		"the question is lost":                    {(*postgres.Link).Silence, true, false},
		"the connection is cut before it is sent": {(*postgres.Link).Cut, true, false},
		"the connection hangs, and no other does": {(*postgres.Link).Strand, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			link := postgres.NewLink(t, server.TCP())
			s := open(t, strings.Replace(address, server.TCP(), link.Addr(), 1), store.Options{Statement: time.Second, Writers: 1})
			e := objects(alice, 1, registry.Active)
			e.ID = strings.ReplaceAll(name, " ", "-")
			before := e // has the driver prepare what it asks
			before.ID += "-before"
			if err := add(s, before); err != nil {
				t.Fatal(err)
			}
			tx := begun(t, s, e)
			c.part(link)
			committed := make(chan error, 1)
			go func() { committed <- tx.Commit() }()
			if c.holds {
				until(t, func() error { return there(other, e.ID, 1) })
			}
			if c.cut {
				link.Cut()
			}
			link.Mend()
			err := <-committed
			defer link.Cut() // whoever waits for a server's goodbye need not
			if (err == nil) != c.holds || errors.Is(err, store.ErrUnknown) {
				t.Errorf("it says %v", err)
			}
			want := 0
			if c.holds {
				want = 1
			}
			if err := there(other, e.ID, want); err != nil {
				t.Error(err)
			}
		})
	}
}

// there returns nil if there are so many versions of an entry.
func there(s registry.Store, id string, want int) error {
	got := 0
	err := s.History(context.Background(), id, func(*registry.Entry) error { got++; return nil })
	if err == nil && got != want {
		err = fmt.Errorf("there are %d versions of %s, not %d", got, id, want)
	}
	return err
}

// A commit that is still on its way when its fate is asked for is not done after that.
func TestServersACommitThatComesLateIsAsItWasSaid(t *testing.T) {
	address := database(t)
	server := postgres.Shared(t)
	other := open(t, address, store.Options{})
	for round := range 5 { // the commit and the question travel on in any order
		link := postgres.NewLink(t, server.TCP())
		said := &lines{}
		s := open(t, strings.Replace(address, server.TCP(), link.Addr(), 1),
			store.Options{Statement: 200 * time.Millisecond, Connect: 200 * time.Millisecond, Writers: 1,
				Logger: slog.New(slog.NewTextHandler(said, nil))})
		e := objects(alice, 1, registry.Active)
		e.ID = fmt.Sprint("late-", round)
		before := e // has the driver prepare what it asks
		before.ID += "-before"
		if err := add(s, before); err != nil {
			t.Fatal(err)
		}
		tx := begun(t, s, e)
		link.Silence()
		if err := tx.Commit(); !errors.Is(err, store.ErrUnknown) {
			t.Fatalf("it says %v", err)
		}
		if got := metric(t, s, "mcr_registry_unknown_outcomes_total"); got != 1 {
			t.Errorf("%v are counted", got)
		}
		link.Mend()
		want := 0
		until(t, func() error {
			switch text := said.String(); {
			case strings.Contains(text, "not made, was made"):
				want = 1
			case !strings.Contains(text, "was not made"):
				return errors.New("it is not known yet")
			}
			return nil
		})
		if err := there(other, e.ID, want); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil { // all that was on its way has come
			t.Error(err)
		}
		if err := there(other, e.ID, want); err != nil {
			t.Error(err)
		}
	}
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestServersTwoWritersOfOnePersonTakeTurns(t *testing.T) {
	address := database(t)
	a, b := open(t, address, store.Options{}), open(t, address, store.Options{})
	tx := begun(t, a, objects(alice, 1, registry.Active))
	if err := add(b, objects(bob, 1, registry.Active)); err != nil {
		t.Errorf("about somebody else: %v", err)
	}
	server, name := postgres.Shared(t), address[strings.LastIndex(address, "/")+1:]
	if held := server.SQL(t, name, "SELECT classid::bigint << 32 | objid::bigint FROM pg_locks WHERE locktype = 'advisory'"); held == "" || strings.Contains(held, strings.TrimLeft(alice.Digits(), "0")) {
		t.Errorf("the locks tell whom they are about: %s", strings.ReplaceAll(held, "\n", " "))
	}
	second := make(chan error, 1)
	ctx := context.Background()
	go func() {
		other, err := b.Begin(ctx)
		if err == nil {
			err = other.Lock(ctx, carol, alice)
		}
		if err == nil && !other.Time().After(tx.Time()) {
			err = errors.New("its time is not later")
		}
		versions := 0
		if err == nil {
			err = other.Versions(ctx, alice, func(*registry.Entry) error { versions++; return nil })
		}
		if err == nil && versions != 1 {
			err = fmt.Errorf("it sees %d versions", versions)
		}
		if err == nil {
			other.Rollback()
		}
		second <- err
	}()
	select {
	case err := <-second:
		t.Errorf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestServersWhoWaitsTooLongIsToldThatOthersAreBusy(t *testing.T) {
	address := database(t)
	s := open(t, address, store.Options{Writers: 2, Wait: 100 * time.Millisecond})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	first := begun(t, s, objects(alice, 1, registry.Active))
	second, err := s.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(ctx); !errors.Is(err, registry.ErrBusy) {
		t.Errorf("a third: %v", err)
	}
	if err := second.Lock(context.Background(), alice); !errors.Is(err, registry.ErrBusy) {
		t.Errorf("the second: %v", err)
	}
	second.Rollback()
	first.Rollback()
	// Crosswise: one of them goes on.
	deadlocks := open(t, address, store.Options{})
	first, second = begun(t, deadlocks, objects(alice, 1, registry.Active)), begun(t, deadlocks, objects(bob, 1, registry.Active))
	other := make(chan error, 1)
	go func() { other <- second.Lock(context.Background(), alice) }()
	mine := first.Lock(context.Background(), bob)
	if mine == nil {
		first.Rollback()
	}
	theirs := <-other
	if (mine == nil) == (theirs == nil) || !errors.Is(errors.Join(mine, theirs), registry.ErrBusy) {
		t.Errorf("crosswise: %v and %v", mine, theirs)
	}
	if mine != nil {
		first.Rollback()
	}
	second.Rollback()
}

// Who dies between does not stop others for ever.
func TestServersATransactionThatNobodyWorksInIsUndone(t *testing.T) {
	address := database(t)
	s := open(t, address, store.Options{Idle: 100 * time.Millisecond})
	tx := begun(t, s, objects(alice, 1, registry.Active))
	other := open(t, address, store.Options{})
	if err := add(other, objects(alice, 1, registry.Active)); err != nil {
		t.Errorf("another one: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("it was committed")
	}
	if err := there(other, objects(alice, 1, registry.Active).ID, 1); err != nil {
		t.Error(err)
	}
}

// The database is killed again and again while permissions are recorded: each one that was
// confirmed is there, once; none is that was said not to be made.
func TestServersWhatIsConfirmedIsThereOnce(t *testing.T) {
	server := postgres.Start(t)
	address := server.Database(t, prepare)
	s := open(t, address, store.Options{Writers: 8})
	var mu sync.Mutex
	fate := map[string]error{}
	var confirmed atomic.Int64
	ended := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				e := objects(number(w), 1, registry.Active)
				e.ID = fmt.Sprintf("w%d-%d", w, n)
				tx, err := s.Begin(context.Background())
				if err != nil {
					continue // it is away
				}
				if err = tx.Add(context.Background(), e); err != nil {
					tx.Rollback()
					continue
				}
				err = tx.Commit()
				mu.Lock()
				fate[e.ID] = err
				mu.Unlock()
				if err == nil {
					confirmed.Add(1)
				}
			}
		})
	}
	for round := range 3 {
		want := confirmed.Load() + 50
		until(t, func() error {
			if got := confirmed.Load(); got < want {
				return errors.New("not enough yet")
			}
			return nil
		})
		if round == 1 {
			server.Stop(t, "immediate")
		} else {
			server.Kill(t)
		}
		server.Start(t)
	}
	close(ended)
	writers.Wait()
	lost := 0
	for id, err := range fate {
		want := 0
		if err == nil {
			want = 1
		} else {
			lost++
		}
		if err := there(s, id, want); err != nil && !errors.Is(fate[id], store.ErrUnknown) {
			t.Errorf("%v; it was answered %v", err, fate[id])
		}
	}
	t.Logf("%d confirmed, %d not", confirmed.Load(), lost)
}

// A primary that was replaced and is still there is not believed, whether it has fewer changes or
// others.
func TestServersAPrimaryThatWasReplacedIsNotBelieved(t *testing.T) {
	old := postgres.Start(t)
	address := old.Database(t, prepare)
	fresh := old.Replica(t)
	link := postgres.NewLink(t, old.TCP())
	b := follow(t, strings.Replace(address, old.TCP(), link.Addr(), 1), store.Options{})
	atOld := open(t, address, store.Options{})
	if err := add(b.store, objects(bob, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	until(t, func() error { // the replica has it
		if fresh.SQL(t, address[strings.LastIndex(address, "/")+1:], "SELECT max(seq) FROM registry.change") != "1" {
			return errors.New("the replica is behind")
		}
		return nil
	})
	fresh.Promote(t)
	atFresh := open(t, strings.Replace(address, old.TCP(), fresh.TCP(), 1), store.Options{})
	reader := open(t, strings.Replace(address, old.TCP(), link.Addr(), 1), store.Options{}) // does not follow
	link.Lead(fresh.TCP())
	if err := add(atFresh, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Known)
	if got, err := read(reader, alice); len(got) != 1 || err != nil {
		t.Errorf("%v %v", got, err)
	}
	for range 2 { // behind; then elsewhere
		link.Lead(old.TCP())
		if _, err := read(b.store, alice); !errors.Is(err, store.ErrBehind) {
			t.Errorf("reading: %v", err)
		}
		if _, err := read(reader, bob); !errors.Is(err, store.ErrBehind) {
			t.Errorf("reading by who has read alone: %v", err)
		}
		if err := add(b.store, objects(carol, 1, registry.Active)); !errors.Is(err, store.ErrBehind) {
			t.Errorf("writing: %v", err)
		}
		until(t, func() error {
			if err := b.store.Current(); !errors.Is(err, store.ErrBehind) {
				return errors.New("it says " + fmt.Sprint(err))
			}
			return nil
		})
		link.Lead(fresh.TCP())
		b.knows(t, alice, access.Known)
		if err := add(atOld, objects(number(20), 1, registry.Active)); err != nil {
			if err := add(atOld, objects(number(21), 1, registry.Active)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
