package spool_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

func TestFailedSyncIsNeverTriedAgainOnItsDescriptor(t *testing.T) {
	tr := newTrial(t)
	s := tr.verify("new")
	// One entry leaves room in the segment: what fails is then a commit, and not the
	// making of the next segment, whose name is used again.
	tr.sent["first"] = true
	if _, err := s.Append(t.Context(), []byte("first")); err != nil {
		t.Fatal(err)
	}
	failed := ""
	tr.m.mu.Lock()
	tr.m.fault = func(n int, kind, name string) error {
		if kind == "sync" && failed == "" {
			failed = name
			return errDisk
		}
		if failed == name && (kind == "sync" || kind == "write") {
			t.Errorf("%s of %s after its sync failed", kind, name)
		}
		return nil
	}
	tr.m.mu.Unlock()
	if _, err := s.Append(t.Context(), []byte("lost")); !errors.Is(err, spool.ErrFailed) || !errors.Is(err, errDisk) {
		t.Fatalf("Append: %v", err)
	}
	tr.sent["lost"] = true
	if _, err := s.Append(t.Context(), []byte("at once")); !errors.Is(err, spool.ErrFailed) {
		t.Fatalf("Append right after: %v", err)
	}
	if st := s.Stats(); !errors.Is(st.Fault, spool.ErrFailed) {
		t.Errorf("Stats: %v", st.Fault)
	}
	tr.tick()
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("Check: %v", err)
	}
	if st := s.Stats(); st.Fault != nil {
		t.Errorf("Stats: %v", st.Fault)
	}
	tr.write(s, 30)
	s.Close()
	tr.m = tr.m.crash(rand.New(rand.NewPCG(1, 1)), 0)
	tr.verify("after the failed sync").Close()
}

func TestFullDiskRefusesAndRecoversWithoutRestart(t *testing.T) {
	tr := newTrial(t)
	s := tr.verify("new")
	tr.m.mu.Lock()
	tr.m.fault = func(n int, kind, name string) error {
		if kind == "write" && strings.HasSuffix(name, ".tmp") {
			return syscall.ENOSPC
		}
		return nil
	}
	tr.m.mu.Unlock()
	tr.write(s, 30)
	if _, err := s.Append(t.Context(), []byte("one more")); !errors.Is(err, spool.ErrFull) {
		t.Fatalf("Append: %v", err)
	}
	tr.m.mu.Lock()
	tr.m.fault = nil
	tr.m.mu.Unlock()
	tr.tick()
	tr.write(s, 30)
	if len(tr.kept) < 30 {
		t.Errorf("%d entries", len(tr.kept))
	}
	s.Close()
	tr.verify("after the full disk").Close()
}
