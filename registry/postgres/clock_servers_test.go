//go:build servers

package postgres_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// A broker whose clock is off by minutes, or is set while it runs, hears what the others say, says
// nothing wrong of how long that took, and records by the database's time. (A whole broker's clock is
// its machine's, which a test cannot set: here its registry's is.)
func TestServersAClockThatIsOffChangesNothing(t *testing.T) {
	address := database(t)
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		var shift atomic.Int64
		shift.Store(int64(off))
		wrong := func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
		s := open(t, address, store.Options{Clock: wrong})
		a, b := broker{registry.New(s, registry.Options{Clock: wrong, Logger: quiet}), s}, follow(t, address, store.Options{})
		who := number(500 + int(off.Minutes()))
		for version, status := range []registry.Status{registry.Active, registry.Ended, registry.Active} {
			from, to := b, a
			if version == 1 {
				from, to = a, b
			}
			if err := add(from.store, objects(who, version+1, status)); err != nil {
				t.Fatal(err)
			}
			want := access.Known
			if status == registry.Ended {
				want = access.Absent
			}
			to.knows(t, who, want)
		}
		shift.Store(-int64(off)) // somebody sets it, by twenty minutes
		if err := add(b.store, objects(who, 4, registry.Ended)); err != nil {
			t.Fatal(err)
		}
		a.knows(t, who, access.Absent)
		until(t, func() error { return a.store.Check(t.Context()) })
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if late := time.Since(tx.Time()); late.Abs() > 5*time.Minute {
			t.Errorf("off by %v: what is recorded gets a time that is off by %v", off, late)
		}
		tx.Rollback()
	}
}
