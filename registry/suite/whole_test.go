package suite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/carry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
	"github.com/mycarerecord/mcr/registry/sweep"
	"github.com/mycarerecord/mcr/registry/tally"
)

// storeAt opens the store at a path of its own.
func storeAt(t testing.TB, path string) registry.Store {
	t.Helper()
	s, err := openStore(t, path, quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// lived is a registry, and its model, after some hundred changes at random.
func lived(t testing.TB, seed uint64) (*world, registry.Store) {
	t.Helper()
	store := storeAt(t, filepath.Join(t.TempDir(), "registry.db"))
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 7)), under: registry.New(store, quiet(registry.Options{}))}
	for range 60 {
		if w.rand.IntN(2) == 0 {
			w.state()
		} else {
			w.bring()
		}
	}
	return w, store
}

func everything(t testing.TB, in registry.Store, order registry.Order) (all []registry.Entry) {
	t.Helper()
	err := in.Everything(context.Background(), order, func(e *registry.Entry) error { all = append(all, *e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Everything gives what was committed, in both orders; what stops it is its error.
func TestEverythingIsReadInOrder(t *testing.T) {
	w, store := lived(t, 1)
	recorded := everything(t, store, registry.AsRecorded)
	var want, got []string
	for _, e := range w.model.versions {
		want = append(want, fmt.Sprint(e.ID, " ", e.Version, " ", e.Status, " ", e.Patient.Digits()))
	}
	last, of := map[string]int{}, map[nhs.Number][]registry.Entry{}
	for _, e := range recorded {
		got = append(got, fmt.Sprint(e.ID, " ", e.Version, " ", e.Status, " ", e.Patient.Digits()))
		if e.Version != last[e.ID]+1 {
			t.Errorf("%s: version %d comes after %d", e.ID, e.Version, last[e.ID])
		}
		last[e.ID] = e.Version
		of[e.Patient] = append(of[e.Patient], e)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := gocmp.Diff(want, got); diff != "" || len(got) < 60 {
		t.Errorf("%d versions (-model +store):\n%s", len(got), diff)
	}
	for n, want := range of {
		var got []registry.Entry
		if err := store.Versions(context.Background(), n, func(e *registry.Entry) error { got = append(got, *e); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got, compared); diff != "" {
			t.Errorf("under one number (-want +got):\n%s", diff)
		}
	}
	slices.SortStableFunc(recorded, func(a, b registry.Entry) int { return strings.Compare(a.Patient.Digits(), b.Patient.Digits()) })
	if diff := gocmp.Diff(recorded, everything(t, store, registry.ByPatient), compared); diff != "" {
		t.Errorf("by patient (-want +got):\n%s", diff)
	}
	stop, read := errors.New("enough"), 0
	err := store.Everything(context.Background(), registry.ByPatient, func(*registry.Entry) error { read++; return stop })
	if !errors.Is(err, stop) || read != 1 {
		t.Errorf("after %d it was stopped by %v", read, err)
	}
}

// Everybody gives each number once, with what readers of the number see as the newest.
func TestEverybodyIsSeenOnceWithWhatHolds(t *testing.T) {
	_, store := lived(t, 2)
	seen, versions := map[nhs.Number]bool{}, 0
	err := registry.Everybody(context.Background(), store, func(p *registry.Patient) error {
		if seen[p.Number] {
			t.Error("a number comes twice")
		}
		seen[p.Number] = true
		versions += p.Versions
		newest := map[string]registry.Entry{}
		err := store.Versions(context.Background(), p.Number, func(e *registry.Entry) error { newest[e.ID] = *e; return nil })
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]registry.Entry{}
		for _, e := range p.Newest {
			got[e.ID] = e
		}
		if diff := gocmp.Diff(newest, got, compared); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
	if all := everything(t, store, registry.AsRecorded); err != nil || versions != len(all) {
		t.Errorf("%d versions of %d: %v", versions, len(all), err)
	}
}

// What was exported is the same in another store, of the other kind too: every version of every
// entry in the same order, and so every fact of every patient.
func TestWhatIsExportedIsRestoredWithoutLoss(t *testing.T) {
	ctx := context.Background()
	w, store := lived(t, 3)
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Note(ctx, intake.Notes[0], "kept"), tx.Commit()); err != nil {
		t.Fatal(err)
	}
	opt := carry.Options{By: "alice", Notes: intake.Notes}
	var file bytes.Buffer
	n, err := carry.Export(ctx, store, &file, opt)
	if err != nil || n != len(w.model.versions) {
		t.Fatalf("%d versions: %v", n, err)
	}
	own, err := sqlite.Open(filepath.Join(t.TempDir(), "other.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	// From one kind into SQLite, and from there into the kind that is tried.
	var again bytes.Buffer
	back := storeAt(t, filepath.Join(t.TempDir(), "back.db"))
	if _, err := carry.Restore(ctx, own, bytes.NewReader(file.Bytes()), opt); err != nil {
		t.Fatal(err)
	}
	if _, err := carry.Export(ctx, own, &again, opt); err != nil {
		t.Fatal(err)
	}
	if n, err := carry.Restore(ctx, back, bytes.NewReader(again.Bytes()), opt); err != nil || n != len(w.model.versions) {
		t.Fatalf("%d versions: %v", n, err)
	}
	for _, s := range []registry.Store{own, back} {
		if diff := gocmp.Diff(everything(t, store, registry.AsRecorded), everything(t, s, registry.AsRecorded), compared); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		other := &world{t: t, rand: rand.New(rand.NewPCG(4, 4)), under: registry.New(s, quiet(registry.Options{})), model: w.model}
		for range 40 {
			other.ask()
		}
	}
	tx, err = back.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := tx.Recall(ctx, intake.Notes[0]); err != nil || kept != "kept" {
		t.Errorf("the note is %q, %v", kept, err)
	}
	tx.Rollback()
	if _, err := carry.Restore(ctx, back, bytes.NewReader(file.Bytes()), opt); !errors.Is(err, carry.ErrNotEmpty) {
		t.Errorf("into one that is not empty: %v", err)
	}
}

// Of a file that is not whole, or that somebody changed, nothing is taken.
func TestADamagedExportIsNotTaken(t *testing.T) {
	ctx := context.Background()
	_, store := lived(t, 5)
	var file bytes.Buffer
	if _, err := carry.Export(ctx, store, &file, carry.Options{By: "alice"}); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	lines := strings.SplitAfter(text, "\n")
	into := storeAt(t, filepath.Join(t.TempDir(), "into.db"))
	for name, bad := range map[string]string{
		"empty": "", "cut off in a line": text[:len(text)/2], "without its last line": strings.Join(lines[:len(lines)-2], ""),
		"a line less":    strings.Join(slices.Delete(slices.Clone(lines), 3, 4), ""),
		"a line more":    text + lines[1],
		"changed":        strings.Replace(text, `"status":"active"`, `"status":"ended"`, 1),
		"another format": strings.Replace(text, "mcr registry", "registry mcr", 1),
		"a newer one":    strings.Replace(text, `"version":1`, `"version":2`, 1),
		"a new member":   strings.Replace(text, `"detail":{`, `"unless":"x","detail":{`, 1),
		"a new detail":   strings.Replace(text, `"detail":{`, `"detail":{"unless":"x",`, 1),
		"no patient":     strings.Replace(text, `"patient":"999`, `"patient":"998`, 1),
		"a note unknown": strings.Replace(text, `"by":"alice"`, `"by":"alice","notes":{"x":"y"}`, 1),
	} {
		_, err := carry.Restore(ctx, into, strings.NewReader(bad), carry.Options{})
		if err == nil {
			t.Errorf("%s: taken", name)
		}
		if strings.Contains(fmt.Sprint(err), "999") {
			t.Errorf("%s: the error names a patient: %v", name, err)
		}
		if all := everything(t, into, registry.AsRecorded); len(all) > 0 {
			t.Fatalf("%s: %d versions were taken", name, len(all))
		}
	}
	if _, err := carry.Restore(ctx, into, &file, carry.Options{}); err != nil {
		t.Error(err)
	}
}

// The counts are those of the model, counted otherwise.
func TestCountsAreThoseOfTheModel(t *testing.T) {
	w, store := lived(t, 6)
	got, err := tally.Count(context.Background(), store, noon)
	if err != nil {
		t.Fatal(err)
	}
	numbers, entries, lines := map[nhs.Number]bool{}, map[string]registry.Entry{}, map[string]int{}
	for _, e := range w.model.versions {
		numbers[e.Patient] = true
		entries[e.Patient.Digits()+e.ID] = e // as each number has it
	}
	for _, e := range entries {
		lines[fmt.Sprint(e.Kind, " ", e.Status)]++
	}
	if got.Numbers != len(numbers) || got.Entries != len(entries) || got.Versions != len(w.model.versions) {
		t.Errorf("%+v, want %d numbers, %d entries, %d versions", got, len(numbers), len(entries), len(w.model.versions))
	}
	counted := map[string]int{}
	for _, l := range got.Lines {
		counted[fmt.Sprint(l.Kind, " ", l.Status)] = l.Entries
	}
	if !maps.Equal(lines, counted) {
		t.Errorf("%v, want %v", counted, lines)
	}
}

func TestFeedsAndPermissionsInForceAreCounted(t *testing.T) {
	store := storeAt(t, filepath.Join(t.TempDir(), "registry.db"))
	r := registry.New(store, quiet(registry.Options{}))
	load(t, r, from("pas", episode("1", number(1), "RXA01", "active", `{"start":"2026-01-01"}`)),
		from("pas", episode("2", number(2), "RXA01", "finished", `{"start":"2026-01-01","end":"2026-02-01"}`)),
		optOut("3", number(2), "active"), yes("4", number(1), "u1", "RXA01", "active"))
	record(t, r, states(by(asks(number(3)), "u3", "RXA01"), access.RecordRefusal, accessStatement()), "no1")
	c, err := tally.Count(context.Background(), store, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := []tally.Feed{{Source: "", Entries: 2, Versions: 2, Last: noon}, {Source: "pas", Entries: 1, Versions: 2, Last: noon}}
	if diff := gocmp.Diff(want, c.Feeds); diff != "" || c.InForce != 1 || c.Stated != 1 {
		t.Errorf("%d in force (-want +got):\n%s", c.InForce, diff)
	}
	if c, err = tally.Count(context.Background(), store, noon.AddDate(1, 0, 0)); err != nil || c.InForce != 0 {
		t.Errorf("a year later %d are in force: %v", c.InForce, err)
	}
}

// refusal is a patient's no to a professional, as a feed has it.
func refusal(id string, who nhs.Number, user, code string) string {
	return strings.Replace(yes(id, who, user, code, "active"), `"type":"permit"`, `"type":"deny"`, 1)
}

// from gives a resource its meta.source.
func from(source, resource string) string {
	return strings.Replace(resource, `","id":`, fmt.Sprintf(`","meta":{"source":%q},"id":`, source), 1)
}

// A sweep ends what opens and is not mentioned, of its own feed and recorded before the extract; it
// never ends a no, nor who somebody is.
func TestASweepEndsWhatItsFeedNoLongerMentions(t *testing.T) {
	ctx := context.Background()
	store := storeAt(t, filepath.Join(t.TempDir(), "registry.db"))
	r := registry.New(store, quiet(registry.Options{}))
	const open = `{"start":"2010-01-01"}`
	kept := from("pas", episode("kept", number(1), "RXA01", "active", open))
	load(t, r, kept,
		from("pas", episode("gone", number(1), "RXB01", "active", open)),
		from("pas", order("order", number(1), organisation("RXB01"), "active")),
		from("pas", patient("p", number(1), registeredWith("A81001", "01"))),
		from("pas", optOut("no", number(1), "active")),
		from("pas", yes("yes", number(1), "u1", "RXA01", "active")),
		from("pas", refusal("never", number(1), "u1", "RXA01")),
		from("pas", episode("over", number(1), "RXB01", "finished", `{"start":"2010-01-01","end":"2011-01-01"}`)),
		from("other", episode("gone", number(1), "RXC01", "active", open)),
		episode("plain", number(1), "RXD01", "active", open))
	statement := by(asks(number(1)), "u2", "RXA01")
	record(t, r, states(statement, "record-permission", accessStatement()), "stated")
	mentions := sweep.NewMentions()
	if err := intake.Mentioned(ctx, store, strings.NewReader(kept+"\n"), mentions.Add); err != nil {
		t.Fatal(err)
	}
	opt := sweep.Options{Extract: sweep.Extract{Source: "pas", Made: noon.Add(-time.Second), Mentions: mentions}, Old: noon.AddDate(-10, 0, 0), By: "sweeper"}
	found, err := sweep.Look(ctx, store, opt)
	if err != nil || found.ToEnd() != 0 || found.Later != 6 {
		t.Fatalf("what is newer than the extract: %+v %v", found, err)
	}
	if ended, err := sweep.End(ctx, store, opt); err != nil || ended != 0 {
		t.Fatalf("%d of what is newer than the extract were ended: %v", ended, err)
	}
	opt.Made = noon.Add(time.Hour)
	if found, err = sweep.Look(ctx, store, opt); err != nil {
		t.Fatal(err)
	}
	one := map[registry.Kind]int{registry.KindRelationship: 1, registry.KindTestOrder: 1, registry.KindRegistration: 1, registry.KindPermission: 1}
	if diff := gocmp.Diff(one, found.Gone); diff != "" || found.Openings() != 5 || found.Old[registry.KindRelationship] != 2 {
		t.Errorf("%+v (-want +got):\n%s", found, diff)
	}
	if len(found.Left) != 2 || found.Others != 2 || found.Left[0].ID != "pas|Consent/no" || found.Left[1].ID != "pas|Consent/never" {
		t.Errorf("left to somebody: %+v", found.Left)
	}
	before := everything(t, store, registry.AsRecorded)
	ended, err := sweep.End(ctx, store, opt)
	if err != nil || ended != 4 {
		t.Fatalf("%d were ended: %v", ended, err)
	}
	states := map[string]registry.Status{}
	for _, e := range everything(t, store, registry.AsRecorded)[len(before):] {
		states[e.ID] = e.Status
		if e.RecordedBy != "sweeper" || e.Version != 2 {
			t.Errorf("%s: version %d by %s", e.ID, e.Version, e.RecordedBy)
		}
	}
	want := map[string]registry.Status{"pas|EpisodeOfCare/gone": registry.Ended, "pas|ServiceRequest/order": registry.Void,
		"pas|Patient/p": registry.Ended, "pas|Consent/yes": registry.Ended}
	for id := range states { // a resource's entries may have a part
		if bare := registry.Resource(id); bare != id {
			states[bare] = states[id]
			delete(states, id)
		}
	}
	if diff := gocmp.Diff(want, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ended, err := sweep.End(ctx, store, opt); err != nil || ended != 0 {
		t.Errorf("once more %d were ended: %v", ended, err)
	}
	// What is mentioned again counts again.
	load(t, r, from("pas", episode("gone", number(1), "RXB01", "active", open)))
	if f := gather(r, by(asks(number(1)), "u9", "RXB01")); len(f.Relationships.Value) == 0 || f.Relationships.Value[0].Ended {
		t.Errorf("%+v", f.Relationships)
	}
}

// An extract whose lines do not all say which resource they are tells nothing.
func TestAnExtractThatIsCutOffInALineTellsNothing(t *testing.T) {
	store := storeAt(t, filepath.Join(t.TempDir(), "registry.db"))
	whole := episode("1", number(1), "RXA01", "active", `{}`)
	for _, bad := range []string{whole[:len(whole)-9], `{"id":"1"}`, `{"resourceType":"EpisodeOfCare"}`, "\xef\xbb\xbf" + whole} {
		err := intake.Mentioned(context.Background(), store, strings.NewReader(whole+"\n"+bad), func(string) {})
		if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), number(1).Digits()) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// What was known at a time is what had been recorded until then.
func TestWhatWasKnownAtATime(t *testing.T) {
	ctx := context.Background()
	clock := noon
	opt := quiet(registry.Options{Clock: func() time.Time { return clock }})
	store, err := openStore(t, filepath.Join(t.TempDir(), "registry.db"), opt)
	if err != nil {
		t.Fatal(err)
	}
	r := registry.New(store, opt)
	t.Cleanup(func() { _ = r.Close() })
	record(t, r, states(asks(number(1)), "record-permission", accessStatement()), "yes1")
	clock = noon.Add(time.Hour)
	load(t, r, patient("p", number(1), linked("replaced-by", number(2))))
	clock = noon.Add(2 * time.Hour)
	record(t, r, states(asks(number(2)), "withdraw", accessStatement()), "back1")
	for _, c := range []struct {
		until    time.Time
		numbers  int
		versions int
		newest   registry.Status
	}{
		{noon.Add(-time.Second), 1, 0, ""}, {noon, 1, 1, registry.Active}, {noon.Add(90 * time.Minute), 2, 3, registry.Active},
		{noon.Add(3 * time.Hour), 2, 5, registry.Withdrawn}, {time.Time{}, 2, 5, registry.Withdrawn},
	} {
		k, err := registry.Know(ctx, store, number(1), c.until)
		if err != nil {
			t.Fatal(err)
		}
		status := registry.Status("")
		for _, e := range k.Newest() {
			if e.ID == "yes1" {
				status = e.Status
			}
		}
		if len(k.Numbers) != c.numbers || len(k.Versions) != c.versions || status != c.newest || k.InUse != number(c.numbers) {
			t.Errorf("until %v: %d numbers, %d versions, %q", c.until, len(k.Numbers), len(k.Versions), status)
		}
	}
}

func accessStatement() access.Statement { return access.Statement{How: "in person"} }
