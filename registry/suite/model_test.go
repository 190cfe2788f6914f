package suite_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// model is a registry of which anybody sees that it is right: all versions of all entries, in the
// order in which they were committed, and nothing kept of what was asked.
type model struct{ versions []registry.Entry }

// newest gives what holds of each entry.
func (m *model) newest() map[string]registry.Entry {
	newest := map[string]registry.Entry{}
	for _, e := range m.versions {
		newest[e.ID] = e
	}
	return newest
}

// numbers gives all numbers of the person that has one of them.
func (m *model) numbers(of nhs.Number) map[nhs.Number]bool {
	all := map[nhs.Number]bool{of: true}
	for again := true; again; {
		again = false
		for _, e := range m.newest() {
			if e.Kind != registry.KindNumberLink || e.Status != registry.Active || !all[e.Patient] {
				continue
			}
			if other, _ := nhs.ParseNumber(e.Detail.Other); !all[other] {
				all[other], again = true, true
			}
		}
	}
	return all
}

// what says what is known about a patient to user u of organisation o: in words that can be
// compared, sorted; "unavailable" where the links lead to no single number in use.
func (m *model) what(who nhs.Number, u string, o nhs.ODSCode) []string {
	numbers, inUse := m.numbers(who), 0
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	for n := range numbers {
		replaced := false
		for _, e := range m.newest() {
			replaced = replaced || e.Kind == registry.KindNumberLink && e.Status == registry.Active && e.Patient == n && e.Detail.Link == registry.ReplacedBy
		}
		if !replaced {
			inUse++
			say("number %s", n.Digits())
		}
	}
	if inUse != 1 {
		return []string{"unavailable"}
	}
	optOut := false
	for id, e := range m.newest() {
		if !numbers[e.Patient] || e.Status == registry.Void {
			continue
		}
		switch e.Kind {
		case registry.KindOptOut:
			optOut = optOut || e.Status == registry.Active
		case registry.KindPermission:
			if e.UserID == u || e.Organisation == o {
				say("permission %s given %v withdrawn %v", id, e.Detail.Given, e.Status != registry.Active)
			}
		case registry.KindRelationship:
			if e.Organisation == o {
				say("relationship %s ended %v", id, e.Status != registry.Active)
			}
		case registry.KindEmergency:
			if e.UserID == u && e.Organisation == o && e.Status == registry.Active {
				say("emergency %s", id)
			}
		}
	}
	if optOut {
		say("opt-out")
	}
	slices.Sort(said)
	return said
}

// told says of facts what model.what says.
func told(f access.Facts) []string {
	if f.Identity.State == access.Unavailable {
		return []string{"unavailable"}
	}
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	say("number %s", f.Identity.Value.Current.Digits())
	for _, p := range f.Permissions.Value {
		say("permission %s given %v withdrawn %v", p.ID, p.Given, p.Withdrawn)
	}
	for _, r := range f.Relationships.Value {
		say("relationship %s ended %v", r.ID, r.Ended)
	}
	for _, e := range f.Emergencies.Value {
		say("emergency %s", e.ID)
	}
	if f.OptOut.State == access.Known {
		say("opt-out")
	}
	slices.Sort(said)
	return said
}

// world does the same to a registry and to the model.
type world struct {
	t     testing.TB
	rand  *rand.Rand
	under *registry.Registry
	model model
	ids   int
}

func (w *world) patient() nhs.Number { return number(w.rand.IntN(6)) }

func (w *world) question() access.Question {
	return by(asks(w.patient()), fmt.Sprint("u", 1+w.rand.IntN(2)), []string{"RXA01", "RXB01"}[w.rand.IntN(2)])
}

func (w *world) id() string {
	w.ids++
	return fmt.Sprint("id", w.ids)
}

// ask compares what both say about somebody to somebody.
func (w *world) ask() {
	q := w.question()
	want, got := w.model.what(q.Patient, q.Subject.UserID, q.Subject.Organisation), told(gather(w.under, q))
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Fatalf("after %d versions (-model +registry):\n%s", len(w.model.versions), diff)
	}
}

