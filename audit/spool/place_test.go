package spool_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// A record that is written to a file which nobody can find any more is no record:
// the system says that all is well, since the open descriptor is. What is done here
// is done with the programs that an operator, a script or an intruder would use.
func TestAttack161WhatWasTakenAwayUnderneathTakesNoEntry(t *testing.T) {
	for name, script := range map[string]string{
		"the folder is deleted":                   `rm -rf spool`,
		"all in it is deleted":                    `rm -rf spool/*`,
		"the segment in use is deleted":           `rm spool/*.seg`,
		"the folder is moved away":                `mv spool away`,
		"another is put in its place":             `mv spool away && mkdir spool`,
		"a copy is put in its place":              `cp -a spool copy && mv spool away && mv copy spool`,
		"a copy is put in place of the segment":   `for f in spool/*.seg; do cp -a "$f" copy && mv copy "$f"; done`,
		"a link to elsewhere is put in its place": `cp -a spool copy && rm -rf spool && ln -s copy spool`,
		"the segment is cut short":                `truncate -s 4096 spool/*.seg`,
		"all in it is moved away":                 `mkdir away && mv spool/* away/`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			clock := new(atomic.Int64)
			opt := spool.Inline(small())
			opt.Clock = func() time.Time { return time.Unix(clock.Load(), 0) }
			s := open(t, filepath.Join(dir, "spool"), opt)
			appendText(t, s, "before")
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			sh(t, dir, script)
			if _, err := s.Append(t.Context(), []byte("after")); !errors.Is(err, spool.ErrFailed) {
				t.Fatalf("the next entry: %v, want %v", err, spool.ErrFailed)
			}
			// Nor ever after, though there is room and a place to write to.
			for range 3 {
				clock.Add(10)
				if _, err := s.Append(t.Context(), []byte("later")); !errors.Is(err, spool.ErrFailed) {
					t.Fatalf("a later entry: %v, want %v", err, spool.ErrFailed)
				}
				if err := s.Check(t.Context()); !errors.Is(err, spool.ErrFailed) {
					t.Fatalf("health: %v, want %v", err, spool.ErrFailed)
				}
			}
			if s.Stats().Last != 1 {
				t.Errorf("the last entry is %d", s.Stats().Last)
			}
		})
	}
}

// A probe sees it though nobody appends: health is red before the first request.
func TestAttack161HealthSeesThatTheSpoolIsGone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "spool"), small())
	appendText(t, s, "before")
	sh(t, dir, `rm -rf spool`)
	if err := s.Check(t.Context()); !errors.Is(err, spool.ErrFailed) {
		t.Errorf("health: %v, want %v", err, spool.ErrFailed)
	}
}

// Somebody who moved it away by mistake and puts it back has lost nothing.
func TestWhatIsPutBackTakesEntriesAgain(t *testing.T) {
	dir := t.TempDir()
	clock := new(atomic.Int64)
	opt := spool.Inline(small())
	opt.Clock = func() time.Time { return time.Unix(clock.Load(), 0) }
	s := open(t, filepath.Join(dir, "spool"), opt)
	appendText(t, s, "before")
	sh(t, dir, `mv spool away`)
	if _, err := s.Append(t.Context(), []byte("lost")); !errors.Is(err, spool.ErrFailed) {
		t.Fatal(err)
	}
	sh(t, dir, `mv away spool`)
	clock.Add(10)
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("it was put back: %v", err)
	}
	appendText(t, s, "after")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, filepath.Join(dir, "spool"), small())
	if r := again.Stats().Report; !r.Clean() {
		t.Errorf("%+v", r)
	}
	var texts []string
	for _, e := range readAll(t, again, 0) {
		texts = append(texts, string(e.Payload))
	}
	if len(texts) != 2 || texts[0] != "before" || texts[1] != "after" {
		t.Errorf("entries: %q", texts)
	}
}

func sh(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "sh", "-ec", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}
