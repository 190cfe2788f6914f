package proposal_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/proposal"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func untold(*release.Release) error { return nil }

// Two people who approve at the same moment both do, whichever shelf of the process they reach; the
// second release that is proposed is not taken; and what the trail could not be told is not done.
func TestTwoWhoApproveAtOnceBothDo(t *testing.T) {
	people := releasetest.NewPeople(t)
	data := t.TempDir()
	path := filepath.Join(data, "draft", "proposed.mcr")
	shelf := proposal.NewShelf(path)
	packed := releasetest.Made(t, policytest.Copied(t), release.Statement{Serial: 1, Revision: "r1"}, now, nil)
	away := errors.New("the trail is away")
	if _, err := shelf.Put(t.Context(), packed, func(*release.Release) error { return away }); !errors.Is(err, away) {
		t.Error(err)
	}
	if _, err := shelf.Proposal(); !errors.Is(err, proposal.ErrNone) {
		t.Error("it lies there, and the trail does not know: ", err)
	}
	one, err := shelf.Put(t.Context(), packed, untold)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Put(t.Context(), packed, untold); !errors.Is(err, proposal.ErrThere) {
		t.Error(err)
	}
	var both sync.WaitGroup
	for _, key := range []release.Key{people.Ann, people.Ben} {
		both.Go(func() {
			_, err := proposal.NewShelf(path).Change(one.ID, func(r *release.Release) error { return r.Approve(key, now) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	is, err := shelf.Proposal()
	if err != nil || len(is.Statement.Approvals) != release.Approvals || is.ID != one.ID {
		t.Fatalf("%d approvals, %v", len(is.Statement.Approvals), err)
	}
	if err := shelf.Withdraw(is.ID, func(*release.Release) error { return away }); !errors.Is(err, away) {
		t.Error(err)
	}
	if err := shelf.Withdraw("another", untold); !errors.Is(err, proposal.ErrChanged) {
		t.Error(err)
	}
	if err := shelf.Withdraw(is.ID, untold); err != nil {
		t.Error(err)
	}
	// A data folder that was moved away is not made again, empty.
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Put(t.Context(), packed, untold); err == nil {
		t.Error("it was put into a folder that was moved away")
	}
}
