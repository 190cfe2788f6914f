// Package strace finds the tool by which tests make system calls of a process fail: the kernel
// is then the judge of what is left on the disk.
package strace

import (
	"os"
	"os/exec"
	"testing"
)

// Find gives the path of strace. Where there is none, or it may not trace, the test is skipped;
// not where MCR_STRACE says that it must be there (make test-servers installs it). With -short
// it is skipped too: such a test starts some dozens of processes.
func Find(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts some dozens of processes")
	}
	path, err := exec.LookPath("strace")
	if err != nil && os.Getenv("MCR_STRACE") != "" {
		t.Fatal("there is no strace here: run internal/servers/install")
	}
	if err != nil {
		t.Skip("there is no strace here; make test-servers installs it and runs this")
	}
	if out, err := exec.Command(path, "-f", "-e", "trace=none", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v %s", err, out)
	}
	return path
}