// state has something stated, and now and then taken back before it holds.
func (w *world) state() {
	q, id := w.question(), w.id()
	action := []access.Action{access.RecordPermission, access.RecordPermission, access.RecordRefusal, access.Withdraw, access.DeclareEmergency}[w.rand.IntN(5)]
	q = states(q, action, access.Statement{ReasonCode: "life-threatening", Reason: "unconscious"})
	// Of a person who has several numbers in use nothing is told, and a no is taken all the same.
	var made []registry.Entry
	e := registry.Entry{ID: id, Version: 1, Status: registry.Active, Patient: q.Patient, Organisation: q.Subject.Organisation, UserID: q.Subject.UserID}
	switch action {
	case access.RecordPermission, access.RecordRefusal:
		e.Kind, e.Detail.Given = registry.KindPermission, action == access.RecordPermission
	case access.DeclareEmergency:
		e.Kind = registry.KindEmergency
	case access.Withdraw:
		e.Kind = registry.KindWithdrawal
		numbers := w.model.numbers(q.Patient)
		for _, p := range w.model.newest() {
			if numbers[p.Patient] && p.Kind == registry.KindPermission && p.Status == registry.Active && p.Detail.Given && p.UserID == e.UserID && p.Organisation == e.Organisation {
				p.Version, p.Status = p.Version+1, registry.Withdrawn
				made = append(made, p)
			}
		}
	}
	change, err := w.under.Prepare(context.Background(), q, id)
	switch nothing := action == access.Withdraw && made == nil; {
	case nothing:
		if !errors.Is(err, registry.ErrNothingToWithdraw) {
			w.t.Fatalf("there is nothing to withdraw: %v", err)
		}
		return
	case err != nil:
		w.t.Fatal(err)
	}
	if w.rand.IntN(4) == 0 {
		change.Rollback()
		return
	}
	if err := change.Commit(); err != nil {
		w.t.Fatal(err)
	}
	w.model.versions = append(append(w.model.versions, made...), e)
}

// bring adds versions of several entries, as an import does: new ones and others of those there are.
func (w *world) bring() {
	added := map[string]registry.Entry{}
	for range 1 + w.rand.IntN(4) {
		who := w.patient()
		e := registry.Entry{ID: fmt.Sprintf("feed/%d#%s", w.rand.IntN(4), who.Digits()[8:]), Status: registry.Active, Patient: who,
			RecordedBy: "feed", RecordedAt: noon}
		switch w.rand.IntN(3) {
		case 0:
			e.ID, e.Kind = "o"+e.ID, registry.KindOptOut
		case 1:
			e.ID, e.Kind, e.Organisation = "r"+e.ID, registry.KindRelationship, ods("RXA01")
		case 2:
			e.ID, e.Kind, e.Detail = "l"+e.ID, registry.KindNumberLink, registry.Detail{Link: registry.ReplacedBy, Other: w.patient().Digits()}
			if e.Detail.Other == who.Digits() {
				continue
			}
		}
		if w.rand.IntN(3) == 0 || e.Kind == registry.KindNumberLink && w.rand.IntN(2) == 0 {
			e.Status = []registry.Status{registry.Ended, registry.Void}[w.rand.IntN(2)]
		}
		e.Version = w.model.newest()[e.ID].Version + 1
		added[e.ID] = e
		if e.Kind == registry.KindNumberLink { // said under both numbers
			back := e
			back.Patient, _ = nhs.ParseNumber(e.Detail.Other)
			back.ID, back.Detail = e.ID+"-back", registry.Detail{Link: registry.Replaces, Other: who.Digits()}
			if old, there := w.model.newest()[back.ID]; there && old.Patient != back.Patient || w.moved(e) {
				delete(added, e.ID)
				continue
			}
			back.Version = w.model.newest()[back.ID].Version + 1
			added[back.ID] = back
		}
	}
	entries := slices.SortedFunc(maps.Values(added), func(a, b registry.Entry) int { return cmp.Compare(a.ID, b.ID) })
	tx, err := w.under.Begin(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := tx.Add(context.Background(), entries...); err != nil {
		w.t.Fatal(err)
	}
	w.within(tx, entries)
	if w.rand.IntN(4) == 0 {
		tx.Rollback()
		return
	}
	if err := tx.Commit(); err != nil {
		w.t.Fatal(err)
	}
	w.model.versions = append(w.model.versions, entries...)
}

// moved says whether a link that is on record is about other numbers.
func (w *world) moved(e registry.Entry) bool {
	old, there := w.model.newest()[e.ID]
	return there && old.Detail.Other != e.Detail.Other
}

// within compares what a transaction finds with what it added.
func (w *world) within(tx registry.Tx, added []registry.Entry) {
	for _, want := range added {
		found := 0
		err := tx.Newest(context.Background(), []string{want.ID}, func(e *registry.Entry) error {
			if e.ID == want.ID {
				found = e.Version
			}
			return nil
		})
		if err != nil || found != want.Version {
			w.t.Fatalf("the newest version of %s is %d within, not %d: %v", want.ID, found, want.Version, err)
		}
	}
}

// history compares every version of an entry.
func (w *world) history() {
	ids := slices.Sorted(maps.Keys(w.model.newest()))
	if len(ids) == 0 {
		return
	}
	id := ids[w.rand.IntN(len(ids))]
	got, err := w.under.History(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	var want []registry.Entry
	for _, e := range w.model.versions {
		if e.ID == id {
			want = append(want, e)
		}
	}
	if len(got) != len(want) {
		w.t.Fatalf("%s has %d versions, not %d", id, len(got), len(want))
	}
	for i := range got {
		if got[i].Version != i+1 || got[i].Status != want[i].Status || got[i].Patient != want[i].Patient || got[i].Kind != want[i].Kind {
			w.t.Fatalf("version %d of %s is %+v, not %+v", i+1, id, got[i], want[i])
		}
	}
}

// TestTheRegistrySaysWhatASimpleOneSays does the same at random to a registry with three places
// in its memory and to the model, and compares what they say.
func TestTheRegistrySaysWhatASimpleOneSays(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := openWith(t, t.TempDir()+"/registry.db", registry.Options{Patients: 6})
			play(&world{t: t, rand: rand.New(rand.NewPCG(seed, 13)), under: r}, 300)
		})
	}
}

