package spool_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Calls without which a directory cannot be read: when one of them fails Open does.
// What is written when a spool is opened can fail as it likes.
func needed(kind, name string) bool {
	switch kind {
	case "makedir", "lock", "list":
		return true
	case "open", "size", "read":
		return strings.Contains(name, ".seg")
	}
	return false
}

// Every call of an opening fails, once and from then on; of a spool that was closed,
// one that was killed, and one that is damaged and has a file prepared ahead left.
func TestMatrix_OpenSucceedsWhateverCannotBeWritten(t *testing.T) {
	aloneOnly(t)
	for kind, im := range images(t) {
		if im.known && !im.closed {
			continue
		}
		damaged := maps.Clone(im.files)
		b := bytes.Clone(damaged[im.segment()])
		b[4096+80] ^= 1
		damaged[im.segment()], damaged["0000000f.tmp"] = b, []byte("x")
		for what, files := range map[string]map[string][]byte{kind: im.files, kind + ", damaged": damaged} {
			for _, once := range []bool{true, false} {
				for op := 1; im.call(t, what, files, op, once); op += thinned(3) {
				}
			}
		}
	}
}

// call lets the given call of an opening fail, and says whether there was one. Then
// it holds what is left to what was promised.
func (im *image) call(t *testing.T, what string, files map[string][]byte, op int, once bool) bool {
	t.Helper()
	m, failed, stated := disk(files), "", false
	now := time.Unix(2e9, 0)
	opt := small()
	opt.FS, opt.Clock = m, func() time.Time { return now }
	opt = spool.Inline(opt)
	m.fault = func(n int, kind, name string) error {
		// From then on only what is written fails, as on a full disk or one that is
		// mounted read-only.
		if n == op || n > op && !once && slices.Contains([]string{"create", "write", "sync", "syncdir", "rename", "remove", "truncate", "edit"}, kind) {
			if failed == "" {
				failed, stated = kind+" "+name, needed(kind, name)
			}
			return syscall.EROFS
		}
		return nil
	}
	s, err := spool.Open("/spool", opt)
	m.mu.Lock()
	m.fault = nil
	m.mu.Unlock()
	if failed == "" {
		s.Close()
		return false
	}
	what = fmt.Sprintf("%s: %s fails (once: %v)", what, failed, once)
	if (err != nil) != stated {
		t.Fatalf("%s: Open: %v", what, err)
	}
	if err == nil {
		r := s.Stats().Report
		if strings.HasPrefix(failed, "truncate") && len(r.Flaws) == 0 {
			t.Errorf("%s: not a word", what)
		}
		before := len(readAll(t, s, im.acked))
		now = now.Add(2 * spool.RetryAfter)
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%s: no way back: %v", what, err)
		}
		if got := len(readAll(t, s, im.acked)); got != before {
			t.Fatalf("%s: %d entries, then %d", what, before, got)
		}
		s.Close()
	}
	im.holds(t, what, m.files(), false)
	return true
}
