package ship_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// check runs the start check on what is in the folder now.
func (p *place) check(t *testing.T, store audit.Store) (ship.Start, error) {
	t.Helper()
	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
	defer sp.Close()
	return ship.StartCheck(t.Context(), sp, store, p.checkpoint(t))
}

// shipped is a folder and a store after 50 records have reached it.
func shipped(t *testing.T) (*place, *trailtest.Memory) {
	t.Helper()
	p, store := newPlace(t), new(trailtest.Memory)
	b := p.open(t, store)
	b.append(t, 0, 50)
	if err := b.close(t); err != nil {
		t.Fatal(err)
	}
	return p, store
}

func (p *place) remove(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// somewhere has a number and refuses the rest.
type somewhere struct {
	audit.Store
	seq  uint64
	hash spool.Hash
	err  error
}

func (s somewhere) Highest(context.Context, string) (uint64, spool.Hash, error) {
	return s.seq, s.hash, s.err
}

func TestStartAfterAnOrderlyEnd(t *testing.T) {
	p, store := shipped(t)
	for range 2 {
		st, err := p.check(t, store)
		if err != nil || st.After != 50 || st.Broker != "region-1" || st.Lacking != 0 || st.StoreAway != nil {
			t.Errorf("%+v, %v", st, err)
		}
	}
}

func TestStartOfAFreshBroker(t *testing.T) {
	p := newPlace(t)
	away := errors.New("connection refused")
	st, err := p.check(t, somewhere{err: away})
	if err != nil || st.After != 0 || !errors.Is(st.StoreAway, away) {
		t.Errorf("with the store away: %+v, %v", st, err)
	}
	if st, err = p.check(t, new(trailtest.Memory)); err != nil || st.After != 0 {
		t.Errorf("with a new store: %+v, %v", st, err)
	}
}

// Attack 136: the end of the spool, or all of it, is taken away.
func TestAttack136SpoolTakenAway(t *testing.T) {
	away := somewhere{err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		remove []string
		store  audit.Store // nil: the one that has the records
		want   error
	}{
		"spool":                      {[]string{"spool"}, nil, ship.ErrBehind},
		"spool, the store away":      {[]string{"spool"}, away, ship.ErrBehind},
		"spool and checkpoint":       {[]string{"spool", "checkpoint.json"}, nil, ship.ErrBehind},
		"checkpoint":                 {[]string{"checkpoint.json"}, nil, ship.ErrBehind},
		"checkpoint, the store away": {[]string{"checkpoint.json"}, away, ship.ErrBehind},
		"spool and checkpoint, what stands beside it is left": {[]string{"spool", "checkpoint.json"}, new(trailtest.Memory), ship.ErrBehind},
		"nothing, the store away":                             {nil, away, nil},
		"nothing, the store knows more":                       {nil, somewhere{seq: 51}, ship.ErrBehind},
		"nothing, the store knows another last":               {nil, somewhere{seq: 50}, ship.ErrBehind},
		"nothing, the store knows another midst":              {nil, somewhere{seq: 30}, ship.ErrBehind},
	} {
		p, store := shipped(t)
		p.remove(t, c.remove...)
		if c.store == nil {
			c.store = store
		}
		if _, err := p.check(t, c.store); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Attack 136: the checkpoint is altered so that a cut-off spool looks whole.
func TestAttack136CheckpointAltered(t *testing.T) {
	p, store := shipped(t)
	path := filepath.Join(p.dir, "checkpoint.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string][]byte{
		"number": bytes.Replace(text, []byte(`"seq":50`), []byte(`"seq":40`), 1),
		"broker": bytes.Replace(text, []byte(`"region-1"`), []byte(`"region-2"`), 1),
		"empty":  nil, "half": text[:len(text)/2], "no mac": []byte(`{"version":1,"broker":"region-1"}`),
	} {
		if err := os.WriteFile(path, forged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.check(t, store); !errors.Is(err, ship.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p.remove(t, "keys.json")
	if p.keys, err = protect.CreateKeys(filepath.Join(p.dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.check(t, store); !errors.Is(err, ship.ErrCheckpoint) {
		t.Errorf("under other keys: %v", err)
	}
}

// A store put back to an earlier day: what it lacks is counted, and delivery goes on where
// it was; audit/reconcile delivers the rest again.
func TestStoreThatLostRecordsIsNoticed(t *testing.T) {
	p, _ := shipped(t)
	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
	first, err := sp.Read(0, 20)
	if err != nil {
		t.Fatal(err)
	}
	sp.Close()
	earlier := new(trailtest.Memory)
	if err := earlier.Deliver(t.Context(), trailtest.Batch(t, "region-1", first)); err != nil {
		t.Fatal(err)
	}
	if st, err := p.check(t, earlier); err != nil || st.Lacking != 30 || st.After != 50 {
		t.Errorf("%+v, %v", st, err)
	}
}

// A fresh spool under an old store: refused, then accepted by an operator, and
// visible in the trail for ever.
func TestAttack136AcceptedGapStaysVisible(t *testing.T) {
	p, store := shipped(t)
	p.remove(t, "spool")
	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
	c := p.checkpoint(t)
	when := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	// Attack 123: who reads the trail later must learn something.
	for _, nothing := range []string{"", ".", "\u200b", "\u3164", "12", "----"} {
		if _, err := ship.AcceptGap(t.Context(), sp, store, c, "ops-1", nothing, when); err == nil || !strings.Contains(err.Error(), "in words") {
			t.Errorf("a gap was accepted for %+q: %v", nothing, err)
		}
	}
	if _, err := ship.AcceptGap(t.Context(), sp, store, c, "\u2060", "disk replaced after failure", when); err == nil {
		t.Error("a gap was accepted by somebody whom nobody sees")
	}
	if _, err := ship.AcceptGap(t.Context(), sp, store, c, "ops-1", " ", when); err == nil {
		t.Error("a gap was accepted without a reason")
	}
	r, err := ship.AcceptGap(t.Context(), sp, store, c, "ops-1", "disk replaced after failure INC-42", when)
	if err != nil {
		t.Fatal(err)
	}
	const chain = "region-1+20260303T090000Z"
	if r.Broker != chain || r.UserID != "ops-1" || !r.Alert || r.Sequence != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := ship.AcceptGap(t.Context(), sp, store, c, "ops-1", "again", when); err == nil {
		t.Error("a gap was accepted twice")
	}
	sp.Close()

	b := p.open(t, store)
	if b.start.Broker != chain {
		t.Errorf("the journal goes on as %s", b.start.Broker)
	}
	b.append(t, 0, 10)
	if err := b.close(t); err != nil {
		t.Error(err)
	}
	has(t, store, "region-1", 50)
	refused, err := store.Refused(t.Context(), audit.Scope{})
	if err != nil || len(refused) != 1 || refused[0].Action != audit.AcceptGapAction || refused[0].EmergencyReason != r.EmergencyReason {
		t.Errorf("in the trail: %v, %v", refused, err)
	}
	known := map[string][]proof.Known{chain: proof.FromMark(p.checkpoint(t).Mark())}
	reports, err := proof.All(t.Context(), store, known, nil)
	if err != nil || len(reports) != 2 {
		t.Fatal(reports, err)
	}
	for _, r := range reports {
		if !r.OK() {
			t.Errorf("the chains are whole, yet:\n%s", r)
		}
	}
	if r := reports[1]; r.Follows != "region-1" || r.FollowsAt != 50 || r.Records != 11 {
		t.Errorf("the second chain says nothing of the first:\n%s", r)
	}
	if _, err := p.check(t, store); err != nil {
		t.Errorf("the next start: %v", err)
	}
}

// The end of a spool is cut off: its older half is delivered under its own name.
func TestGapInTheMiddleOfASpool(t *testing.T) {
	p, store := newPlace(t), new(trailtest.Memory)
	b := p.open(t, store)
	b.append(t, 0, 20)
	if err := b.shipper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.append(t, 20, 30) // never shipped
	b.spool.Close()

	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
	knows := somewhere{Store: store, seq: 40, hash: spool.Hash{1}}
	if _, err := ship.AcceptGap(t.Context(), sp, knows, p.checkpoint(t), "ops-1", "cut off", noon); err != nil {
		t.Fatal(err)
	}
	sp.Close()
	b = p.open(t, store)
	if err := b.close(t); err != nil {
		t.Error(err)
	}
	has(t, store, "region-1", 30)
	reports, err := proof.All(t.Context(), store, nil, nil)
	if err != nil || len(reports) != 2 || reports[1].Records != 1 || !reports[1].OK() {
		t.Fatal(reports, err)
	}
	if f := reports[0].Findings; len(f) != 1 || f[0].Kind != proof.Missing || f[0].First != 31 || f[0].Last != 40 {
		t.Errorf("what the gap swallowed: %v", f)
	}
}

// A spool whose unshipped records bear numbers that the store has given away:
// once the gap is accepted they are kept beside the others.
func TestConflictBeforeAnAcceptedGapIsKeptAside(t *testing.T) {
	p, store := shipped(t)
	p.remove(t, "spool", "checkpoint.json", "checkpoint.json.sending")
	stranger := new(trailtest.Memory)
	b := p.open(t, stranger)
	b.append(t, 100, 105)
	b.close(t)
	p.remove(t, "checkpoint.json")
	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
	if _, err := ship.AcceptGap(t.Context(), sp, store, p.checkpoint(t), "ops-1", "wrong folder", noon); err != nil {
		t.Fatal(err)
	}
	sp.Close()
	b = p.open(t, store)
	b.append(t, 5, 8)
	if err := b.close(t); err != nil {
		t.Error(err)
	}
	has(t, store, "region-1", 50)
	for chain, n := range map[string]int{"region-1+20260302T120000Z-earlier": 5, "region-1+20260302T120000Z": 4} {
		if all, err := store.Entries(t.Context(), chain, 0, 100); err != nil || len(all) != n {
			t.Errorf("%s has %d records, %v; want %d", chain, len(all), err, n)
		}
	}
}

func TestBrokerNames(t *testing.T) {
	p := newPlace(t)
	for _, name := range []string{"", "a+b", string(make([]byte, 101))} {
		if _, err := ship.OpenCheckpoint(filepath.Join(p.dir, "c"), p.keys, name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
