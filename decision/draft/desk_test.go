package draft_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/policies"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newDesk(t testing.TB) (*draft.Desk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "draft", "draft.json")
	return draft.NewDesk(path), path
}

func begun(t testing.TB) (*draft.Desk, string) {
	t.Helper()
	d, path := newDesk(t)
	if _, err := d.Begin(policies.FS, "Priya", noon); err != nil {
		t.Fatal(err)
	}
	return d, path
}

func fingerprint(t testing.TB, d *draft.Desk) string {
	t.Helper()
	one, err := d.Draft()
	if err != nil {
		t.Fatal(err)
	}
	return one.Fingerprint()
}

func change(n int) draft.Change {
	return draft.Change{At: noon.Add(time.Hour), By: "Sam", What: fmt.Sprint("change ", n), File: "data/settings.json", Text: fmt.Sprintf(`{"n": %d}`, n)}
}

func TestADraftBeginsWithTheFolderAndKeepsItsChanges(t *testing.T) {
	d, path := begun(t)
	want, err := gate.Fingerprint(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	if got := fingerprint(t, d); got != want {
		t.Fatal("it does not begin with the folder")
	}
	if err := d.Change(want, change(1)); err != nil {
		t.Fatal(err)
	}
	again, err := draft.NewDesk(path).Draft() // after a restart
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]draft.Change{change(1)}, again.Changes); diff != "" {
		t.Error(diff)
	}
	if text, err := fs.ReadFile(again.FS(), "data/settings.json"); err != nil || string(text) != `{"n": 1}` || again.Text("data/settings.json") != `{"n": 1}` {
		t.Errorf("%s %v", text, err)
	}
	if got, err := gate.Fingerprint(again.FS()); err != nil || got != again.Fingerprint() || got == want {
		t.Error("its fingerprint is not its folder's", err)
	}
	if got, err := gate.Fingerprint(again.Began()); err != nil || got != want {
		t.Error("what it began with is lost", err)
	}
	if err := d.Undo(again.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	if got := fingerprint(t, d); got != want {
		t.Error("a change that was taken back is still there")
	}
	if err := d.Undo(want); err != nil { // there is nothing more to take back
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

func TestOfTwoWhoSaveAtOnceOneIsTold(t *testing.T) {
	d, path := begun(t)
	saw := fingerprint(t, d)
	const people = 8
	var turns sync.WaitGroup
	errs := make([]error, people)
	for i := range people {
		desk := d
		if i%2 == 1 {
			desk = draft.NewDesk(path) // of a configuration that takes over
		}
		turns.Go(func() { errs[i] = desk.Change(saw, change(i)) })
	}
	turns.Wait()
	saved := 0
	for _, err := range errs {
		switch {
		case err == nil:
			saved++
		case !errors.Is(err, draft.ErrChanged):
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of %d saved", saved, people)
	}
	for _, stale := range []error{d.Undo(saw), d.Discard(saw)} {
		if !errors.Is(stale, draft.ErrChanged) {
			t.Error(stale)
		}
	}
}

// A desk that has read the draft sees what another wrote, though the file system's clock stood still
// meanwhile and the file is as long as it was.
func TestADeskDoesNotGoByWhatAnotherHasWrittenOver(t *testing.T) {
	mine, path := begun(t)
	began := fingerprint(t, mine)
	if err := mine.Change(began, change(1)); err != nil {
		t.Fatal(err)
	}
	mineSaw := fingerprint(t, mine)
	tick, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	theirs := draft.NewDesk(path)
	if err := theirs.Undo(mineSaw); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Change(began, change(2)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, tick.ModTime(), tick.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got, want := fingerprint(t, mine), fingerprint(t, draft.NewDesk(path)); got != want {
		t.Error("it is the draft of before")
	}
	if err := mine.Change(mineSaw, change(3)); !errors.Is(err, draft.ErrChanged) {
		t.Errorf("their change was lost: %v", err)
	}
}

func TestAChangeThatIsSentTwiceIsMadeOnce(t *testing.T) {
	d, _ := begun(t)
	saw := fingerprint(t, d)
	for range 2 {
		if err := d.Change(saw, change(1)); err != nil {
			t.Fatal(err)
		}
	}
	one, err := d.Draft()
	if err != nil || len(one.Changes) != 1 {
		t.Errorf("%d changes, %v", len(one.Changes), err)
	}
}

// What the file cannot hold as it is would be another folder.
func TestAFolderThatIsNotUTF8IsNotBegunWith(t *testing.T) {
	d, _ := newDesk(t)
	if _, err := d.Begin(fstest.MapFS{"README.md": {Data: []byte("caf\xe9")}}, "Priya", noon); err == nil || !strings.Contains(err.Error(), "README.md") || d.There() {
		t.Error(err)
	}
}

func TestADraftIsBegunOnceAndDiscarded(t *testing.T) {
	d, path := newDesk(t)
	if err := d.Change("x", change(1)); !errors.Is(err, draft.ErrNone) {
		t.Error(err)
	}
	if err := d.Discard(""); !errors.Is(err, draft.ErrNone) {
		t.Error(err)
	}
	if fsys, drafted, err := d.Or(policies.FS); drafted || err != nil || fsys == nil {
		t.Error(drafted, err)
	}
	one, err := d.Begin(policies.FS, "Priya", noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := draft.NewDesk(path).Begin(policies.FS, "Sam", noon); !errors.Is(err, draft.ErrThere) {
		t.Error(err)
	}
	if _, drafted, err := d.Or(policies.FS); !drafted || err != nil {
		t.Error(drafted, err)
	}
	if err := d.Discard(one.Fingerprint()); err != nil || d.There() {
		t.Error(err)
	}
}

func TestRulesAndWhatHasNoPlaceAreNotChanged(t *testing.T) {
	d, _ := begun(t)
	for _, file := range []string{
		"rules/opt_out/opt_out.rego", "decision.rego", "schema/input.json", "data/../decision.rego", "data/x/settings.json", "data/.json", "",
		"data/settings.rego", "testdata/decisions/x.json", "/etc/passwd", "accepted.yaml", "invariants/opt_out.yaml", "data/codes/../settings.rego",
	} {
		c := change(1)
		c.File = file
		if err := d.Change(fingerprint(t, d), c); !errors.Is(err, draft.ErrPlace) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestADraftThatCannotBeReadIsSaidAndCanBeThrownAway(t *testing.T) {
	for name, text := range map[string]string{
		"cut off": `{"format":1,"base":{"a`, "empty": ``, "of another program": `{"format":2}`,
		"a rule that was changed": `{"format":1,"base":{},"changes":[{"file":"decision.rego","text":"x"}]}`,
		"of no folder":            `{"format":1,"changes":[{"file":"data/x.json","text":"{}"}]}`,
		"a file outside":          `{"format":1,"base":{"../x":"y"}}`,
	} {
		d, path := begun(t)
		saw := fingerprint(t, d)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Or(policies.FS); err == nil || !strings.Contains(err.Error(), "reading the draft") {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.Change(saw, change(1)); err == nil {
			t.Errorf("%s: it was written over", name)
		}
		if err := d.Discard(saw); err == nil {
			t.Errorf("%s: it was thrown away by somebody who saw another", name)
		}
		if err := d.Discard(""); err != nil || d.There() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADraftOutgrowsNothing(t *testing.T) {
	d, _ := begun(t)
	saw := fingerprint(t, d)
	c := change(1)
	c.Text = strings.Repeat("x", draft.Most)
	if err := d.Change(saw, c); !errors.Is(err, draft.ErrTooMuch) {
		t.Error(err)
	}
	if fingerprint(t, d) != saw {
		t.Error("it was changed")
	}
	gone := draft.NewDesk(filepath.Join(t.TempDir(), "moved", "draft", "draft.json"))
	if _, err := gone.Begin(policies.FS, "Priya", noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a data folder that was moved away was made again: %v", err)
	}
}
