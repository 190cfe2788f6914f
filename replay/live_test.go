package replay_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

// growing is a trail to which records come.
type growing struct {
	of  map[string][]spool.Entry
	err error
}

func (g *growing) put(broker string, documents ...[]byte) {
	for _, document := range documents {
		g.of[broker] = append(g.of[broker], spool.Entry{Seq: uint64(len(g.of[broker]) + 1), Payload: document})
	}
}

func (g *growing) Brokers(context.Context) (names []string, err error) {
	for _, name := range []string{"a", "b"} {
		if len(g.of[name]) > 0 {
			names = append(names, name)
		}
	}
	return names, g.err
}

func (g *growing) Highest(_ context.Context, broker string) (uint64, spool.Hash, error) {
	return uint64(len(g.of[broker])), spool.Hash{}, g.err
}

func (g *growing) Entries(_ context.Context, broker string, after uint64, most int) ([]spool.Entry, error) {
	all := g.of[broker][min(after, uint64(len(g.of[broker]))):]
	return all[:min(most, len(all))], g.err
}

type living struct {
	*replay.Live
	trail   *growing
	draft   fs.FS
	inForce string
	err     error
}

func live(t testing.TB, by map[string]*decision.Revision, most int) *living {
	t.Helper()
	l := &living{trail: &growing{of: map[string][]spool.Entry{}}, inForce: policytest.Engine(t).Revision().Digest()}
	l.Live = replay.NewLive(replay.LiveOptions{
		Trail: l.trail, Draft: func() (fs.FS, error) { return l.draft, l.err }, InForce: func() string { return l.inForce },
		Before: kept(by), Most: most, Clock: func() time.Time { return begin },
	})
	return l
}

func (l *living) looks(t *testing.T) {
	t.Helper()
	if err := l.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func emergencies(t testing.TB) fs.FS {
	return policytest.Changed(t, "data/settings.json", policytest.Replace(`"enabled": false`, `"enabled": true`))
}

// What comes while a draft is there is told as a replay of the same records tells it.
func TestWhatComesIsDecidedUnderTheDraftAsAReplayDoes(t *testing.T) {
	documents, by := recorded(t)
	l := live(t, by, 1<<20)
	l.trail.put("a", documents[:50]...)
	l.looks(t)
	if seen := l.Seen(""); seen.Report != nil || !seen.Since.IsZero() {
		t.Errorf("there is no draft, and it was tried: %+v", seen)
	}
	l.draft = emergencies(t)
	l.looks(t)
	if seen := l.Seen(""); seen.Report == nil || seen.Report.Records != 0 || !seen.Since.Equal(begin) {
		t.Fatalf("what was there before the draft was is not its: %+v", seen)
	}
	l.trail.put("a", documents[50:150]...)
	l.looks(t)
	l.trail.put("b", documents[150:]...)
	l.looks(t)
	l.looks(t)
	want := run(t, documents[50:], replay.Options{Draft: changed(t, "data/settings.json", `"enabled": false`, `"enabled": true`), Before: kept(by)})
	apart := cmp.Options{cmpopts.IgnoreUnexported(replay.Report{}), cmpopts.IgnoreFields(replay.Report{}, "Took", "Draft")}
	if diff := cmp.Diff(want, l.Seen("").Report, apart); diff != "" || want.Otherwise() == 0 {
		t.Errorf("otherwise than a replay (-replay +live):\n%s", diff)
	}
	part := l.Seen("A81001").Report
	if part.Decisions != want.Decisions || part.Otherwise() != want.Otherwise() {
		t.Errorf("of the one organisation's part: %d decisions", part.Decisions)
	}
	if other := l.Seen("RXA01").Report; other.Records != 0 || other.Otherwise() != 0 {
		t.Errorf("of a part that nobody asked for: %+v", other)
	}
}

// A draft that is changed is tried from then on; one that is in force, or gone, no more.
func TestAnotherDraftBeginsAnew(t *testing.T) {
	documents, by := recorded(t)
	l := live(t, by, 1<<20)
	l.trail.put("a", documents[0])
	l.draft = emergencies(t)
	l.looks(t)
	l.trail.put("a", documents...)
	l.looks(t)
	if l.Seen("").Report.Otherwise() == 0 {
		t.Fatal("nothing is otherwise")
	}
	l.draft = policytest.Changed(t, "data/settings.json", policytest.Replace(`"grace_days": 14`, `"grace_days": 1`))
	l.looks(t)
	if seen := l.Seen(""); seen.Report.Records != 0 {
		t.Errorf("what another draft would have decided is told of this one: %+v", seen.Report)
	}
	rev, err := decision.Load(t.Context(), l.draft, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.inForce = rev.Digest()
	l.trail.put("a", documents...)
	l.looks(t)
	if seen := l.Seen(""); seen.Report != nil {
		t.Error("what is in force is tried beside itself")
	}
	l.inForce, l.draft = "", nil
	l.looks(t)
	if seen := l.Seen(""); seen.Report != nil || seen.Fault != nil {
		t.Error(seen)
	}
}

// When more comes than there is time for it says how many it passed over; it never falls behind.
func TestWhatThereIsNoTimeForIsCounted(t *testing.T) {
	documents, by := recorded(t)
	l := live(t, by, 20)
	l.trail.put("a", documents[0])
	l.draft = emergencies(t)
	l.looks(t)
	l.trail.put("a", documents[:100]...)
	l.trail.put("b", documents[:7]...)
	l.looks(t)
	seen := l.Seen("")
	if seen.Report.Records+seen.PassedOver != 107 || seen.PassedOver != 90 {
		t.Errorf("%d records, %d passed over of 107", seen.Report.Records, seen.PassedOver)
	}
}

// What cannot be read is said, and tried again.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	documents, by := recorded(t)
	l := live(t, by, 1<<20)
	l.trail.put("a", documents[0], []byte("no record"))
	away := errors.New("the trail is away")
	l.draft, l.trail.err = emergencies(t), away
	for range 2 {
		if err := l.Look(t.Context()); !errors.Is(err, away) || !errors.Is(l.Seen("").Fault, away) {
			t.Error(err)
		}
	}
	l.trail.err = nil
	l.looks(t)
	l.trail.put("a", []byte("no record"), documents[0])
	l.looks(t)
	if seen := l.Seen(""); seen.Fault != nil || seen.Report.Apart.Unreadable != 1 || seen.Report.Decisions != 1 {
		t.Errorf("%+v %+v", seen.Report, seen.Fault)
	}
	l.draft = fstest.MapFS{"decision.rego": {Data: []byte("package")}}
	if err := l.Look(t.Context()); err == nil || l.Seen("").Report != nil {
		t.Error("a draft that does not load was tried")
	}
}
