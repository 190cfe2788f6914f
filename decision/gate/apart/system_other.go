//go:build !linux

package apart

import (
	"os"
	"os/exec"
	"syscall"
)

// program is the file that runs.
func program() (string, error) { return os.Executable() }

// lower gives a process a low priority.
func lower(pid int) { _ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, lowered) }

// endWithParent does nothing: the child sees that its input ends.
func endWithParent(*exec.Cmd) {}
