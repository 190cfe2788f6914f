package gate_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/internal/strace"
	"github.com/mycarerecord/mcr/policies"
)

// TestHelperKeeps is no test: it is the process that is interrupted. It lets the set through
// that its seal was written for, and keeps it.
func TestHelperKeeps(t *testing.T) {
	data := os.Getenv("MCR_TEST_KEEPS")
	if data == "" {
		t.Skip("only for the tests that interrupt it")
	}
	g := of(data)
	set, err := g.Admit(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("MCR_TEST_SEALS") != "" {
		if err := g.SealAgain(set); err != nil {
			fmt.Println("not sealed:", err)
		}
	}
	if err := g.Keep(set); err != nil {
		fmt.Println("not kept:", err)
	}
}

// The judge is the kernel, by strace: at each of many points of sealing and keeping, the
// process is killed, or a call fails for want of room or of a disk. Whatever is left is the
// set as it was, or nothing that anybody goes by; and the next process mends it.
func TestAttack128AnInterruptedKeepingLeavesNothingBroken(t *testing.T) {
	tool := strace.Find(t)
	happened := 0
	for _, one := range []struct{ what, call, at string }{
		{"signal=KILL", "fsync", "1"}, {"signal=KILL", "fsync", "3"}, {"signal=KILL", "fsync", "40"},
		{"signal=KILL", "renameat", "1"}, {"signal=KILL", "renameat", "2"},
		{"error=ENOSPC", "fsync", "9"}, {"error=ENOSPC", "renameat", "2"}, {"error=ENOSPC", "mkdirat", "5"},
		{"error=EIO", "fsync", "60"}, {"error=EIO", "write", "20"},
	} {
		t.Run(one.what+" "+one.call+" "+one.at, func(t *testing.T) {
			data := passed(t)
			if err := os.RemoveAll(filepath.Join(data, "revisions")); err != nil {
				t.Fatal(err)
			}
			said := interrupted(t, tool, data, one.call, one.what, one.at)
			if strings.Contains(said, "INJECTED") || strings.Contains(said, "killed by SIGKILL") {
				happened++
			}
			nothingBroken(t, data)
		})
	}
	if happened < 8 {
		t.Errorf("only %d of the interruptions took place: this tests little", happened)
	}
}

func interrupted(t *testing.T, tool, data, call, what, at string) string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	cmd := exec.Command(tool, "-f", "-o", log, "-e", "trace="+call, "-e", "inject="+call+":"+what+":when="+at,
		os.Args[0], "-test.run=^TestHelperKeeps$", "-test.count=1")
	cmd.Env = append(os.Environ(), "MCR_TEST_KEEPS="+data, "MCR_TEST_SEALS=1")
	_ = cmd.Run() // it is meant to fail
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// nothingBroken goes on where the interrupted process left off.
func nothingBroken(t *testing.T, data string) {
	t.Helper()
	g := of(data)
	want, err := gate.Fingerprint(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	last, err := g.LastGood(t.Context())
	if err == nil && last.Fingerprint != want {
		t.Errorf("another set would be in force: %s", last.Fingerprint)
	}
	if err != nil && !errors.Is(err, gate.ErrNoneKept) {
		t.Error(err)
	}
	set, err := g.Admit(t.Context(), policies.FS)
	if err != nil || set.Fingerprint != want {
		t.Fatalf("the good set is no longer let through: %v", err)
	}
	if err := g.Keep(set); err != nil {
		t.Fatal(err)
	}
	if last, err := g.LastGood(t.Context()); err != nil || last.Fingerprint != want {
		t.Errorf("it was not kept at the next start: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "revisions", ".making-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
