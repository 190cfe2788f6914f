package gate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/policies"
)

// good is a data folder in which the shipped policies were let through and kept, once for
// all tests, each of which works on a copy: judging takes a second or two.
var good = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mcr-gate-")
	if err != nil {
		return "", err
	}
	g := gate.New(gate.Options{Data: dir, Key: []byte(key), Clock: func() time.Time { return begun }})
	set, err := g.Admit(context.Background(), policies.FS)
	if err != nil {
		return dir, err
	}
	return dir, g.Keep(set)
})

const key = "the deployment's own"

var begun = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	apart.Main() // this program, too, can be started to judge
	code := m.Run()
	if dir, err := good(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// passed gives a copy of that data folder.
func passed(t *testing.T) string {
	t.Helper()
	from, err := good()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// of is a gate of a data folder.
func of(data string) *gate.Gate { return gate.New(gate.Options{Data: data, Key: []byte(key)}) }

// edited is a copy of the shipped policies on disk in which one file was changed.
func edited(t *testing.T, file, from, to string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policies")
	if err := os.CopyFS(dir, policies.FS); err != nil {
		t.Fatal(err)
	}
	alter(t, filepath.Join(dir, file), from, to)
	return dir
}

func alter(t *testing.T, path, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), from) {
		t.Fatalf("there is no %q in %s: %v", from, path, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func theSeal(t *testing.T, data string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(data, "verdicts", "*.json"))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d seals: %v", len(all), err)
	}
	return all[0]
}

// Attack 154: what was let through by this program is let through again without being
// judged; whatever is not exactly that is judged.
func TestAttack154ASealThatIsNotExactlyThatIsNoSeal(t *testing.T) {
	again := func(t *testing.T, data string, fsys fs.FS, want bool) {
		t.Helper()
		set, err := of(data).Admit(t.Context(), fsys)
		if err != nil {
			t.Fatal(err)
		}
		if set.Sealed != want {
			t.Errorf("taken as sealed: %v, want %v", set.Sealed, want)
		}
		if set.Tests == 0 || set.Cases == 0 {
			t.Errorf("let through on %d tests and %d cases", set.Tests, set.Cases)
		}
	}
	again(t, passed(t), policies.FS, true)
	field := func(name string, value any) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			var doc map[string]any
			if err == nil {
				err = json.Unmarshal(text, &doc)
			}
			if err != nil {
				t.Fatal(err)
			}
			doc[name] = value
			out, _ := json.Marshal(doc)
			if err := os.WriteFile(path, out, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, breaks := range map[string]func(t *testing.T, path string){
		"cut in half":           func(t *testing.T, path string) { _ = os.Truncate(path, 100) },
		"empty":                 func(t *testing.T, path string) { _ = os.Truncate(path, 0) },
		"longer than any":       func(t *testing.T, path string) { _ = os.Truncate(path, 1<<20) },
		"a folder":              func(t *testing.T, path string) { _ = os.Remove(path); _ = os.Mkdir(path, 0o700) },
		"a link into nowhere":   func(t *testing.T, path string) { _ = os.Remove(path); _ = os.Symlink("/nowhere", path) },
		"of another program":    field("program", strings.Repeat("0", 64)),
		"of another version":    field("version", 2),
		"without its keyed sum": field("mac", ""),
		"with a sum of nothing": field("mac", "00"),
		"of more cases":         field("cases", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			data := passed(t)
			path := theSeal(t, data)
			fingerprint := strings.TrimSuffix(filepath.Base(path), ".json")
			if !of(data).Passed(fingerprint) {
				t.Fatal("the seal as it was made does not hold")
			}
			breaks(t, path)
			if of(data).Passed(fingerprint) {
				t.Error("it is taken for a seal")
			}
		})
	}
	data := passed(t)
	if err := os.Truncate(theSeal(t, data), 100); err != nil {
		t.Fatal(err)
	}
	again(t, data, policies.FS, false)
	again(t, data, policies.FS, true) // and mended
}

// Attack 154: who writes the policies folder alone cannot make a seal, and a seal of one set
// is none of another.
func TestAttack154ASealOfOneSetIsNoneOfAnother(t *testing.T) {
	bad := edited(t, "data/settings.json", `"enabled": false`, `"enabled": "yes"`)
	data := passed(t)
	fingerprint, err := gate.Fingerprint(os.DirFS(bad))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(theSeal(t, data))
	if err != nil {
		t.Fatal(err)
	}
	for _, seal := range []string{string(text), strings.ReplaceAll(string(text), strings.TrimSuffix(filepath.Base(theSeal(t, data)), ".json"), fingerprint)} {
		if err := os.WriteFile(filepath.Join(data, "verdicts", fingerprint+".json"), []byte(seal), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := of(data).Admit(t.Context(), os.DirFS(bad)); err == nil {
			t.Error("a broken set was let through by another's seal")
		}
		if err := os.Remove(filepath.Join(data, "verdicts", fingerprint+".json")); err != nil {
			t.Fatal(err)
		}
	}
	other := gate.New(gate.Options{Data: data, Key: []byte("somebody else's")})
	if set, err := other.Admit(t.Context(), policies.FS); err != nil || set.Sealed {
		t.Errorf("a seal under another key: %v", err)
	}
}

// Attack 154: what is judged is what decides: each file is read once, so that a folder which
// changes while it is judged cannot slip anything in.
func TestAttack154WhatIsJudgedIsWhatDecides(t *testing.T) {
	opened := &counting{FS: policies.FS, opened: map[string]int{}}
	set, err := of(passed(t)).Admit(t.Context(), opened)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for name, times := range opened.opened {
		if info, err := fs.Stat(policies.FS, name); err == nil && !info.IsDir() {
			files++
			if times != 1 {
				t.Errorf("%s was read %d times", name, times)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
	if fingerprint, err := gate.Fingerprint(set.FS); err != nil || fingerprint != set.Fingerprint {
		t.Errorf("the set is not what its fingerprint says: %s, %v", fingerprint, err)
	}
}

type counting struct {
	fs.FS
	opened map[string]int
}

// Stat opens nothing.
func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func (c *counting) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

// Attack 128: the last good set is the last that was in force and is what it was.
func TestAttack128TheLastGoodSetIsWhatItWas(t *testing.T) {
	kept := func(t *testing.T, data string) []string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(data, "revisions", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	t.Run("as it was kept", func(t *testing.T) {
		set, err := of(passed(t)).LastGood(t.Context())
		if err != nil || set.Kept == "" {
			t.Fatalf("%+v, %v", set, err)
		}
	})
	for name, tampers := range map[string]func(dir string) error{
		"a rule altered":   func(dir string) error { return appendTo(dir+"/decision.rego", "\n# x\n") },
		"a list altered":   func(dir string) error { return appendTo(dir+"/data/settings.json", " ") },
		"a case altered":   func(dir string) error { return appendTo(dir+"/testdata/decisions/opt_out.yaml", "\n") },
		"a file added":     func(dir string) error { return os.WriteFile(dir+"/data/more.json", []byte("{}"), 0o600) },
		"a file gone":      func(dir string) error { return os.Remove(dir + "/data/reasons.json") },
		"a file cut short": func(dir string) error { return os.Truncate(dir+"/data/reasons.json", 10) },
		"all gone":         os.RemoveAll,
		"an empty folder":  func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			data := passed(t)
			if err := tampers(kept(t, data)[0]); err != nil {
				t.Fatal(err)
			}
			if set, err := of(data).LastGood(t.Context()); !errors.Is(err, gate.ErrNoneKept) {
				t.Fatalf("a set that was tampered with would be in force: %+v, %v", set, err)
			}
			// The set before it is gone by, when there is one.
			from, _ := good()
			older := filepath.Join(data, "revisions", "20260101T000000Z-000000000000")
			if err := os.CopyFS(older, os.DirFS(kept(t, from)[0])); err != nil {
				t.Fatal(err)
			}
			set, err := of(data).LastGood(t.Context())
			if err != nil || set.Kept != filepath.Base(older) {
				t.Errorf("the one before: %+v, %v", set, err)
			}
		})
	}
	t.Run("one whose seal is gone", func(t *testing.T) {
		data := passed(t)
		if err := os.Remove(theSeal(t, data)); err != nil {
			t.Fatal(err)
		}
		if _, err := of(data).LastGood(t.Context()); !errors.Is(err, gate.ErrNoneKept) {
			t.Errorf("a set that nobody let through would be in force: %v", err)
		}
	})
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// A refusal says each fault once, where it is.
func TestARefusalSaysEachFaultOnceAndWhere(t *testing.T) {
	dir := edited(t, "testdata/decisions/opt_out.yaml", "decision: refuse", "decision: permit")
	alter(t, filepath.Join(dir, "data/reasons.json"), `"opted-out"`, `"opted-ouf"`)
	_, err := of(t.TempDir()).Admit(t.Context(), os.DirFS(dir))
	var refused *gate.Refused
	if !errors.As(err, &refused) || len(refused.Faults) == 0 {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range refused.Faults {
		if seen[f] {
			t.Errorf("said twice: %s", f)
		}
		seen[f] = true
	}
	if said := err.Error(); !strings.Contains(said, "rules/opt_out/opt_out.rego:") || !strings.Contains(said, "opted-out") {
		t.Errorf("it does not say where: %s", said)
	}
}

// One slip that fails nearly every case is told with what a check found first, and not with
// two hundred lines; and what the cases met while it was judged is no incident of the broker's.
func TestOneSlipIsNotToldTwoHundredTimes(t *testing.T) {
	dir := edited(t, "decision.rego", "denials != {}", "denials == {}")
	var log heard.Text
	_, err := gate.New(gate.Options{Data: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))}).Admit(t.Context(), os.DirFS(dir))
	var refused *gate.Refused
	if !errors.As(err, &refused) || len(refused.Faults) < 100 {
		t.Fatal(err)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 32 || !strings.Contains(lines[1], "no decision can be made") ||
		!strings.Contains(lines[31], fmt.Sprintf("and %d more", len(refused.Faults)-30)) {
		t.Errorf("%d lines:\n%s", len(lines), err)
	}
	if strings.Contains(log.String(), "no clear answer") {
		t.Errorf("the broker's log is told of cases:\n%.500s", log.String())
	}
}
