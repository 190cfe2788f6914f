package gate

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

func TestThePoliciesThatWereInForceAreKept(t *testing.T) {
	r := revisions(filepath.Join(t.TempDir(), "revisions"))
	one, two := "1111111111111111", "2222222222222222"
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	keep := func(text, digest string, after time.Duration) {
		t.Helper()
		if err := r.keep(folder.Held{"rules/a.rego": []byte(text)}, digest, at.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	before := func(digest, want string) {
		t.Helper()
		policies, _, ok := r.before(digest)
		if ok != (want != "") {
			t.Fatalf("before %s: %v", digest, ok)
		}
		if !ok {
			return
		}
		if text, err := fs.ReadFile(policies, "rules/a.rego"); err != nil || string(text) != want {
			t.Errorf("before %s: %q, %v; want %q", digest, text, err, want)
		}
	}
	before(one, "")
	keep("one", one, 0)
	keep("one", one, time.Hour) // a restart
	before(one, "")
	keep("two", two, 2*time.Hour)
	before(two, "one")
	before(one, "")
	keep("one", one, 3*time.Hour) // taken back
	before(one, "two")
	if kept, err := r.kept(); err != nil || len(kept) != 3 {
		t.Errorf("kept: %v, %v", kept, err)
	}
	// What somebody put beside them is none of them, wherever it comes in the alphabet.
	for _, name := range []string{"old", "zzz-before-christmas", "20260301T080000Z-111111111111 (copy)"} {
		if err := os.Mkdir(filepath.Join(string(r), name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := r.kept(); err != nil || len(kept) != 3 {
		t.Errorf("kept, with copies beside them: %v, %v", kept, err)
	}
	before(one, "two")
}
