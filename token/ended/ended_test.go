package ended_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token/ended"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// shelf is a list in a file, with the clock that it goes by.
type shelf struct {
	*testing.T
	path string
	now  time.Time
	*ended.List
	heard []string
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{T: t, path: filepath.Join(t.TempDir(), "ended-sessions"), now: noon}
	s.open()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *shelf) open() {
	s.Helper()
	var err error
	if s.List, err = ended.Open(s.path, func() time.Time { return s.now }); err != nil {
		s.Fatal(err)
	}
}

// restart is a new process on the same file.
func (s *shelf) restart() {
	s.Helper()
	if err := s.Close(); err != nil {
		s.Fatal(err)
	}
	s.open()
}

func (s *shelf) entry(id, session, subject string) ended.Entry {
	return ended.Entry{Issuer: "https://i.example", ID: id, Session: session, Subject: subject, Before: s.now.Unix(), Until: s.now.Add(24 * time.Hour).Unix()}
}

func (s *shelf) add(e ended.Entry) {
	s.Helper()
	if err := s.Add(context.Background(), e); err != nil {
		s.Error(err)
	}
}

func (s *shelf) over(want bool, session, subject string, issued time.Time) {
	s.Helper()
	if got := s.Ended("https://i.example", "", session, subject, issued); got != want {
		s.Errorf("session %q of %q, issued %s: over is %v", session, subject, issued, got)
	}
	if s.Ended("https://other.example", "", session, subject, issued) {
		s.Errorf("another issuer's session %q of %q is over", session, subject)
	}
}

func TestWhatIsOver(t *testing.T) {
	s := newShelf(t)
	s.over(false, "s1", "ann", noon)
	s.over(false, "", "", time.Time{})
	s.add(s.entry("1", "s1", ""))
	s.add(s.entry("2", "", "bob"))
	s.add(s.entry("3", "s3", "cid"))
	for range 2 {
		s.over(true, "s1", "ann", noon.Add(-time.Hour))
		s.over(true, "s1", "ann", noon.Add(time.Hour)) // a token of an ended session that was issued later
		s.over(false, "s2", "ann", noon)
		s.over(false, "", "ann", noon)
		s.over(true, "s7", "bob", noon)
		s.over(true, "", "bob", time.Time{}) // who knows when
		s.over(false, "s7", "bob", noon.Add(time.Second))
		s.over(true, "s3", "cid", noon.Add(time.Hour))
		s.over(false, "s4", "cid", noon) // another session of the same person
		s.over(true, "", "cid", noon)    // perhaps of that one
		s.over(false, "", "cid", noon.Add(time.Second))
		s.over(false, "", "", time.Time{})
		s.restart()
	}
	if err := s.Add(context.Background(), s.entry("2", "", "dan")); !errors.Is(err, ended.ErrSeen) {
		t.Errorf("the same logout again: %v", err)
	}
	s.over(false, "", "dan", noon)
	s.now = noon.Add(25 * time.Hour)
	s.add(s.entry("4", "s5", ""))
	s.over(false, "s1", "ann", noon)
	if s.Len() != 1 {
		t.Errorf("%d entries are left", s.Len())
	}
}

func TestAListThatIsFullTakesNoMore(t *testing.T) {
	s := newShelf(t)
	s.Crowd(1)
	s.add(s.entry("1", "s1", ""))
	if err := s.Add(context.Background(), s.entry("2", "s2", "")); !errors.Is(err, ended.ErrFull) {
		t.Errorf("got %v", err)
	}
	s.now = s.now.Add(25 * time.Hour) // until what is over has left it
	s.add(s.entry("3", "s3", ""))
}

func TestAnEntryThatCannotBeWrittenIsInForceAndTold(t *testing.T) {
	s := newShelf(t)
	s.add(s.entry("1", "s1", ""))
	s.Break()
	if err := s.Add(context.Background(), s.entry("2", "s2", "")); err == nil || s.Fault() == nil {
		t.Fatalf("got %v, %v", err, s.Fault())
	}
	s.over(true, "s2", "", noon)
	s.add(s.entry("3", "s3", "")) // it is written anew, with all that there is
	if s.Fault() != nil {
		t.Error(s.Fault())
	}
	s.restart()
	s.over(true, "s1", "", noon)
	s.over(true, "s2", "", noon)
	s.over(true, "s3", "", noon)
}

func TestTheFileDoesNotGrowForEver(t *testing.T) {
	s := newShelf(t)
	for n := range 1100 {
		e := s.entry(strings.Repeat("x", n+1), "s", "")
		e.Until = s.now.Add(time.Minute).Unix()
		s.now = s.now.Add(time.Minute)
		s.add(e)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 1030 {
		t.Errorf("%d lines for %d entries", n, s.Len())
	}
}

func TestAFileThatACrashCutOff(t *testing.T) {
	const good = `{"iss":"https://i.example","jti":"1","sid":"s1","before":1772452800,"until":1872539200}` + "\n"
	for text, want := range map[string]int{
		"":                             0,
		good:                           1,
		good + `{"iss":"https://i.exa`: 1,
		good + good[:len(good)-1]:      1,
		`{"iss":"https://i.exa` + "\n": -1,
		good + "\n":                    -1,
		"{}\n":                         -1,
		"[]\n":                         -1,
		"null\n":                       -1,
		strings.Replace(good, `"sid"`, `"jti":"2","sid"`, 1): -1,
		strings.Replace(good, `"sid":"s1",`, "", 1):          -1,
		good[:len(good)-1] + good:                            -1,
	} {
		entries, err := ended.Parse([]byte(text))
		if (err != nil) != (want < 0) || err == nil && len(entries) != want {
			t.Errorf("%q: %d entries, %v", text, len(entries), err)
		}
		path := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := ended.Open(path, nil); (err != nil) != (want < 0) {
			t.Errorf("opening %q: %v", text, err)
		} else if err == nil {
			_ = l.Close()
		}
	}
}

// FuzzParse: whatever is in a file, it is read as what it says or not at all: what was read
// is read from what it is written as.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"iss":"https://i.example","jti":"1","sid":"s1","sub":"p","before":1772452800,"until":1772539200}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := ended.Parse(text)
		for _, e := range entries {
			if err != nil || e.Issuer == "" || e.ID == "" || e.Session+e.Subject+e.Token == "" {
				t.Fatalf("%+v, %v", e, err)
			}
		}
	})
}