// play does steps things at random.
func play(w *world, steps int) {
	for range steps {
		switch w.rand.IntN(10) {
		case 0, 1:
			w.state()
		case 2, 3:
			w.bring()
		case 4:
			w.history()
		default:
			w.ask()
		}
	}
}

// FuzzSteps is the same for seeds of the fuzzer's.
func FuzzSteps(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := openWith(t, t.TempDir()+"/registry.db", registry.Options{Patients: 6})
		play(&world{t: t, rand: rand.New(rand.NewPCG(a, b)), under: r}, 60)
	})
}

// TestEveryEntryComesBackAsItWas: what a store keeps of an entry is all of it.
func TestEveryEntryComesBackAsItWas(t *testing.T) {
	r := fresh(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 789_000, time.UTC)
	e := registry.Entry{ID: "urn:a|Consent/ü#1", Version: 1, Kind: registry.KindPermission, Status: registry.Ended, Patient: number(1),
		Organisation: ods("RXA01"), UserID: "u 1", Validity: access.Validity{From: at, Until: at.Add(time.Microsecond)},
		Detail: registry.Detail{Form: "f", Name: "Dr \"O'Brien\" \\ \u2028 😀", Telephone: "01632", Given: true, Sources: []string{"a", "b\"c"}, Sensitive: true,
			How: "h", Purpose: "p\n", Asked: at, Category: "c", State: "s", ClosedAt: at, Code: "R", Reason: "<&>", Other: "o", Link: "l",
			Withdraws: []string{"w"}, EndedBy: "e"},
		RecordedBy: "someone", RecordedAt: at}
	other := registry.Entry{ID: "plain", Version: 1, Kind: registry.KindOptOut, Status: registry.Active, Patient: number(1), RecordedBy: "x", RecordedAt: at}
	tx, err := r.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Add(t.Context(), e, other); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	got, err := r.Entries(t.Context(), number(1), "")
	if diff := gocmp.Diff([]registry.Entry{e, other}, got, compared); err != nil || diff != "" {
		t.Errorf("%v (-added +read):\n%s", err, diff)
	}
}

// TestVersionsHaveNoGap: what another writer did meanwhile is never passed over.
func TestVersionsHaveNoGap(t *testing.T) {
	r := fresh(t)
	e := registry.Entry{ID: "x", Version: 1, Kind: registry.KindOptOut, Status: registry.Active, Patient: number(1), RecordedBy: "x", RecordedAt: noon}
	add := func(e registry.Entry) error {
		tx, err := r.Begin(t.Context())
		if err != nil {
			return err
		}
		defer func() {
			if err != nil {
				tx.Rollback()
			}
		}()
		if err = tx.Add(t.Context(), e); err == nil {
			err = tx.Commit()
		}
		return err
	}
	if err := add(e); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int{1, 3, 0, -1} {
		e.Version = version
		if err := add(e); err == nil {
			t.Errorf("version %d was added after version 1", version)
		}
	}
	e.Version = 2
	if err := add(e); err != nil {
		t.Error(err)
	}
}
